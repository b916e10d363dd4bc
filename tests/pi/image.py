"""The guest's disks: one with everything but Nightingale on it, and one on which it is installed as a user installs it.

pip runs natively, with the guest's root as its own and without a network.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.pi.commands import in_root, run
from tests.pi.layers import key, layer
from tests.pi.root import Root

BOARD = Path(__file__).parent / "board"  # what makes the machine a Pi with our board on it
ENVIRONMENT = "/opt/nightingale"
CONFIG = "/etc/nightingale/device.toml"
DATA = "/var/lib/nightingale"
SETTINGS = f"""\
[box]
id = "6f1c2a34-9b1e-4d2f-8c55-0d7c1f2e3a40"
name = "0401"
data = "{DATA}"

[sound]
output = "system:Headphones"
"""
SIZE = "2G"


def disk(root: Root, needed: Path) -> Path:
    """A raw ext4 image: the system, and an environment in which the wheels of `needed` are installed already."""

    def build(to: Path) -> None:
        tree = to / "root"
        run("cp", "-a", root.folder, tree)
        shutil.copytree(needed, tree / "wheels")
        in_root(tree, "python3", "-m", "venv", ENVIRONMENT)
        names = sorted(f"/wheels/{path.name}" for path in needed.glob("*.whl"))
        in_root(tree, f"{ENVIRONMENT}/bin/pip", "install", "--quiet", "--no-index", "--no-deps", *names)
        run("mkfs.ext4", "-q", "-F", "-L", "root", "-d", tree, to / "disk.img", SIZE)
        shutil.rmtree(tree)

    return layer("disk", key(root.key, needed.name, SIZE, "wheels stay"), build) / "disk.img"


def install(disk: Path, wheel: Path, music: Path, to: Path) -> None:
    """A copy of the disk with the wheel, the starter music, a configuration and the board's own programs on it."""
    run("cp", "--sparse=always", disk, to)
    with _mounted(to) as root:
        shutil.copy(wheel, root / "wheels")
        pip = (f"{ENVIRONMENT}/bin/pip", "install", "--quiet", "--no-index", "--find-links", "/wheels")
        in_root(root, *pip, "--constraint", "/wheels/constraints.txt", f"/wheels/{wheel.name}[pi]")
        shutil.copytree(music, root / f"{DATA[1:]}/music")
        in_root(root, "chown", "-R", "nightingale:nightingale", DATA)
        (root / CONFIG[1:]).parent.mkdir()
        (root / CONFIG[1:]).write_text(SETTINGS)
        _board(root)


def _board(root: Path) -> None:
    programs = shutil.copytree(BOARD, root / "opt/board")
    for source in BOARD.glob("*.c"):
        run("gcc", "-O2", "-static", "-Wall", "-Werror", "-o", programs / source.stem, source)
    shutil.copy(BOARD / "board.rules", root / "etc/udev/rules.d/99-board.rules")
    shutil.copy(BOARD / "board.service", root / "etc/systemd/system")
    in_root(root, "systemctl", "--quiet", "enable", "board.service")


@contextmanager
def _mounted(image: Path) -> Iterator[Path]:
    at = image.with_suffix(".mounted")
    at.mkdir()
    run("mount", "-o", "loop", image, at)
    try:
        yield at
    finally:
        run("umount", at)
        at.rmdir()
