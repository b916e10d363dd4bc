"""What a user installs: the wheel of a tree, and a folder with all that it needs, for a guest without a network."""

import shutil
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

from tests.pi.commands import run
from tests.pi.layers import KEPT, key, layer

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")


def built(tree: Path) -> Path:
    """The wheel of this tree; the build backend writes the same bytes for the same files."""
    to = KEPT / "wheel"
    shutil.rmtree(to, ignore_errors=True)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", to, _copy(tree))
    return next(to.glob("*.whl"))


def needed(wheel: Path, tree: Path, python: str) -> Path:
    """A folder with the wheels that it needs on a Pi with this Python, in constraints.txt's versions, and that file."""
    constraints = tree / "constraints.txt"

    def fill(to: Path, *command: str | Path) -> None:
        shutil.copy(constraints, to)
        run(sys.executable, "-m", "pip", *command, to, "--quiet", "--constraint", constraints, f"{wheel}[pi]")
        (to / wheel.name).unlink()

    of = key(python, constraints, *_requirements(wheel))
    if python == HERE:
        return layer("wheels", of, lambda to: fill(to, "wheel", "--wheel-dir"))
    pure = needed(wheel, tree, HERE)  # what has no wheel on the index is pure Python and was built for this one
    foreign = ("--only-binary=:all:", "--python-version", python, *(f"--platform={one}" for one in PLATFORMS))
    return layer("wheels", of, lambda to: fill(to, "download", "--find-links", pure, *foreign, "--dest"))


def _requirements(wheel: Path) -> list[str]:
    """What the wheel itself says that it needs."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        told = Parser().parsestr(archive.read(name).decode())
    return [*told.get_all("Requires-Dist", []), *told.get_all("Provides-Extra", [])]


def _copy(tree: Path) -> Path:
    """Only what the wheel is made of: the tree may belong to someone else and is not written to."""
    to = KEPT / "source"
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    project = tomllib.loads((tree / "pyproject.toml").read_text())
    for package in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        shutil.copytree(tree / package, to / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", project["project"]["readme"], "LICENSE"):
        shutil.copy(tree / name, to)
    return to
