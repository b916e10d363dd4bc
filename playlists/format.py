"""A playlist of music as TOML and as values; knows no file, no clock and no player."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar

from playlists.parsing import UnreadableError, one_line, parse_toml

LABEL_LETTERS = 8  # what one line of the box's screen holds in large type
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SHA256 = re.compile(r"[0-9a-f]{64}")
SLOWEST_BPM, FASTEST_BPM = 20.0, 300.0


class PlaylistError(Exception):
    """Anything that playlists refuses; its text is one line that says what to do."""


class PlaylistFormatError(PlaylistError, ValueError):
    """A playlist's text cannot be used; the line names the file, the key and the remedy."""


class Purpose(StrEnum):
    """What a playlist is for; staff read these words, patients read the label."""

    COMFORT = "comfort"
    SLEEP = "sleep"
    MEMORIES = "memories"
    VIGIL = "vigil"


class Arc(StrEnum):
    """How arousal runs through a playlist: down and up again, only down, or level."""

    U = "u"
    DESCENDING = "descending"
    FLAT = "flat"


class Familiarity(StrEnum):
    """How well listeners are expected to know a track."""

    UNFAMILIAR = "unfamiliar"
    KNOWN = "known"
    LOVED = "loved"


@dataclass(frozen=True, slots=True)
class Tags:
    """What a therapist may want to know of a track; None means that nobody has said."""

    bpm: float | None = None
    lyrics: bool | None = None
    cover: bool | None = None  # an instrumental version of a song that people know with words
    language: str | None = None
    era: str | None = None
    familiarity: Familiarity | None = None
    instruments: tuple[str, ...] = ()
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """One recording. `sha256` and `seconds` are None until a library has resolved the slug."""

    slug: str
    title: str
    sha256: str | None = None
    seconds: float | None = None
    tags: Tags = Tags()


@dataclass(frozen=True, slots=True)
class Playlist:
    """An ordered list of tracks for one purpose; `label` is all that a patient reads."""

    slug: str
    title: str
    label: str
    purpose: Purpose
    arc: Arc
    tracks: tuple[Track, ...]
    licence: str | None = None


def letters(text: str) -> int:
    """How many letters a reader counts: an accent typed as its own code point adds none."""
    return sum(1 for char in unicodedata.normalize("NFC", text) if not unicodedata.combining(char))


def parse_playlist(text: str, name: str) -> Playlist:
    """Read a playlist from TOML; `name` is the file's name, for the error line.

    Raises PlaylistFormatError with one line. Touches nothing but its arguments; any thread may call it.
    """
    try:
        table = parse_toml(text)
    except UnreadableError as error:
        raise PlaylistFormatError(f"{name}: not valid TOML: {error}; fix that line") from None
    reader = _Table(name, "", table)
    reader.refuse_unknown(_PLAYLIST_KEYS)
    playlist = Playlist(
        slug=reader.slug("slug"),
        title=reader.text("title"),
        label=_label(reader),
        purpose=reader.word("purpose", Purpose),
        arc=reader.word("arc", Arc),
        tracks=_tracks(reader),
        licence=reader.optional_text("licence"),
    )
    _refuse_duplicates(name, playlist.tracks)
    return playlist


def write_playlist(playlist: Playlist) -> str:
    """The playlist as TOML that `parse_playlist` reads back to an equal value."""
    lines = _assignments(_set_values(playlist))
    for track in playlist.tracks:
        lines += ["", "[[tracks]]", *_assignments(_values_of(track, without={"tags"}))]
        if track.tags != Tags():
            lines += ["[tracks.tags]", *_assignments(_values_of(track.tags))]
    return "\n".join(lines) + "\n"


def _field_names(cls: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(cls))


_PLAYLIST_KEYS = _field_names(Playlist)
_TRACK_KEYS = _field_names(Track)
_TAG_KEYS = _field_names(Tags)
_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class _Table:
    """One TOML table with its place in the file, so that each refusal can name both."""

    name: str
    place: str
    values: Mapping[str, Any]

    def error(self, key: str, problem: str) -> PlaylistFormatError:
        return PlaylistFormatError(f"{self.name}: {self.place}{one_line(key)}: {one_line(problem, 300)}")

    def refuse_unknown(self, known: Iterable[str]) -> None:
        for key in self.values:
            if key not in known:
                raise self.error(key, f"unknown key, {_suggestion(key, known)}")

    def text(self, key: str) -> str:
        found = self.optional_text(key)
        if found is None:
            raise self.error(key, f'is missing, add {key} = "..."')
        return found

    def optional_text(self, key: str) -> str | None:
        found = self.values.get(key)
        if found is None:
            return None
        if not isinstance(found, str) or not found.strip():
            raise self.error(key, 'must be a text that is not empty, in "quotes"')
        if any(unicodedata.category(char) == "Cc" for char in found):
            raise self.error(key, "must be one line without control characters")
        return found

    def slug(self, key: str) -> str:
        found = self.text(key)
        if not SLUG.fullmatch(found):
            raise self.error(key, f'"{found}" is no slug, use a-z, 0-9 and single hyphens, as in "slow-tide"')
        return found

    def word(self, key: str, words: type[_Word]) -> _Word:
        found = self.text(key)
        try:
            return words(found)
        except ValueError:
            raise self.error(key, f'"{found}" is unknown, {_suggestion(found, list(words))}') from None

    def number(self, key: str, low: float, high: float) -> float | None:
        found = self.values.get(key)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float) or not low <= found <= high:
            raise self.error(key, f"must be a number from {low:g} to {high:g}")
        return float(found)

    def truth(self, key: str) -> bool | None:
        found = self.values.get(key)
        if found is not None and not isinstance(found, bool):
            raise self.error(key, "must be true or false, without quotes")
        return found


def _tracks(reader: _Table) -> tuple[Track, ...]:
    found = reader.values.get("tracks")
    if not isinstance(found, list) or not found or not all(isinstance(entry, dict) for entry in found):
        raise reader.error("tracks", "there are none, add at least one [[tracks]] table")
    return tuple(_track(_Table(reader.name, f"track {number}: ", entry)) for number, entry in enumerate(found, 1))


def _track(reader: _Table) -> Track:
    reader.refuse_unknown(_TRACK_KEYS)
    sha256 = _hash(reader)
    if "slug" not in reader.values and sha256 is None:
        raise reader.error("slug", "is missing, name the track by slug or by sha256")
    slug = reader.slug("slug") if "slug" in reader.values else str(sha256)[:12]
    tags = reader.values.get("tags", {})
    if not isinstance(tags, dict):
        raise reader.error("tags", "must be a table, begin it with [tracks.tags]")
    return Track(
        slug=slug,
        title=reader.text("title"),
        sha256=sha256,
        seconds=reader.number("seconds", 0.1, 24 * 3600),
        tags=_tags(_Table(reader.name, f"{reader.place}tags.", tags)),
    )


def _hash(reader: _Table) -> str | None:
    found = reader.optional_text("sha256")
    if found is not None and not SHA256.fullmatch(found):
        raise reader.error("sha256", "must be 64 digits 0-9 and a-f, as sha256sum prints them")
    return found


def _tags(reader: _Table) -> Tags:
    reader.refuse_unknown(_TAG_KEYS)
    instruments = reader.values.get("instruments", [])
    if not isinstance(instruments, list) or not all(isinstance(name, str) and name for name in instruments):
        raise reader.error("instruments", 'must be a list of texts, as in ["harp", "flute"]')
    return Tags(
        bpm=reader.number("bpm", SLOWEST_BPM, FASTEST_BPM),
        lyrics=reader.truth("lyrics"),
        cover=reader.truth("cover"),
        language=reader.optional_text("language"),
        era=reader.optional_text("era"),
        familiarity=reader.word("familiarity", Familiarity) if "familiarity" in reader.values else None,
        instruments=tuple(instruments),
        licence=reader.optional_text("licence"),
    )


def _label(reader: _Table) -> str:
    label = reader.text("label")
    if letters(label) > LABEL_LETTERS:
        count = letters(label)
        raise reader.error("label", f'"{label}" has {count} letters, shorten it to {LABEL_LETTERS} or fewer')
    return label


def _refuse_duplicates(name: str, tracks: tuple[Track, ...]) -> None:
    first: dict[str, tuple[int, str]] = {}
    for number, track in enumerate(tracks, 1):
        for key in {track.slug, track.sha256 or track.slug}:
            if key in first:
                earlier, title = first[key]
                raise PlaylistFormatError(
                    f"{name}: track {number}: the same as track {earlier} ({title}), remove one of them"
                )
            first[key] = (number, track.title)


def _suggestion(found: str, known: Iterable[str]) -> str:
    words = sorted(known)
    close = difflib.get_close_matches(found, words, n=1)
    return f'did you mean "{close[0]}"?' if close else "use one of " + ", ".join(words)


def _set_values(playlist: Playlist) -> dict[str, Any]:
    return _values_of(playlist, without={"tracks"})


def _values_of(value: Playlist | Track | Tags, without: Iterable[str] = ()) -> dict[str, Any]:
    named = {field.name: getattr(value, field.name) for field in fields(value) if field.name not in set(without)}
    return {key: held for key, held in named.items() if held is not None and held != ()}


def _assignments(values: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {_toml(value)}" for key, value in values.items()]


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case tuple():
            return "[" + ", ".join(_toml(item) for item in value) + "]"
        case _:
            escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
