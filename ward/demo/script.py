"""What a scripted box of the demo is told of its part: written by `demo-data`, read by deploy/demo. Knows no row."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from messages import Playing

SCRIPTS_NAME = "scripts.json"


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What plays at a bed when the demo begins. `length_s`: 0 where the music has no end; level in dB(A)."""

    playing: Playing
    session: str
    playlist: str
    began_at: datetime
    length_s: float
    level_dba: float


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """One box: how its log goes on, what is assigned to it, how it is. `playlists`: hashes of the tracks by slug;
    `labels`: their words on the screen; `takes`: whether it takes a new assignment; `comfort`: what its patient may
    start, empty: nobody presses."""

    id: str
    log_id: str
    next_seq: int
    boot: str
    version: int
    stay: str | None
    playlists: Mapping[str, tuple[str, ...]] = {}
    labels: Mapping[str, str] = {}
    comfort: tuple[str, ...] = ()
    software: str
    calibrated_on: str | None
    clock_ok: bool = True
    takes: bool = True
    scene: Scene | None = None


def write_scripts(folder: Path, scripts: list[Script]) -> None:
    """Raises OSError."""
    (folder / SCRIPTS_NAME).write_bytes(msgspec.json.encode(scripts))


def read_scripts(folder: Path) -> list[Script]:
    """Raises OSError, or msgspec.DecodeError where `demo-data` did not write it."""
    return msgspec.json.decode((folder / SCRIPTS_NAME).read_bytes(), type=list[Script])
