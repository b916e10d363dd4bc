"""The page "Last night", and the same on paper. Printing adds a row to the audit, as every export does."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.access import may_see_night, wards_of
from ward.beds.models import Ward
from ward.beds.staff import initials
from ward.frame import local_now, page, person, staff_only, ward_for
from ward.night import words
from ward.night.handover import handover, nights_of, opened
from ward.night.nights import Nights, is_over
from ward.night.words import read_day
from ward.plots.days import Day
from ward.plots.sessions import legend_words

IN_A_COLUMN = 36  # beds; a larger ward has two columns of rows, and its notes under them


@require_GET
@staff_only
def night(request: HttpRequest, slug: str) -> HttpResponse:
    """One night of this ward; the newest if the address names none, 404 if it cannot be shown. `day`: as someone typed
    it; 422 with the newest night where that is no night to show."""
    ward, user = ward_for(request, slug, may_see_night), person(request)
    typed = request.GET.get("day", "").strip()
    found, shown = _night(ward, "" if typed else request.GET.get("from", ""))
    if typed:
        wanted = found.on(read_day(typed))
        if wanted is None:
            return page(request, "night.html", ward, _context(ward, user, found, shown) | {"problem": typed}, 422)
        shown = wanted
    if shown.date == found.newest.date and is_over(shown, local_now()):
        opened(ward, user, shown)
    return page(request, "night.html", ward, _context(ward, user, found, shown))


@require_POST
@staff_only
def night_print(request: HttpRequest, slug: str) -> HttpResponse:
    """The same page, which the browser prints at once where it can."""
    ward, user = ward_for(request, slug, may_see_night), person(request)
    found, shown = _night(ward, request.POST.get("from", ""))
    context = _context(ward, user, found, shown)
    said = {"what": f"night {shown.date.isoformat()}, print", "rows": len(context["handover"].rows)}
    with transaction.atomic():
        record(AuditVerb.EXPORTED, by=user, ward=ward, after=said, now=local_now())
    return page(request, "night.html", ward, context | {"prints": True})


def _night(ward: Ward, name: str) -> tuple[Nights, Day]:
    found = nights_of(ward, local_now())
    shown = found.named(name)
    if shown is None:
        raise Http404
    return found, shown


def _context(ward: Ward, user: User, found: Nights, shown: Day) -> dict[str, Any]:
    now = local_now()
    told = handover(ward, shown, now)
    middle = -(-len(told.rows) // 2)
    is_long = len(told.rows) > IN_A_COLUMN
    return {
        "here": "night",
        "now": now,
        "handover": told,
        "columns": [told.rows[:middle], told.rows[middle:]] if is_long else [told.rows],
        "is_long": is_long,
        "notes": [row for row in told.rows if row.notes or row.troubles],
        "with_something": [row for row in told.rows if row.has_something],
        "without": [row for row in told.rows if not row.has_something],
        "ends": legend_words(),
        "is_newest": shown.date == found.newest.date,
        "is_over": is_over(shown, now),
        "runs": words.runs(shown, now),
        "dates": words.dates(shown, now),
        "name": words.name(shown, now),
        "oldest": words.typed(found.oldest),
        "day": words.typed(shown.date),
        "last_day": words.typed(found.newest.date),
        "earlier": _way(ward, found, shown, -1),
        "later": _way(ward, found, shown, 1),
        "printed_by": initials(user),
        "others": _wards(user),
    }


def _way(ward: Ward, found: Nights, shown: Day, days: int) -> tuple[str, str] | None:
    """Address and name of the night beside this one."""
    beside = found.beside(shown, days)
    if beside is None:
        return None
    return f"{reverse('night', args=[ward.slug])}?from={beside.date.isoformat()}", words.name(beside, local_now())


def _wards(user: User) -> list[tuple[Ward, str]]:
    """The wards whose nights this person may see; empty if there is only one."""
    wards = [ward for ward in wards_of(user).order_by("name") if may_see_night(user, ward)]
    return [(ward, reverse("night", args=[ward.slug])) for ward in wards] if len(wards) > 1 else []
