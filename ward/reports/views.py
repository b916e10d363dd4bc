"""The ward's reports, one week at a time: as a page, and as files. Reads only; each download adds a row to the
audit."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.access import may_curate, may_see_reports, wards_ever_of
from ward.beds.models import Bed, Ward
from ward.beds.times import clock
from ward.fleet.online import is_online
from ward.frame import local_now, page, person, staff_only, ward_for
from ward.history.pages import hours_of
from ward.reports import files, words
from ward.reports.plot import drawing
from ward.reports.report import Report, hides_something, report_of
from ward.reports.weeks import LONG_WEEKS, MONTH_WEEKS, Week, week_named


@require_GET
@staff_only
def reports(request: HttpRequest, slug: str) -> HttpResponse:
    """One week of this ward; the current week if the address names none, 404 if there is no such week."""
    ward, user, now = ward_for(request, slug, may_see_reports, closed=True), person(request), local_now()
    week = _week(request.GET.get("week", ""), ward, now)
    return page(request, "reports.html", ward, _context(user, ward, week, _weeks(request.GET), now))


@require_POST
@staff_only
def reports_print(request: HttpRequest, slug: str) -> HttpResponse:
    """The same page, which the browser prints at once where it can. Added to the audit, as every export is."""
    ward, user, now = ward_for(request, slug, may_see_reports, closed=True), person(request), local_now()
    week = _week(request.POST.get("week", ""), ward, now)
    context = _context(user, ward, week, _weeks(request.POST), now)
    said = {"what": f"report {week.name}, print", "rows": len(files.figures(context["report"]))}
    with transaction.atomic():
        record(AuditVerb.EXPORTED, by=user, ward=ward, after=said, now=now)
    return page(request, "reports.html", ward, context | {"prints": True})


@require_POST
@staff_only
def reports_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The page's figures as CSV."""
    return _file(request, slug, "csv", lambda *facts: files.as_csv(*facts).encode(), "text/csv; charset=utf-8")


@require_POST
@staff_only
def reports_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The page's figures as JSON."""
    return _file(request, slug, "json", files.as_json, "application/json")


def _file(
    request: HttpRequest, slug: str, ending: str, made: Callable[[Report, str, datetime], bytes], kind: str
) -> HttpResponse:
    ward, now = ward_for(request, slug, may_see_reports, closed=True), local_now()
    week = _week(request.POST.get("week", ""), ward, now)
    report = report_of(ward, week, now, _weeks(request.POST))
    said = {"what": f"report {week.name}, {ending}", "rows": len(files.figures(report))}
    with transaction.atomic():
        record(AuditVerb.EXPORTED, by=person(request), ward=ward, after=said, now=now)
    named = {"Content-Disposition": f'attachment; filename="report-{ward.slug}-{week.name}.{ending}"'}
    return HttpResponse(made(report, ward.name, now), content_type=kind, headers=named)


def _week(name: str, ward: Ward, now: datetime) -> Week:
    week = week_named(name, now, hours_of(ward))
    if week is None:
        raise Http404
    return week


def _context(user: User, ward: Ward, week: Week, weeks: int, now: datetime) -> dict[str, Any]:
    report = report_of(ward, week, now, weeks)
    return {
        "here": "reports",
        "now": now,
        "report": report,
        "weeks": weeks,
        "wards": _wards(user),
        "hides": hides_something(report),
        "may_curate": may_curate(user, ward),
        **_ways(week, ward, weeks, now),
        **_told(report, now),
    }


def _weeks(said: Mapping[str, str]) -> int:
    return LONG_WEEKS if said.get("weeks") == str(LONG_WEEKS) else MONTH_WEEKS


def _ways(week: Week, ward: Ward, weeks: int, now: datetime) -> dict[str, Any]:
    """The addresses of the weeks before and after, empty if there is none, and of the other length of the plot."""
    address, hours = reverse("reports", args=[ward.slug]), hours_of(ward)
    asked = f"&weeks={weeks}" if weeks != MONTH_WEEKS else ""
    beside = [week_named(week.beside(step).name, now, hours) for step in (-1, 1)]
    earlier, later = (f"{address}?week={one.name}{asked}" if one else "" for one in beside)
    ranges = [(one, f"{address}?week={week.name}&weeks={one}") for one in (MONTH_WEEKS, LONG_WEEKS)]
    return {"earlier": earlier, "later": later, "ranges": ranges, "runs": now < week.ends}


def _told(report: Report, now: datetime) -> dict[str, Any]:
    """The figures in words, and the plot."""
    return {
        "beds": words.beds(report.beds) if report.beds else "",
        "resting": [_resting(bed, now) for bed in report.resting],
        "median": words.minutes(report.minutes),
        "usual": words.usual(report),
        "level": words.level(report.level),
        "ends": words.ends(report),
        "answered": words.answered(report),
        "changes": words.changes(report),
        "in_three": words.said_in_three(report),
        "missed_in_three": words.missed_in_three(report),
        "plot": drawing(report.month, report.week.first),
        "month": [(day.date, words.minutes(day.minutes), day.minutes.n) for day in report.month],
    }


def _resting(bed: Bed, now: datetime) -> tuple[Bed, str, str]:
    """A bed without music, when its stay began, and since when its box is offline: the ward does not know what it has
    played since."""
    device = getattr(bed, "device", None)
    offline = device is None or not is_online(device, now)
    contact_at = clock(device.contact_at, now) if device is not None and device.contact_at is not None else ""
    return bed, clock(bed.stay_since, now) if bed.stay_since else "", (contact_at or "-") if offline else ""


def _wards(user: User) -> list[tuple[Ward, str]]:
    """The wards whose reports this person may see; empty if there is only one."""
    wards = [ward for ward in wards_ever_of(user).order_by("name") if may_see_reports(user, ward)]
    return [(ward, reverse("reports", args=[ward.slug])) for ward in wards] if len(wards) > 1 else []
