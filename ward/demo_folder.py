"""The folder through which `make demo` and its ward talk: what the demo is, and what visitors did. Knows no row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec

TOLD_NAME = "demo.json"


class Mark(StrEnum):
    """What is so as long as a file of that name lies in the folder."""

    NIGHT = "night"
    STRIP_HIDDEN = "strip-hidden"
    SAW_NIGHT = "saw-last-night"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What `make demo` says of itself. `boxes`: the pages of the simulated boxes by bed; `ready`: all parts run;
    `music_at`, `music_had`: when rendering began, and how many tracks there were then."""

    started_at: datetime
    boxes: Mapping[str, str] = {}
    ready: bool = False
    music_at: datetime
    music_had: int = 0


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """The demo's folder. Reading and writing are short; any thread or process."""

    path: Path

    def told(self) -> Told | None:
        """What the demo says; None before it has said anything."""
        try:
            return msgspec.json.decode((self.path / TOLD_NAME).read_bytes(), type=Told)
        except (OSError, msgspec.DecodeError):
            return None

    def tell(self, told: Told) -> None:
        """Replaces it in one step, so that no reader sees half of it."""
        fresh = self.path / f".{TOLD_NAME}"
        fresh.write_bytes(msgspec.json.encode(told))
        fresh.replace(self.path / TOLD_NAME)

    def has(self, mark: Mark) -> bool:
        """Whether it is so."""
        return (self.path / mark).exists()

    def set(self, mark: Mark, so: bool) -> None:
        """Make it so, or not."""
        if so:
            (self.path / mark).touch()
        else:
            (self.path / mark).unlink(missing_ok=True)
