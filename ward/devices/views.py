"""The devices page: the list of a ward's boxes, and one box with what may be asked of it. No music, no stays."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from messages import Verb
from messages.reasons import tidy
from ward.assignments.confirming import moved
from ward.beds.access import may_see_board, may_see_devices, may_tend_devices, wards_of
from ward.beds.models import Bed, Ward
from ward.devices.answers import ASKABLE
from ward.devices.box import Shown, code_of, shown
from ward.devices.listing import boxes_of, groups
from ward.devices.status import newest_of
from ward.fleet.commands import ask
from ward.fleet.models import Away, Device, LogExcerpt
from ward.fleet.placing import Asked, PlacingError, move, plays, take_away
from ward.frame import local_now, page, person, staff_only, theme_of, ward_for
from ward.live.stream import newest_change
from ward.people.once import once
from ward.people.typed import number

AWAY = {"repair": Away.REPAIR, "missing": Away.MISSING, "spare": Away.SPARE, "retire": Away.RETIRED}


@dataclass(frozen=True, slots=True)
class Place:
    """A ward and one of its boxes."""

    ward: Ward
    device: Device

    @property
    def address(self) -> str:
        """The page of this box."""
        return reverse("device", args=[self.ward.slug, self.device.pk])


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
    """The list of one ward, and beside it the box that needs someone most."""
    ward = ward_for(request, slug, may_see_devices)
    first = groups(ward, local_now(), _find(request)).first
    place = Place(ward, boxes_of(ward).get(pk=first)) if first else None
    return _page(request, ward, place, {"is_list": True})


@require_GET
@staff_only
def device(request: HttpRequest, slug: str, box: str) -> HttpResponse:
    """One box, with the list beside it."""
    place = _place(request, slug, box)
    return _page(request, place.ward, place, {"placed": "placed" in request.GET})


@require_GET
@staff_only
def device_pulse(request: HttpRequest, slug: str, box: str) -> HttpResponse:
    """Each 15 s, at news, and each second while an answer is awaited: the parts that the page does not show yet."""
    place = _place(request, slug, box)
    if request.GET.get("theme") != theme_of(request, place.ward, local_now()):
        return HttpResponseClientRefresh()
    context = _live(request, place.ward, place)
    seen = set(request.GET.getlist("seen"))
    fresh = {name for name, digest in context["seen"].items() if f"{name}:{digest}" not in seen}
    return render(request, "devices_pulse.html", context | {"ward": place.ward, "fresh": fresh})


@require_POST
@staff_only
@once
def device_ask(request: HttpRequest, slug: str, box: str) -> HttpResponse:
    """Asks the box for something now; its page says what becomes of it."""
    place = _tended(request, slug, box)
    verb = next((one for one in ASKABLE if one == request.POST.get("verb")), None)
    if verb is None:
        raise Http404
    ask(place.device, Verb(verb), person(request), timezone.now(), _line(request, "why"))
    return redirect(f"{place.address}#box-answer")


@require_POST
@staff_only
@once
def device_place(request: HttpRequest, slug: str, box: str) -> HttpResponse:
    """Moves the box or takes it away; 409 with the reason where that cannot be done now."""
    place = _tended(request, slug, box)
    bed = number(request.POST.get("shown", ""))
    asked = Asked(person(request), timezone.now(), bed, _line(request, "why"))
    try:
        ward = _placed(request, place, asked)
    except PlacingError as error:
        fresh = Place(place.ward, get_object_or_404(boxes_of(place.ward), pk=box))
        return _page(request, place.ward, fresh, {"problem": _(str(error))}, status=409)
    return redirect(f"{Place(ward, place.device).address}?placed#box-placed")


@require_GET
@staff_only
def device_log(request: HttpRequest, slug: str, box: str, log: int) -> HttpResponse:
    """The lines that the box sent, as plain text."""
    place = _place(request, slug, box)
    found = get_object_or_404(LogExcerpt, pk=log, device=place.device)
    return HttpResponse("\n".join([*found.lines, ""]), content_type="text/plain; charset=utf-8")


def _place(request: HttpRequest, slug: str, box: str) -> Place:
    ward = ward_for(request, slug, may_see_devices)
    return Place(ward, get_object_or_404(boxes_of(ward), pk=box))


def _tended(request: HttpRequest, slug: str, box: str) -> Place:
    ward = ward_for(request, slug, may_tend_devices)
    return Place(ward, get_object_or_404(boxes_of(ward), pk=box))


def _placed(request: HttpRequest, place: Place, asked: Asked) -> Ward:
    """Does it; the ward whose box it is from now on."""
    wanted = request.POST.get("do", "")
    if wanted in AWAY:
        take_away(place.device, AWAY[wanted], _line(request, "note"), asked)
        return place.ward
    bed = get_object_or_404(
        Bed.objects.open().select_related("room__ward"), pk=number(request.POST.get("bed", "")) or 0
    )
    if not may_tend_devices(request.user, bed.room.ward):
        raise PermissionDenied
    move(place.device, bed, asked)
    moved(place.device, asked.now)
    return bed.room.ward


def _line(request: HttpRequest, name: str) -> str:
    return tidy(request.POST.get(name, ""))


def _find(request: HttpRequest) -> str:
    return tidy(request.GET.get("find", ""), 20)


def _page(
    request: HttpRequest, ward: Ward, place: Place | None, more: dict[str, Any], status: int = 200
) -> HttpResponse:
    since = newest_change()  # before the rows are read: what changes in between is told again, never missed
    user = person(request)
    others = [other for other in wards_of(user).order_by("name") if may_see_devices(user, other)]
    tends = may_tend_devices(user, ward)
    context = _live(request, ward, place) | {
        "here": "devices",
        "wards": others if len(others) > 1 else [],
        "since": since,
        "find": _find(request),
        "free": _free(request) if tends and place else [],
        "stands_on": place.address if place else request.get_full_path(),
    }
    return page(request, "devices.html", ward, context | more, status)


def _live(request: HttpRequest, ward: Ward, place: Place | None) -> dict[str, Any]:
    now = local_now()
    found = groups(ward, now, _find(request))
    context: dict[str, Any] = {"groups": found, "now": now, "theme": theme_of(request, ward, now)}
    context["chosen"] = str(place.device.pk) if place else ""
    context["seen"] = {"list": _digest(found, context["chosen"])}
    if place is None:
        return context
    one = shown(place.device, now, newest_of(boxes_of(ward)))
    context["seen"] |= _parts(one, place.device)
    return context | {
        "device": place.device,
        "box": one,
        "code": code_of(place.device),
        "tends": may_tend_devices(request.user, ward),
        "sees_board": place.device.bed is not None and may_see_board(request.user, ward),
        "plays": plays(place.device, now),
        "is_retired": place.device.away == Away.RETIRED,
        "away": Away(place.device.away).label,
    }


def _parts(one: Shown, device: Device) -> dict[str, str]:
    return {
        "top": _digest(one.condition.troubles, one.did, device.bed_id, device.away),
        "answer": _digest(one.blink, one.answer),
        "facts": _digest(one.facts, one.lines),
    }


def _digest(*what: object) -> str:
    """By it a page says what it shows."""
    return hashlib.blake2s(repr(what).encode(), digest_size=6).hexdigest()


def _free(request: HttpRequest) -> list[Bed]:
    """Beds without a box, of all wards where this person tends boxes."""
    wards = [ward for ward in wards_of(person(request)) if may_tend_devices(request.user, ward)]
    beds = Bed.objects.open().filter(room__ward__in=wards, device=None).select_related("room__ward")
    return list(beds.order_by("room__ward__name", "room__position", "letter"))
