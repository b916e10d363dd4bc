"""What is made once and kept: a folder for each layer of the virtual Pi, named by a hash of all that went into it."""

import hashlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
KEPT = REPOSITORY / "build/pi"


def key(*parts: str | Path) -> str:
    """Twelve hex digits that change with any of the parts: a text, a file's content, or all files of a folder."""
    digest = hashlib.sha256()
    for part in parts:
        for name, content in _contents(part):
            digest.update(f"{len(name)} {len(content)} {name}".encode() + content)
    return digest.hexdigest()[:12]


def layer(name: str, of: str, build: Callable[[Path], None], kept: Path = KEPT) -> Path:
    """The folder of this layer; `build` fills it where none is kept under the key `of`.

    The one before stays, for whoever judges two trees in turn; what was used before that goes.

    A build that is interrupted leaves nothing that could be taken for a finished one.
    """
    folder = kept / f"{name}-{of}"
    if folder.is_dir():
        folder.touch()
        return folder
    began = time.monotonic()
    print(f"virtual Pi: making {name} (kept under build/pi)", flush=True)
    unfinished = kept / f"{name}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    build(unfinished)
    for older in sorted(kept.glob(f"{name}-*"), key=lambda path: path.stat().st_mtime)[:-1]:
        shutil.rmtree(older)
    unfinished.rename(folder)
    print(f"virtual Pi: {name} made in {time.monotonic() - began:.0f} s", flush=True)
    return folder


def _contents(part: str | Path) -> list[tuple[str, bytes]]:
    if isinstance(part, str):
        return [("", part.encode())]
    if part.is_dir():
        files = sorted(path for path in part.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return [(str(path.relative_to(part)), path.read_bytes()) for path in files]
    return [(part.name, part.read_bytes())]
