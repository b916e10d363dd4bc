"""One table of a TOML file, read key by key; every error names file, key and what is allowed. Knows no key."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from firmware.speaker.errors import SinkError
from firmware.speaker.sink import Sink, parse_sink
from playlists.parsing import one_line


class ConfigError(Exception):
    """The configuration cannot be used; one line for each error with file, key and what to write."""

    def __str__(self) -> str:
        return "; ".join(self.lines)

    @property
    def lines(self) -> tuple[str, ...]:
        """The errors, one by one."""
        return tuple(map(str, self.args))


@dataclass(frozen=True, slots=True)
class Table:
    """The values of one table. `name`: the file; `place`: the table; `folder`: where relative paths begin; `told`: the
    errors so far, so that a person sees all of them at once. None: the first is raised."""

    name: str
    place: str
    folder: Path
    values: Mapping[str, Any]
    told: list[str] | None = None

    def error(self, key: str, problem: str) -> ConfigError:
        """The error of one key, as one line."""
        where = f"{self.place}.{one_line(key, 60)}" if self.place else one_line(key, 60)
        return ConfigError(f"{self.name}: {where}: {problem}")

    def refuse(self, key: str, problem: str) -> None:
        """Report that a key cannot be used. Raises ConfigError if errors are not collected."""
        error = self.error(key, problem)
        if self.told is None:
            raise error
        self.told.extend(error.lines)

    def refuse_unknown(self, known: Iterable[str]) -> None:
        """Refuse a key that is not read: a misspelt rule must not be ignored silently."""
        known = sorted(known)
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                remedy = f"did you mean {near[0]!r}?" if near else f"allowed are {', '.join(known)}"
                self.refuse(key, f"unknown; {remedy}")

    def table(self, key: str, known: Iterable[str]) -> "Table":
        """The table of that name with known keys only; empty if it is missing."""
        values = self.values.get(key, {})
        if not isinstance(values, dict):
            self.refuse(key, f"must be a table: write [{key}] on a line of its own")
            values = {}
        inner = Table(self.name, key, self.folder, values, self.told)
        inner.refuse_unknown(known)
        return inner

    def text(self, key: str, *, most: int = 200) -> str:
        """A text of one line, empty if it is missing."""
        value = self.values.get(key, "")
        if not isinstance(value, str) or len(value) > most or not (value == "" or value.isprintable()):
            self.refuse(key, f"must be a text in quotes, one line of {most} letters or fewer, not {_shown(value)}")
            return ""
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.refuse(key, f'must be a list of texts, like ["a", "b"], not {_shown(value)}')
            return ()
        return tuple(value)

    def path(self, key: str) -> Path | None:
        """A file or folder; a relative path starts at the configuration's folder."""
        text = self.text(key, most=4096)
        try:
            return self.folder / Path(text).expanduser() if text else None
        except RuntimeError:
            self.refuse(key, f"{text!r} starts with the home of an unknown user: write the full path")
            return None

    def number(self, key: str, default: float, least: float, most: float, unit: str) -> float:
        """A plain number in the key's unit."""
        value = self.values.get(key, default)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= value <= most:  # neither NaN nor infinity is
            allowed = f"must be a plain number from {least:g} to {most:g} ({unit})"
            self.refuse(key, f"{allowed}, not {_shown(value)}")
            return default
        return float(value)

    def choice(self, key: str, default: int, allowed: Mapping[int, str]) -> int:
        """One of a few whole numbers."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
            words = " or ".join(f"{number} ({meaning})" for number, meaning in allowed.items())
            self.refuse(key, f"must be {words}, not {_shown(value)}")
            return default
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.refuse(key, f"must be true or false, without quotes, not {_shown(value)}")
            return default
        return value

    def day(self, key: str) -> date | None:
        """A date."""
        value = self.values.get(key)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            self.refuse(key, f"must be a date without quotes, like 2026-03-01, not {_shown(value)}")
            return None
        return value

    def sink(self, key: str, default: Sink) -> Sink:
        """The sound output."""
        text = self.text(key, most=4096)
        try:
            return parse_sink(text) if text else default
        except SinkError as error:
            self.refuse(key, str(error))
            return default


def _shown(value: object) -> str:
    try:
        return one_line(repr(value) if isinstance(value, str | int | float | bool) else str(value), 60)
    except ValueError:
        return "a number with thousands of digits"
