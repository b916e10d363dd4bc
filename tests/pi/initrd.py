"""The initrd: loads what the disk needs and goes on there; Debian's own takes ten times as long in QEMU."""

import shutil
from pathlib import Path

from tests.pi.commands import run
from tests.pi.kernel import FOR_THE_DISK, Kernel, needed
from tests.pi.layers import key, layer

BUSYBOX = "/bin/busybox"
START = f"""\
{BUSYBOX} mount -t ext4 -o rw /dev/vda /disk
{BUSYBOX} mount -o move /dev /disk/dev
exec {BUSYBOX} switch_root /disk /sbin/init
"""


def initrd(kernel: Kernel) -> Path:
    """The file."""
    return layer("initrd", key(kernel.key, Path(__file__)), lambda to: _build(kernel, to)) / "initrd.img"


def _build(kernel: Kernel, to: Path) -> None:
    tree = to / "tree"
    for folder in ("bin", "dev", "disk", "modules"):
        (tree / folder).mkdir(parents=True)
    shutil.copy(kernel.folder / "busybox", tree / "bin")
    loads = []
    for module in needed(kernel.folder, kernel.version, *FOR_THE_DISK):
        shutil.copy(module, tree / "modules")
        loads.append(f"{BUSYBOX} insmod /modules/{module.name}\n")
    script = f"#!{BUSYBOX} sh\n{BUSYBOX} mount -t devtmpfs dev /dev\n"
    (tree / "init").write_text(script + "".join(loads) + START)
    (tree / "init").chmod(0o755)
    run("sh", "-c", "find . | cpio --quiet -o -H newc -R 0:0 | gzip -1 > ../initrd.img", folder=tree)
    shutil.rmtree(tree)
