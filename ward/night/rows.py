"""A ward's night as rows: what is drawn of each bed and what is said of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ward.beds.models import Bed
from ward.night import words
from ward.night.reading import Told
from ward.plots.days import Day
from ward.plots.marks import Mark, Span, mark, percent, span
from ward.plots.sessions import End, Kind, Played
from ward.usage.models import Answer

STOPPED = (End.BED, End.WARD, End.NURSE_CALL)
WHOLE = 0.98  # of the night: what plays longer is "all night"
SCORE_MOST = 10


@dataclass(frozen=True, slots=True)
class Trouble:
    """What was the matter with a box, in words, with its shape."""

    shape: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One bed. `begins_room`: it is the first of its room; `band`: the part of the night within the stay, None where
    there was none, for which `nobody` has the words; `told`: each session in words; `score` and `dot`: the answer about
    sleep and its place on the scale, else `sleep` in words."""

    bed: Bed
    begins_room: bool
    band: Span | None
    nobody: str
    marks: tuple[Mark, ...]
    offline: tuple[Span, ...]
    heard_s: float
    music: str
    stopped_early: bool
    told: tuple[str, ...]
    score: int | None
    dot: str
    sleep: str
    notes: tuple[tuple[str, str], ...]  # text and initials, newest first
    troubles: tuple[Trouble, ...]

    @property
    def had_music(self) -> bool:
        """Whether anything played."""
        return bool(self.marks)

    @property
    def has_something(self) -> bool:
        """Whether there is anything to hand over."""
        return bool(self.marks or self.notes or self.troubles or self.score is not None)


@dataclass(frozen=True, slots=True)
class Tick:
    """An hour's line. `minor`: its label is left out where there is little room."""

    x: str
    label: str
    minor: bool


def rows(told: Sequence[Told], night: Day, now: datetime) -> list[Row]:
    """One row for each bed, in the order of `told`; `now` in the ward's time zone."""
    rooms = [one.bed.room_id for one in told]
    first = [place == 0 or rooms[place - 1] != room for place, room in enumerate(rooms)]
    return [_row(one, begins, night, now) for one, begins in zip(told, first, strict=True)]


def axis(night: Day, now: datetime) -> list[Tick]:
    """Both ends of the night and its whole hours by the clock: an hour that comes twice has two lines."""
    zone = now.tzinfo
    first = night.begins.astimezone(zone)
    since_hour = timedelta(minutes=first.minute)
    steps = range(1, round((night.ends - night.begins) / timedelta(hours=1)) + 1)
    inner = [night.begins - since_hour + timedelta(hours=step) for step in steps]
    half = timedelta(minutes=30)
    shown = [night.begins, *(at for at in inner if night.begins + half <= at <= night.ends - half), night.ends]
    last = len(shown) - 1
    return [
        Tick(percent(night.share(at)), words.hour(at.astimezone(zone)), 0 < place < last and place % 2 == 1)
        for place, at in enumerate(shown)
    ]


def legend(drawn: Sequence[Row]) -> set[str]:
    """What occurs in the rows: kinds and ends of sessions, `offline`, `empty`, `note`."""
    found = {word for row in drawn for one in row.marks for word in (*one.kind.split(), one.end)}
    found |= {"offline"} if any(row.offline for row in drawn) else set()
    found |= {"empty"} if any(row.band is None for row in drawn) else set()
    return found | ({"note"} if any(row.notes for row in drawn) else set())


def _row(told: Told, begins_room: bool, night: Day, now: datetime) -> Row:
    parts = [(one, night.part(one.since, one.until)) for one in told.sessions]
    heard_s = sum(one.heard_s * part for one, part in parts)
    answer = _answer(told.sleep)
    score = answer.score if answer else None
    band = _band(told.bed, night, now)
    return Row(
        bed=told.bed,
        begins_room=begins_room,
        band=band,
        nobody="" if band else words.nobody(told.bed, now),
        marks=tuple(mark(night, one) for one in told.sessions),
        offline=tuple(span(night, *away) for away in told.offline),
        heard_s=heard_s,
        music=_music(told, heard_s, night, now) if band else "",
        stopped_early=any(_is_early(one, night) for one in told.sessions),
        told=tuple(words.session(one, now) for one in told.sessions),
        score=score,
        dot=percent(score / SCORE_MOST) if score is not None else "",
        sleep=words.sleep(answer) if band else "",
        notes=tuple(words.note(note) for note in told.notes),
        troubles=_troubles(told, night, now),
    )


def _band(bed: Bed, night: Day, now: datetime) -> Span | None:
    """None where nobody is at the bed, or where the stay began after the night."""
    if bed.stay is None or (bed.stay_since is not None and bed.stay_since >= night.ends):
        return None
    return span(night, bed.stay_since or night.begins, min(now, night.ends))


def _answer(answers: Sequence[Answer]) -> Answer | None:
    """The newest; a score comes before an answer without one."""
    return max(answers, key=lambda answer: (answer.score is not None, answer.asked_at), default=None)


def _music(told: Told, heard_s: float, night: Day, now: datetime) -> str:
    lasted = (min(now, night.ends) - night.begins).total_seconds()
    if any(one.kind is Kind.VIGIL for one in told.sessions) and heard_s >= WHOLE * lasted:
        return words.all_night()
    return words.music(heard_s, known=bool(heard_s or not told.sessions))


def _is_early(one: Played, night: Day) -> bool:
    """Continuous music has no other end than being stopped."""
    return one.end in STOPPED and one.kind is not Kind.VIGIL and one.until <= night.ends


def _troubles(told: Told, night: Day, now: datetime) -> tuple[Trouble, ...]:
    faults = words.faults(told.device, night, now) if told.device else []
    ended = [words.ended_by_box(one, now) for one in told.sessions if one.end is End.BOX]
    over = words.faults_over(told.faults, now)
    found = [Trouble("diamond", line) for line in (*faults, *over, *ended)]
    if told.offline:
        found.append(Trouble("broken", words.offline(told.offline, night, now)))
    return tuple(found)
