"""What a user installs: the wheel of a tree, and a folder with all that it needs, for a guest without a network."""

import shutil
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

from tests.pi.commands import run
from tests.pi.layers import KEPT, key, layer

PACKAGE = "nightingale-bedside"


def built(tree: Path) -> Path:
    """The wheel of this tree; the build backend writes the same bytes for the same files."""
    to = KEPT / "wheel"
    shutil.rmtree(to, ignore_errors=True)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", to, _copy(tree))
    return next(to.glob("*.whl"))


def needed(wheel: Path, tree: Path) -> Path:
    """A folder with the wheels that it needs on a Pi, in the versions of constraints.txt, and that file."""
    constraints = tree / "constraints.txt"

    def fill(to: Path) -> None:
        shutil.copy(constraints, to)
        wheels = ("--wheel-dir", to)
        run(sys.executable, "-m", "pip", "wheel", "--quiet", *wheels, "--constraint", constraints, f"{wheel}[pi]")
        (to / wheel.name).unlink()

    return layer("wheels", key(constraints, *_requirements(wheel)), fill)


def _requirements(wheel: Path) -> list[str]:
    """What the wheel itself says that it needs."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        told = Parser().parsestr(archive.read(name).decode())
    return [*told.get_all("Requires-Dist", []), *told.get_all("Provides-Extra", [])]


def _copy(tree: Path) -> Path:
    """Only what the wheel is made of: the tree may belong to somebody else and is not written to."""
    to = KEPT / "source"
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    project = tomllib.loads((tree / "pyproject.toml").read_text())
    for package in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        shutil.copytree(tree / package, to / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", project["project"]["readme"], "LICENSE"):
        shutil.copy(tree / name, to)
    return to
