"""Why a bed needs a review, in one sentence with its numbers. Pure.

Nothing here is urgent, and nobody is notified: it waits on the page. A reason from before the last review is shown
again only when something new has happened.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messages import Change, TrackSkipped, TrackStarted
from messages.entries import Cause
from ward.bed.suggestions import SHORT_S
from ward.beds.times import clock, long
from ward.fleet.online import is_online
from ward.history.skipped import SOON_S
from ward.history.words import listed
from ward.therapy.facts import Facts
from ward.usage.models import Session

# Evidence section 9, steps 5 and 6.
UNUSED = timedelta(hours=48)
UNREVIEWED = timedelta(hours=72)
WORSE_FEWEST = 2
SKIPS_FEWEST = 3
STOPS_FEWEST, STOPS_OF = 3, 5


class Kind(IntEnum):
    """What a reason is about; the smallest number comes first."""

    WORSE = 1
    SKIPPED = 2
    STOPPED = 3
    UNUSED = 4
    UNREVIEWED = 5


@dataclass(frozen=True, slots=True)
class Reason:
    """`since`: when it began; within a kind, the oldest comes first."""

    kind: Kind
    since: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class Skips:
    """A track (by its hash): when it was skipped early, and how often it began."""

    track: str
    at: Sequence[datetime]
    begun: int


def reasons(facts: Facts, now: datetime) -> list[Reason]:
    """The strongest reason first; empty if there is nothing to review."""
    found = (
        _worse(facts, now),
        _skipped(facts),
        _stopped(facts),
        _unused(facts, now),
        _unreviewed(facts, now),
    )
    return [reason for reason in found if reason is not None]


def order(reason: Reason) -> tuple[int, datetime]:
    """By kind, then by age."""
    return int(reason.kind), reason.since


def since_review(facts: Facts) -> str:
    """What has happened since the last review, in one sentence; empty if there was none."""
    if facts.review is None:
        return ""
    after = facts.review.at
    sessions = sum(row.started_at > after for row in facts.sessions)
    worse = sum(row.answered_at > after and row.change == Change.WORSE for row in facts.answers)
    soon = sum(at > after for skips in skipped_soon(facts) for at in skips.at)
    told = [
        (sessions, ngettext("%(number)d session", "%(number)d sessions", sessions)),
        (soon, ngettext("%(number)d early skip", "%(number)d early skips", soon)),
        (worse, ngettext("“worse” once", "“worse” %(number)d times", worse)),
    ]
    what = listed([words % {"number": number} for number, words in told if number])
    return _("Since then: %(what)s.") % {"what": what} if what else _("Nothing new since then.")


def skipped_soon(facts: Facts) -> list[Skips]:
    """Tracks that were skipped within 30 s and are not excluded yet, the most skipped first."""
    begun, soon = Counter[str](), dict[str, list[datetime]]()
    for at, data in facts.tracks:
        match data:
            case TrackStarted(start_s=0):  # resuming a track is not a beginning
                begun[data.track] += 1
            case TrackSkipped() if data.heard_s < SOON_S and data.track not in facts.never:
                soon.setdefault(data.track, []).append(at)
    found = [Skips(track, at, max(len(at), begun[track])) for track, at in soon.items()]
    return sorted(found, key=lambda one: (-len(one.at), one.begun, one.track))


def stopped_soon(sessions: Sequence[Session]) -> list[Session]:
    """Sessions that were stopped at the bed before the length of the shortest session."""
    return [row for row in sessions if row.cause == Cause.BUTTON and row.heard_s < SHORT_S]


def title_of(facts: Facts, track: str) -> str:
    """A track's title for staff."""
    return facts.titles.get(track) or _("a track that is no longer in the library")


def offline_warning(facts: Facts, now: datetime) -> str:
    """While the box is offline, the ward cannot know whether it has played; empty while it is connected."""
    device = facts.device
    if device is not None and is_online(device, now):
        return ""
    if device is None or device.contact_at is None:
        return _("No box is connected, so data may be missing.")
    return _("The box has been offline since %(when)s, so data may be missing.") % {
        "when": clock(device.contact_at, now)
    }


def _worse(facts: Facts, now: datetime) -> Reason | None:
    told = [row.answered_at for row in facts.answers if row.change == Change.WORSE]
    if len(told) < WORSE_FEWEST or not _has_new(told, facts):
        return None
    said = {"number": len(told), "all": len(facts.answers), "last": clock(told[-1], now)}
    return Reason(Kind.WORSE, told[0], _("“Worse” was answered %(number)d of %(all)d times (last: %(last)s).") % said)


def _skipped(facts: Facts) -> Reason | None:
    found = [one for one in skipped_soon(facts) if len(one.at) >= SKIPS_FEWEST and _has_new(one.at, facts)]
    if not found:
        return None
    each = [
        _("%(title)s (%(number)d of %(all)d times)")
        % {"title": title_of(facts, one.track), "number": len(one.at), "all": one.begun}
        for one in found
    ]
    sentence = _("Skipped within 30 s: %(tracks)s.") % {"tracks": listed(each)}
    return Reason(Kind.SKIPPED, min(one.at[0] for one in found), sentence)


def _stopped(facts: Facts) -> Reason | None:
    ended = [row for row in facts.sessions if row.ended_at is not None][-STOPS_OF:]
    stopped = stopped_soon(ended)
    if len(stopped) < STOPS_FEWEST or not _has_new([row.started_at for row in stopped], facts):
        return None
    said = {"number": len(stopped), "all": len(ended), "min": round(SHORT_S / 60)}
    sentence = _("%(number)d of the last %(all)d sessions were stopped at the bed within %(min)d min.") % said
    return Reason(Kind.STOPPED, stopped[0].started_at, sentence)


def _unused(facts: Facts, now: datetime) -> Reason | None:
    last = facts.sessions[-1] if facts.sessions else None
    if last is not None and last.ended_at is None:
        return None
    quiet_since = last.started_at if last is not None else facts.since
    looked = facts.review.at if facts.review is not None else quiet_since
    if now - max(quiet_since, looked) < UNUSED:
        return None
    said = {"long": long((now - quiet_since).total_seconds()), "when": clock(quiet_since, now)}
    if last is None:
        sentence = _("No music since the stay began %(long)s ago (%(when)s).") % said
    else:
        sentence = _("No music for %(long)s (last played %(when)s).") % said
    return Reason(Kind.UNUSED, quiet_since, " ".join(filter(None, (sentence, offline_warning(facts, now)))))


def _unreviewed(facts: Facts, now: datetime) -> Reason | None:
    since = facts.review.at if facts.review is not None else facts.since
    if now - since < UNREVIEWED:
        return None
    said = {"long": long((now - since).total_seconds()), "when": clock(since, now)}
    if facts.review is None:
        return Reason(Kind.UNREVIEWED, since, _("Never reviewed (stay: %(long)s).") % said)
    return Reason(Kind.UNREVIEWED, since, _("Not reviewed for %(long)s.") % said)


def _has_new(told: Sequence[datetime], facts: Facts) -> bool:
    return facts.review is None or any(at > facts.review.at for at in told)
