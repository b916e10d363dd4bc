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
SLEEPS_WITH_MUSIC, COMPLETED, ANSWERS, SKIPS = 0.85, 0.8, 0.8, 0.4  # how often
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
    sleeps_through: bool = False  # each night, with music that nobody stops


@dataclass(frozen=True, slots=True)
class Cut:
    """A time without power."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Patient:
    """Someone with a habit. `tracks`: hashes by playlist; `zone`: the ward's."""

    habit: Habit
    tracks: Mapping[str, Sequence[str]]
    zone: tzinfo
    chance: Random

    def lines(self, since: datetime, until: datetime) -> list[Line]:
        """Everything that they did from `since` to `until`, both in the ward's time zone, in order: whole sessions,
        and what was asked about them."""
        days = ((since.date() + timedelta(days=n)) for n in range((until.date() - since.date()).days + 1))
        found = [line for day in days for line in self._day(day)]
        begun, ended = _begun(found), _ended(found)
        whole = {one for one in begun if begun[one] >= since and ended[one] <= until}
        kept = (line for line in found if getattr(line[2], "session", "") in whole and line[0] <= until)
        return sorted(kept, key=_when)

    def _day(self, day: date) -> Iterator[Line]:
        habit, chance = self.habit, self.chance
        for place, hour in enumerate(sorted(chance.sample(HOURS, habit.a_day))):
            yield from self._comfort(
                f"{habit.name}-{day:%m%d}-{place}", self._at(day, hour + chance.uniform(-0.3, 0.3))
            )
        if habit.sleep is not None and (chance.random() < SLEEPS_WITH_MUSIC or habit.sleeps_through):
            yield from self._night(f"{habit.name}-{day:%m%d}-n", habit.sleep, day)

    def _comfort(self, session: str, at: datetime) -> Iterator[Line]:
        habit, chance = self.habit, self.chance
        slug, before = chance.choice(habit.comfort), chance.randint(4, 8)
        completed = chance.random() < COMPLETED
        heard = COMFORT if completed else timedelta(minutes=chance.randint(6, 20))
        skipped = [one for one in self.tracks.get(slug, ()) if one == habit.skips and chance.random() < SKIPS]
        yield self._answer(session, Moment.BEFORE, before, at)
        yield from self._music(_Music(session, slug, at, heard, completed, len(skipped)))
        for track in skipped:
            yield from self._skip(session, slug, track, at + timedelta(minutes=4))
        after = max(0, before - chance.choice((0, 1, 1, 2, 2, 3)))
        yield self._answer(session, Moment.AFTER, after, at + heard + timedelta(seconds=9))

    def _night(self, session: str, slug: str, day: date) -> Iterator[Line]:
        chance = self.chance
        at = self._at(day, BED_HOUR + chance.uniform(-0.2, 1.1))
        completed = chance.random() < COMPLETED or self.habit.sleeps_through
        heard = SLEEP if completed else timedelta(minutes=chance.randint(12, 35))
        yield from self._music(_Music(session, slug, at, heard, completed))
        morning = self._at(day + timedelta(days=1), WAKE_HOUR + chance.uniform(0, 0.4))
        yield self._answer(session, Moment.AFTER, chance.randint(4, 9), morning, question=Question.SLEEP)

    def _music(self, music: "_Music") -> Iterator[Line]:
        stay, session, slug = self.habit.stay, music.session, music.slug
        level = 40.0 if slug == self.habit.sleep else 48.0
        began = SessionStarted(session=session, playlist=slug, level_dba=level, cause=Cause.BUTTON)
        yield music.at, stay, began
        for track in self.tracks.get(slug, ())[:1]:
            yield music.at, stay, TrackStarted(session=session, playlist=slug, track=track)
        ended = SessionEnded(
            session=session, playlist=slug, heard_s=music.heard.total_seconds(), level_dba=level, skips=music.skips,
            cause=Cause.COMPLETED if music.completed else Cause.BUTTON, mean_dba=level - 2, max_dba=level + 3,
        )  # fmt: skip
        yield music.at + music.heard, stay, ended

    def _skip(self, session: str, slug: str, track: str, at: datetime) -> Iterator[Line]:
        yield at, self.habit.stay, TrackStarted(session=session, playlist=slug, track=track)
        gone = TrackSkipped(session=session, playlist=slug, track=track, heard_s=12.0)
        yield at + timedelta(seconds=12), self.habit.stay, gone

    def _answer(
        self, session: str, moment: Moment, score: int, at: datetime, *, question: Question = Question.PAIN
    ) -> Line:
        answered = self.chance.random() < ANSWERS
        said = Answered(
            question=question, moment=moment, session=session, took_s=7.0,
            outcome=Outcome.ANSWERED if answered else Outcome.NOT_ANSWERED, score=score if answered else None,
        )  # fmt: skip
        return at, self.habit.stay, said

    def _at(self, day: date, hour: float) -> datetime:
        """A moment of a day, by its hours, in UTC."""
        return (datetime.combine(day, time(), self.zone) + timedelta(hours=hour)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class _Music:
    """One session, as it went."""

    session: str
    slug: str
    at: datetime
    heard: timedelta
    completed: bool
    skips: int = 0


def cut_out(lines: Sequence[Line], cut: Cut, software: str) -> list[Line]:
    """The same log on a box that had no power for a while: what played then was never ended, and the box started."""
    before = [line for line in lines if line[0] < cut.since]
    known = set(_begun(before))
    broken = known - set(_ended(before))
    after = [line for line in lines if line[0] >= cut.until]
    known |= set(_begun(after))
    stay = before[-1][1] if before else None
    started = BoxStarted(software=software, board="rev A")
    return [
        *before,
        (cut.until.astimezone(UTC), stay, started),
        *(line for line in after if getattr(line[2], "session", None) in (known - broken) | {None}),
    ]


def _when(line: Line) -> datetime:
    return line[0]


def _begun(lines: Sequence[Line]) -> dict[str, datetime]:
    return {data.session: at for at, _, data in lines if isinstance(data, SessionStarted)}


def _ended(lines: Sequence[Line]) -> dict[str, datetime]:
    return {data.session: at for at, _, data in lines if isinstance(data, SessionEnded)}
