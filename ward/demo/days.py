"""What a box of the demo has in its log: days of music, answers and one power cut. Pure; the caller has the chance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from random import Random

from messages import (
    Answered,
    BoxStarted,
    Cause,
    Data,
    Moment,
    Outcome,
    Question,
    SessionEnded,
    SessionStarted,
    TrackSkipped,
    TrackStarted,
)

HOURS = (9.2, 11.0, 12.9, 15.6, 17.4, 19.1)  # when patients like to begin, in hours of the day
BED_HOUR, WAKE_HOUR = 21.6, 7.1
COMFORT, SLEEP = timedelta(minutes=24), timedelta(minutes=45)
Line = tuple[datetime, str | None, Data]
"""When, in which stay, what: an entry before it has its number."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How one patient uses the box: what by day, what for sleep (None: nothing), how often a day."""

    name: str
    stay: str
    comfort: tuple[str, ...]
    sleep: str | None
    a_day: int
    skips: str | None = None  # a track that this patient does not like, by hash


@dataclass(frozen=True, slots=True)
class Cut:
    """A time without power."""

    since: datetime
    until: datetime


def lines_of(
    habit: Habit, since: datetime, until: datetime, tracks: Mapping[str, Sequence[str]], chance: Random
) -> list[Line]:
    """Everything that one patient did from `since` to `until`, both in the ward's time zone, in order."""
    zone = since.tzinfo
    assert zone is not None  # noqa: S101 - the caller's own times
    days = ((since.date() + timedelta(days=n)) for n in range((until.date() - since.date()).days + 1))
    found = [line for day in days for line in _day(habit, day, zone, tracks, chance)]
    begun = {d.session: at for at, _, d in found if isinstance(d, SessionStarted)}
    ended = {d.session: at for at, _, d in found if isinstance(d, SessionEnded)}
    whole = {one for one in begun if begun[one] >= since and ended[one] <= until}
    return sorted(
        (line for line in found if getattr(line[2], "session", "") in whole and line[0] <= until),
        key=lambda line: line[0],
    )


def cut_out(lines: Sequence[Line], cut: Cut, software: str) -> list[Line]:
    """The same log on a box that had no power for a while: what played then was never ended, and the box started."""
    begun = {d.session for at, _, d in lines if isinstance(d, SessionStarted) and at < cut.since}
    ended = {d.session for at, _, d in lines if isinstance(d, SessionEnded) and at < cut.since}
    kept = [
        line
        for line in lines
        if line[0] < cut.since or (line[0] >= cut.until and getattr(line[2], "session", "") not in begun - ended)
    ]
    told = {d.session for _, _, d in kept if isinstance(d, SessionStarted)}
    kept = [line for line in kept if getattr(line[2], "session", None) in told | {None}]
    started = BoxStarted(software=software, board="rev A")
    return sorted([*kept, (cut.until.astimezone(UTC), None, started)], key=lambda line: line[0])


def _day(habit: Habit, day: date, zone: tzinfo, tracks: Mapping[str, Sequence[str]], chance: Random) -> Iterator[Line]:
    for place, hour in enumerate(sorted(chance.sample(HOURS, habit.a_day))):
        at = _at(day, hour + chance.uniform(-0.3, 0.3), zone)
        yield from _comfort(habit, f"{habit.name}-{day:%m%d}-{place}", at, tracks, chance)
    if habit.sleep is not None and chance.random() < 0.85:
        at = _at(day, BED_HOUR + chance.uniform(-0.2, 1.1), zone)
        morning = _at(day + timedelta(days=1), WAKE_HOUR + chance.uniform(0, 0.4), zone)
        yield from _night(habit, f"{habit.name}-{day:%m%d}-n", at, morning, tracks, chance)


def _comfort(
    habit: Habit, session: str, at: datetime, tracks: Mapping[str, Sequence[str]], chance: Random
) -> Iterator[Line]:
    slug = chance.choice(habit.comfort)
    completed = chance.random() < 0.8
    heard = COMFORT if completed else timedelta(minutes=chance.randint(6, 20))
    before = chance.randint(4, 8)
    yield _answer(habit, session, Moment.BEFORE, before, at, chance)
    skipped = [one for one in tracks.get(slug, ()) if one == habit.skips]
    yield from _music(habit, session, slug, at, heard, completed, len(skipped), tracks)
    for track in skipped:
        when = at + timedelta(minutes=4)
        yield when, habit.stay, TrackStarted(session=session, playlist=slug, track=track)
        gone = TrackSkipped(session=session, playlist=slug, track=track, heard_s=12.0)
        yield when + timedelta(seconds=12), habit.stay, gone
    after = max(0, before - chance.choice((0, 1, 1, 2, 2, 3)))
    yield _answer(habit, session, Moment.AFTER, after, at + heard + timedelta(seconds=9), chance)


def _night(
    habit: Habit,
    session: str,
    at: datetime,
    morning: datetime,
    tracks: Mapping[str, Sequence[str]],
    chance: Random,
) -> Iterator[Line]:
    assert habit.sleep is not None  # noqa: S101 - the caller asked
    completed = chance.random() < 0.85
    heard = SLEEP if completed else timedelta(minutes=chance.randint(12, 35))
    yield from _music(habit, session, habit.sleep, at, heard, completed, 0, tracks)
    yield _answer(habit, session, Moment.AFTER, chance.randint(4, 9), morning, chance, Question.SLEEP)


def _music(
    habit: Habit, session: str, slug: str, at: datetime, heard: timedelta, completed: bool, skips: int,
    tracks: Mapping[str, Sequence[str]],
) -> Iterator[Line]:  # fmt: skip
    level = 40.0 if slug == habit.sleep else 48.0
    began = SessionStarted(session=session, playlist=slug, level_dba=level, cause=Cause.BUTTON)
    yield at, habit.stay, began
    for track in tracks.get(slug, ())[:1]:
        yield at, habit.stay, TrackStarted(session=session, playlist=slug, track=track)
    ended = SessionEnded(
        session=session, playlist=slug, heard_s=heard.total_seconds(), level_dba=level, skips=skips,
        cause=Cause.COMPLETED if completed else Cause.BUTTON, mean_dba=level - 2, max_dba=level + 3,
    )  # fmt: skip
    yield at + heard, habit.stay, ended


def _answer(
    habit: Habit, session: str, moment: Moment, score: int, at: datetime, chance: Random,
    question: Question = Question.PAIN,
) -> Line:  # fmt: skip
    answered = chance.random() < 0.8
    said = Answered(
        question=question, moment=moment, session=session, took_s=7.0,
        outcome=Outcome.ANSWERED if answered else Outcome.NOT_ANSWERED, score=score if answered else None,
    )  # fmt: skip
    return at, habit.stay, said


def _at(day: date, hour: float, zone: tzinfo) -> datetime:
    """A moment of a day, by its hours, in UTC."""
    return (datetime.combine(day, time(), zone) + timedelta(hours=hour)).astimezone(UTC)
