"""The ward's response times, for its administrator: how long assigning, stopping and discharging take. Names nobody."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from messages.wire import Verb
from ward.assignments.models import Assignment, Took
from ward.beds.access import Person, may
from ward.beds.models import Role, Ward
from ward.beds.times import long
from ward.fleet.models import Command
from ward.frame import local_now, page, staff_only, ward_for
from ward.timings.timing import Action

WEEKS = 4
FEWEST = 5  # of fewer no median is shown
Times = list[tuple[datetime, float]]  # when, and how many seconds


@dataclass(frozen=True, slots=True)
class Measure:
    """One step: all weeks together, then week by week, the newest last. A text is empty if there are too few times."""

    name: str
    number: int
    median: str
    ninth: str
    weeks: list[str]


@dataclass(frozen=True, slots=True)
class Group:
    """The steps of one action."""

    name: str
    measures: list[Measure]


@require_GET
@staff_only
def timings(request: HttpRequest, slug: str) -> HttpResponse:
    """Number, median and the time within which 9 in 10 were done; by week."""
    ward = ward_for(request, slug, _may_see)
    mondays = _mondays(local_now())
    heads = [date_format(monday, "MONTH_DAY_FORMAT") for monday in mondays]
    shown = {"here": "timings", "groups": _groups(ward, mondays), "heads": heads}
    return page(request, "timings.html", ward, shown)


def _may_see(user: Person, ward: Ward) -> bool:
    return may(user, ward, Role.ADMINISTRATOR)


def _mondays(now: datetime) -> list[datetime]:
    monday = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=now.weekday())
    return [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]


def _groups(ward: Ward, mondays: Sequence[datetime]) -> list[Group]:
    since = mondays[0]
    pages: dict[str, Times] = {action: [] for action in Action}
    for verb, seconds, at in Took.objects.filter(ward=ward, at__gte=since).values_list("verb", "seconds", "at"):
        pages.setdefault(verb, []).append((at, seconds))
    assigned, ended = _assigned(ward, since)
    page_open = _("From opening the page to pressing the button")
    ways = [
        (_("Assign playlists"), [(page_open, pages[Action.ASSIGN]), *assigned]),
        (_("Stop"), _stopped(ward, since)),
        (_("Discharge"), [(page_open, pages[Action.DISCHARGE]), *ended]),
        (_("Evening playlists"), [(page_open, pages[Action.EVENING])]),
    ]
    return [Group(name, [_measure(what, times, mondays) for what, times in found]) for name, found in ways]


def _assigned(ward: Ward, since: datetime) -> tuple[list[tuple[str, Times]], list[tuple[str, Times]]]:
    """Assignments, and discharges: from the button to when its box was sent it first, to the box's confirmation, to the
    first sound."""
    rows = Assignment.objects.filter(bed__room__ward=ward, assigned_at__gte=since)
    found = list(rows.values_list("assigned_at", "sent_at", "applied_at", "played_at", "stay"))
    assigned = [row[:4] for row in found if row[4] is not None]
    ended = [row[:4] for row in found if row[4] is None]
    sent, box = _("Until sent"), _("Until the box confirms")
    return (
        [
            (sent, _between(assigned, 1)),
            (box, _between(assigned, 2)),
            (_("Until the first sound at the bed"), _between(assigned, 3)),
        ],
        [(sent, _between(ended, 1)), (_("Until the box confirms that it is cleared"), _between(ended, 2))],
    )


def _stopped(ward: Ward, since: datetime) -> list[tuple[str, Times]]:
    rows = Command.objects.filter(device__bed__room__ward=ward, verb=Verb.STOP, issued_at__gte=since)
    sent = list(rows.values_list("issued_at", "sent_at"))
    silent = list(rows.filter(done=True).values_list("issued_at", "answered_at"))
    return [(_("Until sent"), _between(sent, 1)), (_("Until the box confirms silence"), _between(silent, 1))]


def _between(rows: Sequence[tuple[datetime | None, ...]], place: int) -> Times:
    times = []
    for row in rows:
        began, ended = row[0], row[place]
        if began is not None and ended is not None and ended >= began:
            times.append((began, (ended - began).total_seconds()))
    return times


def _measure(name: str, times: Times, mondays: Sequence[datetime]) -> Measure:
    seconds = [length for _at, length in times]
    weeks = [[length for at, length in times if start <= at < start + timedelta(weeks=1)] for start in mondays]
    enough = len(seconds) >= FEWEST
    return Measure(
        name,
        len(seconds),
        _said(median(seconds)) if enough else "",
        _said(_within_nine_of_ten(seconds)) if enough else "",
        [_said(median(week)) if len(week) >= FEWEST else "" for week in weeks],
    )


def _within_nine_of_ten(seconds: Sequence[float]) -> float:
    """The 90th percentile by nearest rank."""
    return sorted(seconds)[math.ceil(0.9 * len(seconds)) - 1]


def _said(seconds: float) -> str:
    return _("%(number)s s") % {"number": number_format(seconds, 1)} if seconds < 100 else long(seconds)
