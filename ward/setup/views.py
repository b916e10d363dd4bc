"""Set-up of a ward by its administrators: one form, a map that answers while they write, closing and opening again."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ward.beds.access import may_set_up
from ward.beds.models import Ward
from ward.beds.naming import read
from ward.frame import local_now, page, person, staff_only, ward_for
from ward.message import links_of, refused, say
from ward.people.first import began
from ward.people.once import once
from ward.people.typed import number
from ward.places.closing import close_ward, open_ward
from ward.places.errors import MeanwhileError, OccupiedError, PlacesError
from ward.places.rooms import plan_of
from ward.places.saving import SetUp, add_ward, save, set_up_of
from ward.setup.forms import TEXT_LONGEST, NameForm, WardForm
from ward.setup.frame import beds_part, closing
from ward.setup.listing import beds_of_their_own, wards_to_set_up
from ward.setup.wording import did, listed, meanwhile


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a form was not saved: one line, and the ward as it is now where someone else changed it meanwhile."""

    line: str = ""
    newer: SetUp | None = None
    status: int = 422


@require_GET
@staff_only
def setup(request: HttpRequest) -> HttpResponse:
    """The first ward that this person administers; where no ward stands yet, the first start. 404 to others."""
    rows = wards_to_set_up(person(request))
    if rows:
        return redirect("setup_ward", slug=rows[0].ward.slug)
    if began(person(request)):
        return redirect("setup_first")
    raise Http404


@require_http_methods(["GET", "POST"])
@staff_only
@once
def setup_ward(request: HttpRequest, slug: str) -> HttpResponse:
    """All of one ward. POST saves all of it, or nothing and says why."""
    ward = ward_for(request, slug, may_set_up, closed=True)
    if request.method == "POST" and ward.closed_at is None:
        return _save(request, ward)
    return _page(request, ward, WardForm(set_up_of(ward)))


@require_GET
@staff_only
def setup_beds(request: HttpRequest, slug: str) -> HttpResponse:
    """What a text of rooms and beds would do to the ward: asked while someone writes."""
    ward = ward_for(request, slug, may_set_up)
    return beds_answer(request, ward, is_first=False)


def beds_answer(request: HttpRequest, ward: Ward | None, *, is_first: bool) -> HttpResponse:
    """The part that answers while someone writes."""
    named = read(request.GET.get("beds", "")[:TEXT_LONGEST])
    return render(request, "setup_answer.html", beds_part(ward, named) | {"ward": ward, "is_first": is_first})


@require_http_methods(["GET", "POST"])
@staff_only
@once
def setup_new(request: HttpRequest) -> HttpResponse:
    """One more ward: its name. Rooms and beds come on its own page."""
    user = person(request)
    if not any(may_set_up(user, row.ward) for row in wards_to_set_up(user)):
        raise PermissionDenied
    form = NameForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = add_ward(form.cleaned_data["name"].strip(), user, timezone.now())
        except PlacesError as error:
            form.add_error("name", str(error))
        else:
            head = _("%(ward)s is added") % {"ward": made.name}
            return say(request, reverse("setup_ward", args=[made.slug]), head, _("Write its rooms and beds."))
    context: dict[str, Any] = {"here": "setup", "rows": wards_to_set_up(user), "form": form}
    context |= {"message": refused(_("Check what is marked."), links_of(form))} if form.errors else {}
    return page(request, "setup_new.html", None, context, status=422 if form.errors else 200)


@require_GET
@staff_only
def setup_hospital(request: HttpRequest) -> HttpResponse:
    """What holds for the whole hospital: shown here, chosen on the server. And how many wards are made at once."""
    user = person(request)
    rows = wards_to_set_up(user)
    if not rows and not began(user):
        raise PermissionDenied
    context = {
        "here": "setup",
        "rows": rows,
        "languages": ", ".join(name for _code, name in settings.LANGUAGES),
        "usual_language": dict(settings.LANGUAGES)[settings.LANGUAGE_CODE],
        "two_step": settings.REQUIRE_MFA,
        "hospital": settings.OIDC.name if settings.OIDC else "",
        "lock_minutes": settings.DESK_LOCK_MINUTES,
        "keep_days": settings.KEEP_STAYS_DAYS,
        "zone": settings.TIME_ZONE,
    }
    return page(request, "setup_hospital.html", None, context)


@require_POST
@staff_only
@once
def setup_close(request: HttpRequest, slug: str) -> HttpResponse:
    """Closes the ward, or opens it again."""
    ward, user, now = ward_for(request, slug, may_set_up, closed=True), person(request), timezone.now()
    address = reverse("setup_ward", args=[ward.slug])
    if request.POST.get("action") == "open":
        open_ward(ward, user, now)
        head = _("%(ward)s is open again") % {"ward": ward.name}
        return say(request, address, head, _("Write its rooms and beds."))
    try:
        close_ward(ward, user, now, seen=number(request.POST.get("version", "")))
    except MeanwhileError as late:
        return _page(request, ward, WardForm(set_up_of(ward)), Refused(meanwhile(late.ward, local_now()), status=409))
    except OccupiedError as used:
        return _page(request, ward, WardForm(set_up_of(ward)), Refused(in_use(used), status=409))
    head = _("%(ward)s is closed") % {"ward": ward.name}
    return say(request, address, head, _("Its history and reports stay."))


def in_use(used: OccupiedError) -> str:
    """Which beds cannot be closed, and what to do first."""
    lines = []
    if used.stays:
        beds = listed([str(bed) for bed in used.stays])
        lines.append(_("Nothing was closed. A patient's stay is at %(beds)s. Discharge first.") % {"beds": beds})
    if used.unconfirmed:
        beds = listed([str(bed) for bed in used.unconfirmed])
        line = _("Nothing was closed. The box at %(beds)s has not confirmed the end of the last stay. Wait for it.")
        lines.append(line % {"beds": beds})
    return " ".join(lines)


def _save(request: HttpRequest, ward: Ward) -> HttpResponse:
    form, user, now = WardForm(set_up_of(ward), request.POST), person(request), timezone.now()
    if not form.is_valid():
        return _page(request, ward, form, Refused(_("Check what is marked.")))
    wanted, seen = form.wanted(), number(request.POST.get("version", "")) or 0
    plan = plan_of(ward, wanted.rooms or ())
    if seen == ward.version and closing(plan.closes) != request.POST.get("closing", ""):
        line = _("Read which beds will be closed, then save again.")
        return _page(request, ward, form, Refused(line, status=409))
    try:
        changed = save(ward, wanted, user, now, seen=seen)
    except MeanwhileError as late:
        newer = set_up_of(late.ward)
        return _page(request, late.ward, form, Refused(meanwhile(late.ward, local_now()), newer, 409))
    except OccupiedError as used:
        return _page(request, ward, form, Refused(in_use(used), status=409))
    except PlacesError as error:
        form.add_error("name", str(error))
        return _page(request, ward, form, Refused(_("Check what is marked.")))
    head = _("%(ward)s saved") % {"ward": wanted.name} if changed else _("Nothing was different")
    line = did(plan) if changed else _("Nothing was saved.")
    return say(request, reverse("setup_ward", args=[ward.slug]), head, line)


def _page(request: HttpRequest, ward: Ward, form: WardForm, why: Refused | None = None) -> HttpResponse:
    rows = wards_to_set_up(person(request))
    ward = Ward.objects.select_related("changed_by").get(pk=ward.pk)
    context: dict[str, Any] = {
        "here": "setup",
        "rows": rows,
        "bed_count": sum(row.beds for row in rows if row.ward.closed_at is None),
        "ward_count": sum(row.ward.closed_at is None for row in rows),
        "form": form,
        "own": beds_of_their_own(ward, form.held.defaults),
        "newer": WardForm(why.newer) if why and why.newer else None,
        "unfinished": began(person(request)) and not all(row.boxes for row in rows),
    }
    context |= beds_part(ward, form.named)
    context |= {"message": refused(why.line, links_of(form) if form.is_bound else ())} if why else {}
    return page(request, "setup.html", ward, context, status=why.status if why else 200)
