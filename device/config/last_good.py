"""The last configuration that a box could use, stored in its data folder: a power cut may leave half a file, or zeros.

`run` uses it and reports a fault, also after a person's mistake; all other commands (`check`, `simulate`, `calibrate`)
read the file itself. Without such a copy, as on the day of installation, a file that cannot be used is refused.
"""

import contextlib
import hashlib
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from device.config import settings as config
from device.config.settings import ConfigError, Settings
from messages import Code, Reason, because
from playlists.files import read_small, read_text
from playlists.index import write_atomically
from playlists.parsing import UnreadableError

_DATA_LINE = re.compile(rb'^\s*data\s*=\s*"([^"\\\x00\n]+)"', re.MULTILINE)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a box runs by. `text`: the file's, if it could be used; `fault`: why the last good copy is used, one line
    that does not start with the file's name; one of the two is empty."""

    settings: Settings
    text: str = ""
    fault: Reason | None = None


def load(path: Path) -> Loaded:
    """Read a configuration, or its last good copy if it cannot be used. Raises ConfigError if there is none."""
    try:
        text = config.read(path)
        settings = config.understand(text, path)
        _refuse_stump(path, text, settings)
    except ConfigError as error:
        good = next(_copies(path, _folders(path)), None)
        if good is None:
            raise
        fault = because(Code.CONFIG_COPY, what=str(error).replace(str(path), path.name))
        log.warning("config=last_good reason=%r", str(error))
        return Loaded(config.understand(good, path), fault=fault)
    return Loaded(settings, text=text)


def keep(path: Path, loaded: Loaded) -> None:
    """Store a usable configuration if it has changed. Waits for the disk; a disk error is logged."""
    if not loaded.text:
        return
    for folder in dict.fromkeys((loaded.settings.box.data, *_state_directory())):
        if next(_copies(path, (folder,)), None) == loaded.text:
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(_place(folder, path), f"{_mark(path, loaded.text)}\n{loaded.text}".encode())
        except OSError as error:
            log.warning("config=not_kept folder=%s reason=%r", folder, error.strerror)


def _refuse_stump(path: Path, text: str, settings: Settings) -> None:
    """A file that is only the start of the last one may be valid but lack what a ward relies on: caps, a broker."""
    good = next(_copies(path, (settings.box.data, *_state_directory())), "")
    if len(text) < len(good) and good.startswith(text):
        left = f"{len(text)} of {len(good)} letters are left"
        raise ConfigError(
            f"{path}: is cut short ({left}): write it again; if this is intended, add a comment at the end"
        )


def _copies(path: Path, folders: "Iterator[Path] | tuple[Path, ...]") -> Iterator[str]:
    """The copies of this file in these folders that are complete and usable."""
    for folder in folders:
        with contextlib.suppress(OSError, UnreadableError, ConfigError):
            mark, _, text = read_text(_place(folder, path)).partition("\n")
            if mark == _mark(path, text):
                config.understand(text, path)
                yield text


def _folders(path: Path) -> Iterator[Path]:
    """Where the copy of an unreadable file may be: in the data folder that the rest of the file names, in the folder of
    the service's unit, in the default folder."""
    with contextlib.suppress(OSError, UnreadableError, ValueError):
        named = _DATA_LINE.search(read_small(path))
        if named:
            yield path.parent / named[1].decode()
    yield from _state_directory()
    yield config.DATA_FOLDER


def _state_directory() -> tuple[Path, ...]:
    """The first StateDirectory of systemd, if the unit has one."""
    folder = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return (Path(folder),) if folder else ()


def _place(folder: Path, path: Path) -> Path:
    return folder / f"{path.name}.last-good"


def _mark(path: Path, text: str) -> str:
    """The copy's first line: which file it belongs to, as one machine may run two boxes, and the digest of its text."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"# The last good copy of {path.absolute()}; edit that file, not this one. {digest}"
