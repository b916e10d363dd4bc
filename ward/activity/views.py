"""The audit of one ward: newest first, searched, and as a file. Reads only; that a file was made is a row itself."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ward.activity.search import AuditSearch, rows_for
from ward.activity.wording import Told, told
from ward.audit.chain import SHORT
from ward.audit.export import csv_lines
from ward.audit.models import AuditHead
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.access import may, may_see_audit, wards_ever_of
from ward.beds.models import Bed, Role, Ward
from ward.frame import local_now, page, person, staff_only, ward_for

PAGE = 50
MOST = 100_000  # rows in one file: what a server holds and a spreadsheet opens


@require_GET
@staff_only
def audit(request: HttpRequest, slug: str) -> HttpResponse:
    """What was done on this ward. A search that makes no sense shows what is wrong with it, and no row."""
    ward, user = ward_for(request, slug, may_see_audit, closed=True), person(request)
    search = AuditSearch(request.GET, _beds(ward))
    context = _found(request, search, user, ward) if search.is_valid() else {}
    head = AuditHead.objects.filter(pk=1).first() or AuditHead()
    context |= {
        "here": "audit",
        "wards": _wards(user),
        "search": search,
        "head": head.hash[:SHORT],
        "rows": head.number,
        "sees_log_ins": may(user, ward, Role.ADMINISTRATOR),
    }
    return page(request, "audit.html", ward, context, 200 if search.is_valid() else 422)


@require_POST
@staff_only
def audit_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """All that the search finds, newest first, as CSV."""
    ward, user = ward_for(request, slug, may_see_audit, closed=True), person(request)
    search = AuditSearch(request.POST, _beds(ward))
    if not search.is_valid():
        return HttpResponse(_("Check your search and try again."), status=422)
    rows = list(search.found(rows_for(user, ward)).order_by("-number")[: MOST + 1])
    note = _("More than %(most)s records. Choose fewer days, or use nightingale-ward audit export.") % {"most": MOST}
    lines = "".join(csv_lines(rows[:MOST], note if len(rows) > MOST else "", get_language() or "en"))
    now = local_now()
    said = {"what": "audit", "rows": min(len(rows), MOST)} | search.kept
    with transaction.atomic():
        record(AuditVerb.EXPORTED, by=user, ward=ward, after=said, now=now)
    named = {"Content-Disposition": f'attachment; filename="audit-{ward.slug}-{now:%Y-%m-%d}.csv"'}
    return HttpResponse(lines, content_type="text/csv; charset=utf-8", headers=named)


def _found(request: HttpRequest, search: AuditSearch, user: User, ward: Ward) -> dict[str, Any]:
    """One page of rows by days, and the ways to the pages beside it."""
    said = search.cleaned_data
    rows = search.found(rows_for(user, ward))
    if said["newer"] is not None:
        shown = list(rows.filter(number__gt=said["newer"]).order_by("number")[: PAGE + 1])
        more_newer, shown = len(shown) > PAGE, shown[:PAGE][::-1]
        more_older = True  # whoever came here came from there
    else:
        older = rows.filter(number__lt=said["older"]) if said["older"] else rows
        shown = list(older.order_by("-number")[: PAGE + 1])
        more_older, shown = len(shown) > PAGE, shown[:PAGE]
        more_newer = said["older"] is not None
    return {
        "days": _days(told(shown)),
        "older": _address(request, older=shown[-1].number) if shown and more_older else "",
        "newer": _address(request, newer=shown[0].number) if shown and more_newer else "",
        "asked": [(name, request.GET[name]) for name in search.asked],
        "paged": said["older"] is not None or said["newer"] is not None,
    }


def _days(rows: Iterable[Told]) -> list[tuple[Any, list[Told]]]:
    return [(day, list(of_day)) for day, of_day in groupby(rows, lambda row: row.at.date())]


def _address(request: HttpRequest, **beside: int) -> str:
    """This search's page that begins beside a row."""
    query = request.GET.copy()
    for name in ("older", "newer"):
        query.pop(name, None)
    query.update({name: str(number) for name, number in beside.items()})
    return f"?{query.urlencode()}"


def _beds(ward: Ward) -> list[Bed]:
    beds = Bed.objects.filter(room__ward=ward).select_related("room")
    return list(beds.order_by("room__position", "letter"))


def _wards(user: User) -> list[tuple[Ward, str]]:
    """The wards whose audit this person may see, where there are several."""
    wards = [ward for ward in wards_ever_of(user).order_by("name") if may_see_audit(user, ward)]
    return [(ward, reverse("audit", args=[ward.slug])) for ward in wards] if len(wards) > 1 else []
