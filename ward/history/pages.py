"""The parts of the history page, made from the facts of a stay. Reads no database and no request."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ward.beds.models import Ward
from ward.beds.staff import initials
from ward.beds.times import clock, minutes_heard
from ward.history import chart, plot, words
from ward.history.answered import Scores, Words, changes, scores, sleep_by_night
from ward.history.pairs import Pairs, pairs
from ward.history.reading import Told
from ward.history.shifts import shift_of
from ward.history.usual import usual
from ward.notes.models import Note
from ward.plots.days import Day, Hours, days
from ward.plots.marks import percent
from ward.plots.sessions import Played, legend_words
from ward.usage.questions import CHANGES, PAIRED, label

WEEK = 7
DAYS_MOST = 92  # of a longer stay only the newest days are shown
TEXTS = {"last": chart.last, "shift": chart.shift, "stay": chart.whole}


@dataclass(frozen=True, slots=True)
class Listed:
    """One session as a row of the plot's table."""

    day: str
    time: str
    title: str
    minutes: str  # empty where it is not known
    told: str


@dataclass(frozen=True, slots=True)
class PlayedPart:
    """The plot of what was played, its sentence, its legend's words and its table."""

    sentence: str
    rows: Sequence[plot.Row]
    axis: Sequence[plot.Tick]
    legend: set[str]
    ends: Mapping[str, str]
    sessions: Sequence[Listed]
    asks_sleep: bool
    cut: int  # days of the stay that are not shown


@dataclass(frozen=True, slots=True)
class ScoresPart:
    """One question before and after: heading, first sentence, drawing, counts, and the rows of the table."""

    question: str
    sentence: str
    drawing: Pairs
    medians: tuple[str, str] | None
    counts: str
    table: Sequence[tuple[str, int | str, int | str]]


@dataclass(frozen=True, slots=True)
class WordsPart:
    """The three-way answers."""

    counts: Sequence[tuple[str, int, str]]  # word, number, share of the width
    sentence: str


@dataclass(frozen=True, slots=True)
class NotePart:
    """A note: its text, and who wrote it and when."""

    text: str
    told: str


def hours_of(ward: Ward) -> Hours:
    """The ward's night in its time zone."""
    return Hours(timezone.get_current_timezone(), ward.night_from, ward.night_until)


def played_part(told: Told, hours: Hours, now: datetime, whole: bool) -> PlayedPart:
    """The last seven days, or the whole stay."""
    shown, cut = _days(told, hours, now, whole)
    sleep = sleep_by_night(told.answers, hours)
    facts = plot.Facts(told.since, now, told.sessions, told.offline, told.starts, sleep)
    drawn = plot.rows(shown, hours, facts)
    inside = [one for one in told.sessions if shown[0].begins <= one.since]
    return PlayedPart(
        sentence=_usual(shown, inside, hours, now),
        rows=drawn,
        axis=plot.axis(hours),
        legend=plot.legend(drawn),
        ends=legend_words(),
        sessions=[_listed(one, hours) for one in reversed(inside)],
        asks_sleep=any(row.sleep for row in drawn),
        cut=cut,
    )


def scores_parts(told: Told, now: datetime) -> list[ScoresPart]:
    """Each question that was asked before or after a session."""
    found = (scores(told.answers, question) for question in PAIRED)
    return [_scores_part(one, now) for one in found if one is not None]


def words_part(told: Told) -> WordsPart | None:
    """The three-way answers, if they were asked."""
    found = changes(told.answers)
    if found is None:
        return None
    most = max(found.counts.values()) or 1
    counts = [
        (words.sentence(str(CHANGES[word])), number, percent(number / most)) for word, number in found.counts.items()
    ]
    return WordsPart(counts, " ".join(filter(None, (_answers(found.number), _open(found)))))


def chart_text(told: Told, hours: Hours, now: datetime, wanted: str) -> str:
    """The text for the patient record: of the last session, this shift or this stay."""
    shown, _cut = _days(told, hours, now, whole=True)
    stay = chart.Stay(told.since, now, hours, told.sessions, told.answers, _usual(shown, told.sessions, hours, now))
    return TEXTS.get(wanted, chart.last)(stay)


def note_parts(told: Told, hours: Hours, now: datetime) -> list[NotePart]:
    """The notes, newest first."""
    return [_note_part(note, hours, now) for note in told.notes]


def digest_of(*parts: object) -> str:
    """A short hash: a page sends it back to say which version of a part it shows."""
    return hashlib.blake2s(repr(parts).encode(), digest_size=8).hexdigest()


def _days(told: Told, hours: Hours, now: datetime, whole: bool) -> tuple[list[Day], int]:
    first, last = hours.day_of(told.since), hours.day_of(now)
    most = DAYS_MOST if whole else WEEK
    begin = max(first, last - timedelta(days=most - 1))
    return days(begin, last, hours), (begin - first).days


def _usual(shown: Sequence[Day], inside: Sequence[Played], hours: Hours, now: datetime) -> str:
    counts: dict[date, int] = {day.date: 0 for day in shown}
    for one in inside:
        if (begun := hours.day_of(one.since)) in counts:
            counts[begun] += 1
    under_way = counts.pop(hours.day_of(now), 0)
    return usual(counts, [one.heard_s for one in inside if one.heard_s], under_way)


def _listed(one: Played, hours: Hours) -> Listed:
    local = one.since.astimezone(hours.zone)
    notes = [one.told]
    if one.set_time:
        notes.insert(0, _("started automatically"))
    if not one.clock_ok:
        notes.append(_("time from the ward's clock"))
    length = minutes_heard(one.heard_s) if one.heard_s else ""
    return Listed(words.row_label(local.date()), words.hour_of(local), one.title, length, ", ".join(notes))


def _scores_part(found: Scores, now: datetime) -> ScoresPart:
    number = len(found.pairs)
    medians = found.medians
    shown = (words.score(medians[0]), words.score(medians[1])) if medians else None
    return ScoresPart(
        question=label(found.question),
        sentence=_first_sentence(found, number, shown),
        drawing=pairs(found),
        medians=shown,
        counts=_counts(found),
        table=[(clock(one.at, now), one.before, one.after) for one in reversed(found.asked)],
    )


def _first_sentence(found: Scores, number: int, medians: tuple[str, str] | None) -> str:
    if medians is not None:
        facts = {"before": medians[0], "after": medians[1], "number": number}
        said = ngettext(
            "Median %(before)s before, %(after)s after. n = %(number)d pair.",
            "Median %(before)s before, %(after)s after. n = %(number)d pairs.",
            number,
        )
        return said % facts
    if not number:
        return _("No pairs of answers yet.")
    told = words.listed([_("%(before)d to %(after)d") % {"before": a, "after": b} for a, b in found.pairs])
    said = ngettext("%(pairs)s. n = %(number)d pair.", "%(pairs)s. n = %(number)d pairs.", number)
    return said % {"pairs": told, "number": number} + " " + _("Too few for a median.")


def _counts(found: Scores) -> str:
    """Lower, same and higher only where there is a median: with few pairs they would suggest a trend."""
    told = []
    if found.medians is not None:
        facts = {"lower": found.lower, "same": found.same, "higher": found.higher}
        told.append(_("%(lower)d lower, %(same)d the same, %(higher)d higher (dashed).") % facts)
    if found.alone:
        one = ngettext("%(number)d answer has no pair.", "%(number)d answers have no pair.", found.alone)
        told.append(one % {"number": found.alone})
    told += [_open(found)]
    told += [_("Studies of recorded music report about 1 point on average.")] if found.pairs else []
    return " ".join(filter(None, told))


def _answers(number: int) -> str:
    return ngettext("n = %(number)d answer.", "n = %(number)d answers.", number) % {"number": number}


def _open(found: Scores | Words) -> str:
    """Questions that got no answer."""
    told = []
    if found.not_answered:
        said = ngettext("%(number)d was not answered.", "%(number)d were not answered.", found.not_answered)
        told.append(said % {"number": found.not_answered})
    if found.declined:
        said = ngettext("%(number)d was declined.", "%(number)d were declined.", found.declined)
        told.append(said % {"number": found.declined})
    return " ".join(told)


def _note_part(note: Note, hours: Hours, now: datetime) -> NotePart:
    shift = words.sentence(words.shift_word(shift_of(note.written_at, hours).place))
    facts = {"shift": shift, "when": clock(note.written_at, now), "who": initials(note.written_by)}
    return NotePart(note.text, _("%(shift)s, %(when)s, %(who)s") % facts)


def skipped_titles(titles: Mapping[str, str], track: str) -> str:
    """A track's title, or that it is no longer in the library."""
    return titles.get(track) or _("A track that is no longer in the library")
