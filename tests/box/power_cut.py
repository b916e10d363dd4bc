"""What a box says while it lives, and what its file may hold after its plug was pulled. Knows no process."""

import hashlib
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

import messages
from device.link import translate
from device.log.files import JOURNALS
from device.log.stores import FILE_NAME
from device.rules.events import Assigned, BedPlaylist
from device.rules.memory import Kept as Memory
from playlists.catalogue import catalogue_playlists
from playlists.index import Recording, write_index
from tests.rules.bed import ALL_TRACKS, CALM, GARDEN, RAIN, SLEEP, track

NOON = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
PLAYLISTS = (CALM, GARDEN, RAIN, SLEEP)
VERSIONS_A_STAY = 8  # the first of them ends the stay before


class Word(msgspec.Struct, frozen=True, tag=True):
    """A line that the box's process says, at once and whole."""


class Begins(Word, frozen=True, tag=True):
    """Everything is imported: from here on it is the start of a box."""


class Woke(Word, frozen=True, tag=True):
    """What the box is before any hand touched it. `digest`, `whole`: of its assignment; `asked`: plays so far."""

    number: int
    level_dba: float
    cap_dba: float
    version: int
    digest: str
    whole: str
    is_silent: bool
    asked: int
    log_id: str


class Does(Word, frozen=True, tag=True):
    """Said before an act. No louder level than `at_most_dba` can come of it; `version`: offered or held."""

    number: int
    name: str
    at_most_dba: float
    version: int
    at: float


class Told(Word, frozen=True, tag=True):
    """Said after the act, before the box says its number into its log."""

    number: int
    level_dba: float
    cap_dba: float
    version: int
    is_silent: bool


class Kept(Word, frozen=True, tag=True):
    """The disk has confirmed everything up to this act."""

    number: int


class Received(Word, frozen=True, tag=True):
    """The ward has every entry up to this one."""

    through: int


class Checkpoint(Word, frozen=True, tag=True):
    """SQLite begins to carry its journal over into the file, or is done."""

    begins: bool


_entries = msgspec.json.Decoder(messages.Entry)
_words = msgspec.json.Decoder(Begins | Woke | Does | Told | Kept | Received | Checkpoint)


def words(said: bytes) -> list[Word]:
    """Everything that was said; the last line may be torn, which is the pipe's doing."""
    return [_words.decode(line) for line in said[: said.rfind(b"\n") + 1].splitlines()]


def furnish(folder: Path) -> None:
    """The starter playlists and the ward's tracks for a box in this folder, as files without sound."""
    music = folder / "music"
    (music / "tracks").mkdir(parents=True)
    slugs = {member.slug for found in catalogue_playlists() for member in found.tracks}
    write_index(music, {slug: Recording(slug, track(slug).sha256, 180.0, slug, -20.0, -3.0, 4.0) for slug in slugs})
    for sha256 in (*ALL_TRACKS, *(track(slug).sha256 for slug in slugs)):
        (music / "tracks" / f"{sha256}.opus").touch()


def offer(version: int) -> messages.Assignment:
    """The one assignment that has this number: both sides make it again."""
    chance = random.Random(version)
    if version % VERSIONS_A_STAY == 0:
        return messages.Assignment(version=version, stay=None, assigned_at=NOON, playlists=())
    rules = messages.Rules(
        cap_day_dba=chance.choice([30.0, 45.0, 55.0, 60.0, 65.0]),
        cap_night_dba=chance.choice([30.0, 40.0, 45.0]),
        shared_room=chance.random() < 0.2,
        vigil=chance.random() < 0.1,
        ask_before=chance.choice([None, "pain"]),
        ask_after=chance.choice([None, "change"]),
        ask_sleep=chance.random() < 0.5,
        reminders=(14 * 60,),
        sleep_starts=chance.choice([None, 21 * 60 + 30]),
        never_play=(RAIN.tracks[0].sha256,) if chance.random() < 0.2 else (),
    )
    playlists = tuple(_ref(music) for music in chance.sample(PLAYLISTS, chance.randint(1, 4)))
    stay = f"stay-{version // VERSIONS_A_STAY}"
    return messages.Assignment(version=version, stay=stay, assigned_at=NOON, playlists=playlists, rules=rules)


def fingerprint(assigned: Assigned | None) -> str:
    """SHA-256 of every word of it."""
    return hashlib.sha256(msgspec.json.encode(assigned, order="deterministic")).hexdigest()


def _ref(music: BedPlaylist) -> messages.PlaylistRef:
    tracks = tuple(messages.TrackRef(sha256=p.sha256, title=p.title, seconds=p.seconds) for p in music.tracks)
    return messages.PlaylistRef(
        slug=music.slug, title=music.title, label=music.label, purpose=music.purpose, arc="u", tracks=tracks
    )


@dataclass(frozen=True, slots=True)
class Disk:
    """What lies in the file of a box without power. `marker`: the number of the last act that it holds."""

    log_id: str
    memory: Memory
    rows: list[tuple[int, bytes]]
    marker: int


def read(folder: Path, scratch: Path) -> Disk | None:
    """What SQLite makes of a copy, for reading mends: the box must do that by itself. None where no log began yet."""
    scratch.mkdir(exist_ok=True)
    for suffix in ("", *JOURNALS):
        source, target = folder / f"{FILE_NAME}{suffix}", scratch / f"{FILE_NAME}{suffix}"
        target.unlink(missing_ok=True)
        if source.exists():
            shutil.copyfile(source, target)
    (scratch / f"{FILE_NAME}-shm").unlink(missing_ok=True)
    with closing(sqlite3.connect(scratch / FILE_NAME)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
            return None
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        facts: dict[str, bytes] = dict(connection.execute("SELECT name, value FROM fact"))
        rows = connection.execute("SELECT seq, body FROM entry ORDER BY seq").fetchall()
    memory = msgspec.json.decode(facts["memory"], type=Memory) if "memory" in facts else Memory()
    return Disk(facts["log_id"].decode(), memory, rows, max((_marker(body) for _, body in rows), default=-1))


def _marker(body: bytes) -> int:
    """The number that an entry carries; whatever it is, it is whole."""
    data = messages.entry_data(_entries.decode(body))
    is_marker = isinstance(data, messages.TrackFailed) and data.playlist == "calm" and data.reason.isdigit()
    return int(data.reason) if is_marker and isinstance(data, messages.TrackFailed) else -1


@dataclass(slots=True)
class Life:
    """One life of the box, as it was heard, and the moment of its end."""

    words: list[Word]
    ended_at: float

    def all(self, kind: type[Any]) -> list[Any]:
        """Every word of one kind."""
        return [word for word in self.words if isinstance(word, kind)]

    @property
    def woke(self) -> Woke | None:
        """What it woke as, if it came so far."""
        return next(iter(self.all(Woke)), None)

    @property
    def in_checkpoint(self) -> bool:
        """Whether its end came in the middle of one."""
        said = self.all(Checkpoint)
        return bool(said) and said[-1].begins


@dataclass(slots=True)
class Ledger:
    """What must hold from life to life. `level_dba`, `version`: what the disk remembers since the last life."""

    level_dba: float = 50.0
    version: int = 0
    log_id: str = ""
    marker: int = -1
    received: int = 0
    next_number: int = 0
    rows: dict[int, bytes] = field(default_factory=dict)
    bodies: set[bytes] = field(default_factory=set)
    lost_acts: int = 0  # of the last life, as the next two: not on the disk when it ended
    lost_s: float = 0.0  # how long before its end the first of them began
    louder_db: float = 0.0  # than what was told last the remembered level is

    def hear(self, life: Life) -> None:
        """A box that wakes is silent, as it was remembered, and not louder."""
        woke = life.woke
        if woke is None:
            return
        assert woke.is_silent, "it plays by itself"
        assert woke.asked == 0, "it asked the speaker for music before anybody pressed"
        assert woke.level_dba <= min(woke.cap_dba, max(30.0, self.level_dba)), "louder than what was remembered"
        assert woke.version == self.version
        self._is_whole(woke.digest, woke.whole, woke.version)
        assert self.log_id in {"", woke.log_id}, "the log began again"

    def check(self, life: Life, disk: Disk) -> None:
        """Hold the file against what was said."""
        self._numbers(life, disk)
        told = {told.number: told for told in life.all(Told)}
        base = told.get(disk.marker)
        level_dba, version = (base.level_dba, base.version) if base else (self.level_dba, self.version)
        on_the_way = next((act for act in life.all(Does) if base and act.number == disk.marker + 1), None)
        kept_dba = disk.memory.level_dba
        if kept_dba is not None:
            assert kept_dba <= max(level_dba, on_the_way.at_most_dba if on_the_way else level_dba)
        assert disk.memory.version in {version, on_the_way.version if on_the_way else version}
        self._is_remembered(disk.memory)
        self._measure(life, disk, list(told.values()))
        self.level_dba = self.level_dba if kept_dba is None else kept_dba
        self.version, self.log_id, self.marker = disk.memory.version, disk.log_id, disk.marker
        self.next_number = max([self.next_number, *(act.number + 1 for act in life.all(Does))])

    def _numbers(self, life: Life, disk: Disk) -> None:
        """No entry is torn, missing, there twice or renumbered; none is gone that was said to be kept."""
        assert self.log_id in {"", disk.log_id}
        self.received = max([self.received, *(word.through for word in life.all(Received))])
        numbers = [seq for seq, _ in disk.rows]
        assert numbers or not self.rows, "receipts never cover everything, so something is always left"
        assert numbers == [numbers[0] + place for place in range(len(numbers))], "a hole"
        assert not numbers or numbers[0] <= self.received + 1, "an entry went without a receipt"
        for seq, body in disk.rows:
            mark = hashlib.sha256(body).digest()
            is_new = seq not in self.rows
            assert self.rows.setdefault(seq, mark) == mark, "an entry was numbered again"
            assert not is_new or mark not in self.bodies, "an entry came twice"
            self.bodies.add(mark)
        kept = max([self.marker, *(word.number for word in life.all(Kept))])
        assert disk.marker >= kept, "an act that was said to be kept is gone"

    def _is_remembered(self, memory: Memory) -> None:
        digest = "" if memory.assigned is None else memory.assigned.digest
        self._is_whole(digest, fingerprint(memory.assigned), memory.version)

    def _is_whole(self, digest: str, whole: str, version: int) -> None:
        """The assignment is the one that was given under this number, to the last word."""
        given = offer(version) if version else None
        if given is None or given.stay is None:
            assert (digest, whole) == ("", fingerprint(None)), "nothing is left of a stay that ended"
        else:
            assert digest == messages.assignment_digest(given)
            assert whole == fingerprint(translate.assigned(given))

    def _measure(self, life: Life, disk: Disk, told: list[Told]) -> None:
        """How old the oldest act was that the disk had not yet, and how much louder than told last a box comes back."""
        lost = [act for act in life.all(Does) if act.number > max(disk.marker, self.marker)]
        self.lost_acts = len(lost)
        self.lost_s = life.ended_at - lost[0].at if lost else 0.0
        kept_dba = disk.memory.level_dba
        self.louder_db = max(0.0, kept_dba - told[-1].level_dba) if told and kept_dba is not None else 0.0
