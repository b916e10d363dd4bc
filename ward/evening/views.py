"""Evening playlists for a ward in two taps: what it does to which beds, then what came of each, with 30 s to undo."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ward.assignments.evening import Why, assign_evening, choose_evening_playlist, evening_playlists, plan, undo
from ward.assignments.models import Evening
from ward.beds.access import may, may_assign, may_see_board
from ward.beds.models import Bed, Role, Ward
from ward.evening.assigned_message import message_of
from ward.frame import local_now, page, person, staff_only, ward_for
from ward.message import refused, say
from ward.people.typed import number
from ward.timings.timing import Action, opened, took

WHY_NOT = {
    Why.HAS: gettext_noop("Already has a sleep playlist"),
    Why.VIGIL: gettext_noop("Has continuous music"),
    Why.ENDED: gettext_noop("Playlists expired, check this bed first"),
    Why.FULL: gettext_noop("Already has 12 playlists"),
    Why.NO_BOX: gettext_noop("No box"),
    Why.NO_STAY: gettext_noop("No patient assigned"),
    Why.NO_PLAYLISTS: gettext_noop("No playlists yet, choose them for this bed"),
    Why.HELD_UP: gettext_noop("Someone else was changing this bed, assign again"),
}
SHAPES = {Why.VIGIL: "candle", Why.NO_STAY: "ready", Why.NO_PLAYLISTS: "ready", Why.NO_BOX: "ready", Why.HAS: "moon"}


@dataclass(frozen=True, slots=True)
class Left:
    """Beds that are not changed for one reason."""

    shape: str
    beds: str
    why: str


@require_http_methods(["GET", "POST"])
@staff_only
def evening(request: HttpRequest, slug: str) -> HttpResponse:
    """What will be assigned; POST assigns it to the beds that are ticked."""
    ward = _ward(request, slug)
    if request.method == "POST":
        return _assign(request, ward)
    return _plan(request, ward)


@require_GET
@staff_only
def evening_assigned(request: HttpRequest, slug: str) -> HttpResponse:
    """What came of it, bed by bed; without `of` of the newest. Where there was none, what it would do."""
    ward = _ward(request, slug)
    found = _found(ward, request.GET.get("of", ""))
    if found is None:
        return redirect("evening", slug=slug)
    rows = list(found.beds.select_related("bed__room"))
    assigned = [row for row in rows if row.version is not None]
    context = {
        "evening": found,
        "assigned": assigned,
        "left": _left([(row.bed, row.refused) for row in rows if row.version is None]),
        "message": message_of(found, len(assigned), person(request), local_now()),
    }
    return page(request, "evening_assigned.html", ward, context)


@require_POST
@staff_only
def evening_undo(request: HttpRequest, slug: str) -> HttpResponse:
    """Restores what each bed had, as one action; a second tap does nothing more."""
    ward = _ward(request, slug)
    said = request.POST.get("of", "")
    found = _found(ward, said) if said else None
    if found is None:
        return redirect("evening", slug=slug)
    undo(found, person(request), timezone.now())
    return redirect(_address(found))


@require_POST
@staff_only
def evening_choose(request: HttpRequest, slug: str) -> HttpResponse:
    """The ward's evening playlist, as its administrator chooses."""
    ward = _ward(request, slug)
    if not may(request.user, ward, Role.ADMINISTRATOR):
        raise PermissionDenied
    chosen = next((row for row in evening_playlists(ward) if row.slug == request.POST.get("playlist")), None)
    if chosen is None:
        return redirect("evening", slug=slug)
    choose_evening_playlist(ward, chosen, person(request), timezone.now())
    head = _("%(playlist)s is now the ward's evening playlist") % {"playlist": chosen.title}
    return say(request, reverse("evening", args=[slug]), head)


def _ward(request: HttpRequest, slug: str) -> Ward:
    ward = ward_for(request, slug, may_see_board)
    if not may_assign(request.user, ward):
        raise PermissionDenied
    return ward


def _plan(request: HttpRequest, ward: Ward, problem: str = "", status: int = 200) -> HttpResponse:
    playlists = evening_playlists(ward)
    usual = next(iter(playlists), None)
    said = request.POST if request.method == "POST" else request.GET
    shown = next((row for row in playlists if row.slug == said.get("playlist")), usual)
    beds = plan(ward)
    gets = {str(one.bed.pk) for one in beds if one.why is Why.GETS}
    if request.method == "POST":
        ticked = gets & set(said.getlist("bed"))  # what was unticked stays so
    else:
        ticked = set() if said.get("beds") == "none" else gets
    context: dict[str, Any] = {
        "plan": [(one, one.why is Why.GETS, SHAPES.get(one.why, ""), str(one.bed.pk) in ticked) for one in beds],
        "count": len(gets),
        "ticked": len(ticked),
        "left": _left([(one.bed, one.why) for one in beds if one.why is not Why.GETS]),
        "playlists": playlists,
        "shown": shown,
        "usual": usual,
        "chooses": may(request.user, ward, Role.ADMINISTRATOR) and len(playlists) > 1,
        "key": secrets.token_hex(16),
        "opened": opened(timezone.now()),
    }
    context |= {"message": refused(problem, head=_("Not assigned"))} if problem else {}
    return page(request, "evening.html", ward, context, status)


def _assign(request: HttpRequest, ward: Ward) -> HttpResponse:
    said, now = request.POST, timezone.now()
    chosen = next((row for row in evening_playlists(ward) if row.slug == said.get("playlist")), None)
    beds = [bed for one in said.getlist("bed") if (bed := number(one)) is not None]
    if chosen is None:
        return _plan(
            request, ward, _("This playlist is no longer offered. Check the playlist below and assign again."), 422
        )
    if not beds or not said.get("key"):
        return _plan(request, ward, _("Select at least one bed."), 422)
    made = assign_evening(ward, beds, chosen, person(request), now, key=said["key"][:32])
    if made.ward_id != ward.pk:
        raise PermissionDenied
    took(Action.EVENING, ward, said.get("opened", ""), now)
    return redirect(_address(made))


def _found(ward: Ward, said: str) -> Evening | None:
    evenings = Evening.objects.filter(ward=ward).order_by("-assigned_at")
    key = number(said)
    return (evenings if key is None else evenings.filter(pk=key)).first()


def _address(found: Evening) -> str:
    return f"{reverse('evening_assigned', args=[found.ward.slug])}?of={found.pk}"


def _left(beds: Sequence[tuple[Bed, str]]) -> list[Left]:
    """The beds by reason; a reason that is a sentence of its own is shown as it is."""
    by_why: dict[str, list[str]] = {}
    for bed, why in beds:
        by_why.setdefault(why, []).append(str(bed))
    known = {str(why): line for why, line in WHY_NOT.items()}
    return [
        Left(SHAPES.get(Why(why), "rest") if why in known else "diamond", _beds(names), _(known.get(why, why)))
        for why, names in by_why.items()
    ]


def _beds(names: Sequence[str]) -> str:
    """With the word, for a bed's bare name reads as a count."""
    return ngettext("bed %(beds)s", "beds %(beds)s", len(names)) % {"beds": ", ".join(names)}
