"""The devices page: which boxes need action, which are recovering, which work normally. No music, no stays."""

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from ward.beds.access import may_see_devices, wards_of
from ward.devices.status import Kind, condition, newest_of
from ward.fleet.models import Device
from ward.frame import local_now, page, person, staff_only, ward_for


@require_GET
@staff_only
def devices(request: HttpRequest) -> HttpResponse:
    """The devices of the first ward whose devices this person may see; 404 where there is none."""
    for ward in wards_of(person(request)).order_by("name"):
        if may_see_devices(request.user, ward):
            return HttpResponseRedirect(reverse("ward_devices", args=[ward.slug]))
    raise Http404


@require_GET
@staff_only
def ward_devices(request: HttpRequest, slug: str) -> HttpResponse:
    """The devices of one ward, the most serious problem first."""
    ward = ward_for(request, slug, may_see_devices)
    user, now = person(request), local_now()
    rows = (
        Device.objects.filter(bed__room__ward=ward)
        .select_related("bed__room")
        .annotate(aside_since=F("aside__since"))
        .order_by("bed__room__position", "bed__letter")
    )
    devices_here = list(rows)
    newest = newest_of(devices_here)
    found = [condition(device, now, newest) for device in devices_here]
    need = sorted((one for one in found if one.kind is Kind.ACTION), key=lambda one: one.troubles[0].rank)
    others = [other for other in wards_of(user).order_by("name") if may_see_devices(user, other)]
    context = {
        "here": "devices",
        "wards": others if len(others) > 1 else [],
        "boxes": len(found),
        "need": need,
        "recovering": [one for one in found if one.kind is Kind.RECOVERING],
        "working": [one for one in found if one.kind is Kind.WORKING],
        "now": now,
    }
    return page(request, "devices.html", ward, context)
