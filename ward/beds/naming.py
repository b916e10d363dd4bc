"""Rooms and beds as people write them: `1-9: A, B`, one line for rooms that are alike. Text to rooms and back. Pure.

A line is rooms, a colon, then beds. Without a colon `10, 11` are rooms of one bed, `6 A` is bed A of room 6, and
letters at the end are the beds of all rooms before them: `1-14, A and B`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby, pairwise

ROOM_LONGEST, BED_LONGEST = 8, 2
BEDS_MOST = 500  # on one ward, by what a board can show
LINES_MOST, LINE_LONGEST = 1_000, 1_000
GAPS_SAID = 5

_DASHES = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212), "-")
_NAME = re.compile(r"[^\W_](?:[^\W_]|[ ./-])*")
_ODD = re.compile(r"[^\w ./-]|_")
_RANGE = re.compile(r"([^\W\d_]*)(\d+)\s*-\s*([^\W\d_]*)(\d+)")
_LETTERS = re.compile(r"([^\W\d_])\s*-\s*([^\W\d_])")
_WITH_BED = re.compile(r"(.*\d)\s*([^\W\d_])")
_AND = re.compile(r"\s+(?:and|und|et|y)\s+", re.IGNORECASE)


class Wrong(StrEnum):
    """What is the matter with a part of the text."""

    ODD = "odd"  # a character that no door has
    LONG_ROOM = "long_room"
    LONG_BED = "long_bed"
    TWICE = "twice"  # `other`: the line where the bed stands first
    BACKWARDS = "backwards"
    NO_ROOM = "no_room"
    NO_BED = "no_bed"
    MIXED = "mixed"  # a room with a bed without a letter and beds with one
    MANY = "many"
    LONG_LINE = "long_line"


@dataclass(frozen=True, slots=True)
class Problem:
    """`line`: from 1; `what`: the part as it was written; `other`: another line that it is about, or 0."""

    line: int
    wrong: Wrong
    what: str = ""
    other: int = 0


@dataclass(frozen=True, slots=True)
class NamedRoom:
    """A room and its beds by letter; one bed without a letter is `("",)`."""

    number: str
    beds: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """As on the board: `12 A`, or `10` alone."""
        return tuple(f"{self.number} {letter}".strip() for letter in self.beds)


@dataclass(frozen=True, slots=True)
class Named:
    """The rooms in the order of the text; what could not be read is in `problems` and in no room."""

    rooms: tuple[NamedRoom, ...]
    problems: tuple[Problem, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Every bed in the board's order."""
        return tuple(label for room in self.rooms for label in room.labels)

    @property
    def gaps(self) -> tuple[int, ...]:
        """Whole numbers between the first and the last that no room has: there may be no room 13. A few at most."""
        numbers = sorted({int(room.number) for room in self.rooms if room.number.isdecimal()})
        pairs = pairwise(numbers)
        missing = [number for low, high in pairs if high - low <= GAPS_SAID for number in range(low + 1, high)]
        return tuple(missing) if len(missing) <= GAPS_SAID else ()


def read(text: str) -> Named:
    """What the text says. Never raises; nothing is dropped in silence."""
    reading = _Reading()
    for line, words in enumerate(_lines(text), 1):
        reading.line(line, words)
    return reading.named()


def write(rooms: Iterable[NamedRoom]) -> str:
    """The shortest text that `read` understands as these rooms, in this order."""
    lines = []
    for beds, alike in groupby(rooms, lambda room: room.beds):
        parts = _runs([room.number for room in alike])
        lines.append(", ".join(parts) + _ending(parts, beds))
    return "\n".join(lines)


def _ending(parts: Sequence[str], beds: tuple[str, ...]) -> str:
    """`: -` says one bed without a letter, where a room's name alone would be read as a room and its bed."""
    if beds != ("",):
        return f": {', '.join(beds)}"
    return ": -" if any(_is_bed(part) or _WITH_BED.fullmatch(part) for part in parts) else ""


@dataclass(slots=True)
class _Reading:
    rooms: dict[str, dict[str, int]] = field(default_factory=dict)  # number -> letter -> line
    problems: list[Problem] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)  # label -> line

    def line(self, line: int, words: str) -> None:
        if len(words) > LINE_LONGEST or line > LINES_MOST:
            self._wrong(line, Wrong.LONG_LINE, words[:20])
            return
        left, colon, right = words.partition(":")
        for number, letters in self._with_colon(line, left, right) if colon else self._plain(line, left):
            for letter in letters:
                self._add(line, number, letter)

    def named(self) -> Named:
        rooms = [NamedRoom(number, tuple(sorted(letters))) for number, letters in self.rooms.items() if letters]
        return Named(tuple(rooms), tuple(self.problems))

    def _with_colon(self, line: int, left: str, right: str) -> Iterator[tuple[str, list[str]]]:
        letters = [""] if right.strip() == "-" else [letter for one in _beds(right) for letter in self._bed(line, one)]
        if not _parts(left):
            self._wrong(line, Wrong.NO_ROOM, right.strip())
        elif not _beds(right):
            self._wrong(line, Wrong.NO_BED, left.strip())
        for one in _parts(left):
            yield from ((number, letters) for number in self._room(line, one))

    def _plain(self, line: int, words: str) -> Iterator[tuple[str, list[str]]]:
        parts = _parts(words)
        rooms = list(parts)
        while rooms and _is_bed(rooms[-1]):
            rooms.pop()
        if rooms and len(rooms) < len(parts):
            letters = [letter for one in parts[len(rooms) :] for letter in self._bed(line, one)]
            for one in rooms:
                yield from ((number, letters) for number in self._room(line, one))
            return
        for one in parts:
            found = _WITH_BED.fullmatch(one)
            if found and not _RANGE.fullmatch(one):
                yield from ((number, [found[2].upper()]) for number in self._room(line, found[1]))
            else:
                yield from ((number, [""]) for number in self._room(line, one))

    def _room(self, line: int, word: str) -> list[str]:
        found = _RANGE.fullmatch(word)
        if found and found[3] in ("", found[1]):
            return self._rooms(line, word, found)
        if odd := _ODD.search(word):
            self._wrong(line, Wrong.ODD, odd[0])
        elif not _NAME.fullmatch(word):
            self._wrong(line, Wrong.ODD, word[:1])
        elif len(word) > ROOM_LONGEST:
            self._wrong(line, Wrong.LONG_ROOM, word)
        else:
            return [word]
        return []

    def _rooms(self, line: int, word: str, found: re.Match[str]) -> list[str]:
        before, first, last = found[1], found[2], found[4]
        if max(len(before + first), len(before + last)) > ROOM_LONGEST:
            self._wrong(line, Wrong.LONG_ROOM, word)
        elif int(last) < int(first):
            self._wrong(line, Wrong.BACKWARDS, word)
        elif int(last) - int(first) >= BEDS_MOST:
            self._wrong(line, Wrong.MANY, word)
        else:
            wide = len(first) if first.startswith("0") else 0
            return [f"{before}{number:0{wide}d}" for number in range(int(first), int(last) + 1)]
        return []

    def _bed(self, line: int, word: str) -> list[str]:
        run = _LETTERS.fullmatch(word)
        if run:
            first, last = ord(run[1].upper()), ord(run[2].upper())
            if first > last or last - first > 25:
                self._wrong(line, Wrong.BACKWARDS, word)
                return []
            return [chr(code) for code in range(first, last + 1)]
        if not word.isalnum():
            self._wrong(line, Wrong.ODD, next(one for one in word if not one.isalnum()))
        elif len(word.upper()) > BED_LONGEST:
            self._wrong(line, Wrong.LONG_BED, word)
        else:
            return [word.upper()]
        return []

    def _add(self, line: int, number: str, letter: str) -> None:
        held, label = self.rooms.setdefault(number, {}), f"{number} {letter}".strip()
        if label in self.labels:
            self._wrong(line, Wrong.TWICE, label, self.labels[label])
        elif held and ("" in held or letter == ""):
            self._wrong(line, Wrong.MIXED, number, next(iter(held.values())))
        elif len(self.labels) >= BEDS_MOST:
            self._wrong(line, Wrong.MANY, label)
        else:
            held[letter] = self.labels[label] = line

    def _wrong(self, line: int, wrong: Wrong, what: str, other: int = 0) -> None:
        if wrong is not Wrong.MANY or all(one.wrong is not Wrong.MANY for one in self.problems):
            self.problems.append(Problem(line, wrong, what, other))


def _lines(text: str) -> list[str]:
    """As typed, with one kind of dash and of digits, and without spaces that no one sees."""
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return [" ".join(line.split()) for line in re.split(r"\r\n|[\r\n;]", plain)]


def _parts(words: str) -> list[str]:
    return [part for one in words.split(",") for word in _AND.split(f" {one.strip()} ") if (part := word.strip())]


def _beds(words: str) -> list[str]:
    """The same, where a space alone parts them, too: `A B`."""
    return [one for part in _parts(words) for one in (part.split() if "-" not in part else [part])]


def _is_bed(word: str) -> bool:
    return (len(word) <= BED_LONGEST and word.isalpha()) or _LETTERS.fullmatch(word) is not None


def _runs(numbers: Sequence[str]) -> list[str]:
    """Neighbours that count on as `1-9`; what is not a plain number stands alone."""
    parts: list[list[str]] = []
    for number in numbers:
        if parts and _follows(parts[-1][-1], number):
            parts[-1].append(number)
        else:
            parts.append([number])
    return [one for run in parts for one in ([f"{run[0]}-{run[-1]}"] if len(run) > 2 else run)]


def _follows(one: str, other: str) -> bool:
    plain = one.isdecimal() and other.isdecimal() and not one.startswith("0") and len(one) <= ROOM_LONGEST
    return plain and other == str(int(one) + 1)
