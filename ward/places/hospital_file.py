"""A whole hospital's wards as a TOML file: read with all that is wrong in it, and loaded. Twice is once.

[[ward]]
name = "Ward 4 North"
beds = \"\"\"
1-9: A, B
10, 11
\"\"\"
night = "21:00-07:00"
evening = "20:30"
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from django.db import transaction

from ward.beds.models import Ward
from ward.beds.naming import Named, NamedRoom, read
from ward.beds.naming_words import sentence
from ward.beds.times import read_clock
from ward.places.errors import PlacesError
from ward.places.rooms import rooms_of
from ward.places.saving import NAME_LONGEST, SetUp, add_ward, save, set_up_of

KEYS = {"name", "beds", "night", "evening"}


@dataclass(frozen=True, slots=True)
class WardSaid:
    """One ward of the file. None: the file says nothing of it, and what the ward has stays. `evening`: "" switches the
    reminder off."""

    name: str
    named: Named
    night: tuple[time, time] | None = None
    evening: time | str | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of one ward. `left_open`: beds that the ward has and the file does not: they stay as they are."""

    name: str
    is_new: bool
    changed: bool
    beds: int
    left_open: tuple[str, ...]


def read_hospital(text: str) -> list[WardSaid]:
    """The file's wards. Raises PlacesError with one line for each thing that is wrong."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlacesError(f"This is not a TOML file: {error}.") from None
    rows = found.get("ward")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise PlacesError("The file has no ward. Begin each ward with [[ward]].")
    wrong = [f"{key} is not a key of the file. Use [[ward]]." for key in found if key != "ward"]
    wrong += [line for place, row in enumerate(rows, 1) for line in _wrong(place, row)]
    wrong += _twice(str(row.get("name", "")).strip() for row in rows)
    if wrong:
        raise PlacesError("\n".join(wrong))
    return [_said(row) for row in rows]


def load_hospital(wards: Iterable[WardSaid], now: datetime) -> list[Loaded]:
    """All of them in one transaction. Closes nothing: a bed that the file leaves out stays. Raises PlacesError."""
    with transaction.atomic():
        return [_load(one, now) for one in wards]


def _load(said: WardSaid, now: datetime) -> Loaded:
    ward = Ward.objects.filter(name__iexact=said.name).first()
    is_new = ward is None
    ward = ward or add_ward(said.name, None, now)
    if ward.closed_at is not None:
        raise PlacesError(f"{ward.name} is closed. Open it first: nightingale-ward ward open {ward.slug}")
    rooms, left = _together(said.named.rooms, rooms_of(ward))
    wanted = replace(_hours(set_up_of(ward), said), rooms=rooms)
    return Loaded(ward.name, is_new, save(ward, wanted, None, now), sum(len(room.beds) for room in rooms), left)


def _hours(was: SetUp, said: WardSaid) -> SetUp:
    night = said.night or (was.night_from, was.night_until)
    evening = was.evening_at if said.evening is None else said.evening
    at = evening if isinstance(evening, time) else None
    return replace(was, night_from=night[0], night_until=night[1], evening_at=at)


def _together(said: Iterable[NamedRoom], has: Iterable[NamedRoom]) -> tuple[tuple[NamedRoom, ...], tuple[str, ...]]:
    """The file's rooms in its order, then what else the ward has; and the labels of that."""
    rooms = {room.number: list(room.beds) for room in said}
    left = []
    for room in has:
        for letter in room.beds:
            if letter not in rooms.setdefault(room.number, []):
                rooms[room.number].append(letter)
                left.append(f"{room.number} {letter}".strip())
    return tuple(NamedRoom(number, tuple(sorted(letters))) for number, letters in rooms.items()), tuple(left)


def _said(row: Mapping[str, Any]) -> WardSaid:
    night = _night(row["night"]) if "night" in row else None
    evening = "" if row.get("evening") == "" else read_clock(row["evening"]) if "evening" in row else None
    return WardSaid(row["name"].strip(), read(row.get("beds", "")), night, evening)


def _wrong(place: int, row: Mapping[str, Any]) -> Iterator[str]:
    where = f"Ward {place} ({row.get('name', 'no name')})"
    yield from (f"{where}: {key} is not a key. Use {', '.join(sorted(KEYS))}." for key in row.keys() - KEYS)
    texts = {key: row[key] for key in KEYS & row.keys()}
    if odd := [key for key, value in texts.items() if not isinstance(value, str)]:
        yield from (f'{where}: {key} must be a text in "".' for key in odd)
        return
    if not 1 <= len(texts.get("name", "").strip()) <= NAME_LONGEST:
        yield f"{where}: name must have 1 to {NAME_LONGEST} characters."
    yield from (f"{where}, beds: {sentence(one)}" for one in read(texts.get("beds", "")).problems)
    if "night" in texts and _night(texts["night"]) is None:
        yield f'{where}: night must be two times, such as "21:00-07:00".'
    if texts.get("evening") and read_clock(texts["evening"]) is None:
        yield f'{where}: evening must be a time, such as "20:30", or "".'


def _night(words: str) -> tuple[time, time] | None:
    begins, _dash, ends = words.partition("-")
    found = read_clock(begins), read_clock(ends)
    return (found[0], found[1]) if found[0] is not None and found[1] is not None else None


def _twice(names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name and name.casefold() in seen:
            yield f"{name} is in the file twice."
        seen.add(name.casefold())
