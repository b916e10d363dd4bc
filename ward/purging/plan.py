"""What is purged, after which time, and in which order. A new model with a stay has to be named here."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session as WebSession
from django.db.models import Exists, OuterRef, Q

from ward.assignments import evening
from ward.assignments.models import Assignment, Checked, Evening, Took
from ward.beds import changes, mine
from ward.beds.models import Bed, Change
from ward.fleet.models import Command, Device, LogExcerpt, OfflineTime, WatchedScreen
from ward.notes.models import Note
from ward.people import attempts, browsers, keeping, once
from ward.people.models import Attempt, Done, Invitation, KeptForm, KnownBrowser, Visit
from ward.people.sessions import SHIFT
from ward.purging.stays import Stays, over
from ward.purging.steps import Assignments, Entries, Expired, OfStays, Step, assigned, known
from ward.reports.weeks import KEPT_WEEKS
from ward.therapy.models import Preferences, Review
from ward.timings import timing
from ward.usage.models import Answer, Entry, Session

LINKS_KEPT = timedelta(days=30)  # after their end: long enough to ask what became of one
COUNTED = timedelta(weeks=KEPT_WEEKS + 5)  # the week that runs, and the month that the oldest report shows

DELETED: dict[Any, str] = {Checked: "at", Note: "written_at", Preferences: "written_at", Review: "at"}
NAMELESS: dict[Any, str] = {Session: "started_at", Answer: "answered_at", Device: "hello_at"}  # kept without the stay
OTHERWISE = {Bed, Assignment, Entry}  # the open stay itself; two with steps of their own
NAMES = {
    Checked: "safety checks",
    Note: "notes",
    Preferences: "preferences",
    Review: "reviews",
    Session: "music sessions, made anonymous",
    Answer: "answers, made anonymous",
    Device: "boxes, last stay removed",
}

EXCERPTS_KEPT = timedelta(days=30)  # technical lines of a box: as long as a repair takes


def steps(now: datetime, keep_days: int) -> Iterator[Step]:
    """All of them, in their order. `keep_days`: after a stay's end, 0 for ever."""
    yield from _of_people(now)
    yield from _of_pages(now)
    if keep_days:
        before = now - timedelta(days=keep_days)
        yield from _counted(min(before, now - COUNTED))
        yield from _of_stays(before)


def _of_people(now: datetime) -> Iterator[Step]:
    ended = now - LINKS_KEPT
    links = Q(expires_at__lt=ended) | Q(used_at__lt=ended) | Q(revoked_at__lt=ended)
    yield Expired("ended sign-ins", WebSession.objects.filter(expire_date__lt=now))
    yield Expired("ended one-time links", Invitation.objects.filter(links))
    yield Expired("sign-in attempts", Attempt.objects.filter(at__lte=now - attempts.WITHIN))
    yield Expired("visits at shared computers", Visit.objects.filter(at__lte=now - SHIFT))
    yield Expired("beds chosen for a shift", mine.over(now))
    yield Expired("unused browsers", KnownBrowser.objects.filter(at__lt=now - browsers.COOKIE_AGE))


def _of_pages(now: datetime) -> Iterator[Step]:
    yield Expired("marks of sent forms", Done.objects.filter(at__lt=now - once.KEPT_FOR))
    yield Expired("saved entries not sent", KeptForm.objects.filter(at__lte=now - keeping.KEPT_FOR))
    yield Expired("bed changes", Change.objects.filter(at__lt=now - changes.KEPT_FOR))
    yield Expired("evening assignments", Evening.objects.filter(assigned_at__lt=now - evening.KEPT_FOR))
    yield Expired("times of actions", Took.objects.filter(at__lt=now - timing.KEPT_FOR))
    yield Expired("logs of boxes", LogExcerpt.objects.filter(at__lt=now - EXCERPTS_KEPT))
    yield Expired("screens of boxes", WatchedScreen.objects.filter(until__lte=now))
    yield Expired("commands to boxes", Command.objects.filter(issued_at__lt=now - timing.KEPT_FOR))


def _counted(before: datetime) -> Iterator[Step]:
    """What reports count no more. Of each bed the last assignment before that time stays: by it a report knows whether
    someone stayed there, and the next one gets its number."""
    later = Assignment.objects.filter(bed=OuterRef("bed"), version__gt=OuterRef("version"), assigned_at__lt=before)
    nameless = Assignment.objects.filter(Q(stay=None) | Q(stay=""), assigned_at__lt=before)
    yield Expired("anonymous music sessions", Session.objects.filter(stay=None, started_at__lt=before))
    yield Expired("anonymous answers", Answer.objects.filter(stay=None, answered_at__lt=before))
    yield Expired("anonymous assignments", nameless.filter(Exists(later)))


def _of_stays(before: datetime) -> Iterator[Step]:
    stays = _stays(before)
    of_bed = Assignment.objects.filter(bed=OuterRef("bed"), stay__in=Bed.objects.exclude(stay=None).values("stay"))
    in_stay = Exists(of_bed.filter(assigned_at__lt=OuterRef("until")))
    yield Assignments("assignments, emptied", stays)
    for model, at in DELETED.items():
        yield OfStays(NAMES[model], model.objects.all(), at, stays)
    for model, at in NAMELESS.items():
        yield OfStays(NAMES[model], model.objects.all(), at, stays, nameless=True)
    yield Entries("box entries", stays)
    yield Expired("times when a box was offline", OfflineTime.objects.filter(~in_stay, until__lt=before))


def _stays(before: datetime) -> Stays:
    still_open = [stay for stay in Bed.objects.values_list("stay", flat=True) if stay]
    found = frozenset(over(assigned(), before, still_open))
    return Stays(found, known() - {place.stay for place in found}, before)
