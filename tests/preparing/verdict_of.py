"""What is said of a file, as a test asks for it."""

from pathlib import Path

from playlists.preparing.prepare import Prepared, prepare
from playlists.preparing.verdicts import Refused, RefusedError, Remark

Said = Refused | set[Remark]


def prepared(folder: Path, content: bytes, *, film: bool = False) -> Prepared:
    path = folder / "brought"
    path.write_bytes(content)
    made = folder / "made"
    made.mkdir(exist_ok=True)
    return prepare(path, made, film=film)


def verdict(folder: Path, content: bytes, *, film: bool = False) -> Said:
    """Why it is refused, or all remarks on it."""
    try:
        return {told.remark for told in prepared(folder, content, film=film).told}
    except RefusedError as error:
        return error.refused
