"""Rooms one by one: their names, their order on the board, closing a room."""

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ward.beds.access import may_set_up
from ward.beds.models import Bed, Room, Ward
from ward.frame import local_now, page, person, staff_only, ward_for
from ward.message import Link, refused, say
from ward.people.once import once
from ward.people.typed import number
from ward.places.closing import close_beds
from ward.places.errors import MeanwhileError, OccupiedError, PlacesError
from ward.places.renaming import order_rooms, rename_bed, rename_room
from ward.setup.views import in_use
from ward.setup.wording import meanwhile

LETTER = "letter-"  # of a field: and the bed's key


@require_http_methods(["GET", "POST"])
@staff_only
@once
def setup_rooms(request: HttpRequest, slug: str) -> HttpResponse:
    """The rooms in the board's order. POST renames, moves or closes one of them, or says why not."""
    ward = ward_for(request, slug, may_set_up)
    if request.method != "POST":
        return _page(request, ward)
    key = number(request.POST.get("room", ""))
    room = Room.objects.filter(ward=ward, pk=key).first() if key is not None else None
    if room is None:
        raise Http404
    try:
        with transaction.atomic():
            head, sentence = _do(request, ward, room)
    except MeanwhileError as late:
        return _page(request, ward, meanwhile(late.ward, local_now()), room)
    except OccupiedError as used:
        return _page(request, ward, in_use(used), room)
    except PlacesError as wrong:
        return _page(request, ward, str(wrong), room, status=422)
    return say(request, reverse("setup_rooms", args=[ward.slug]), head, sentence)


def _do(request: HttpRequest, ward: Ward, room: Room) -> tuple[str, str]:
    """Does it; the head and the sentence of what was done."""
    said, user, now = request.POST, person(request), timezone.now()
    seen, action = number(said.get("version", "")), said.get("action", "")
    if action in ("up", "down"):
        order_rooms(ward, _moved(ward, room, -1 if action == "up" else 1), user, now, seen=seen)
        keys = [one.pk for one in _rooms(ward)]
        place = {"room": room.number, "place": keys.index(room.pk) + 1, "of": len(keys)}
        return _("Room %(room)s, place %(place)d of %(of)d.") % place, ""
    if action == "close":
        close_beds(ward, Bed.objects.filter(room=room).select_related("room__ward"), user, now, seen=seen)
        return _("Room %(room)s is closed") % {"room": room.number}, _("Its history and reports stay.")
    rename_room(ward, room, said.get("number", ""), user, now, seen=seen)
    for bed in Bed.objects.filter(room=room, closed_at=None).select_related("room__ward"):
        rename_bed(ward, bed, said.get(f"{LETTER}{bed.pk}", bed.letter), user, now)
    return _("Names of room %(room)s saved") % {"room": room.number}, ""


def _moved(ward: Ward, room: Room, by: int) -> list[int]:
    keys = [one.pk for one in _rooms(ward)]
    place = keys.index(room.pk) if room.pk in keys else 0
    other = min(max(place + by, 0), len(keys) - 1)
    keys.insert(other, keys.pop(place))
    return keys


def _rooms(ward: Ward) -> list[Room]:
    open_ones = Bed.objects.open().filter(room__ward=ward).values("room")
    return list(Room.objects.filter(pk__in=open_ones).order_by("position", "pk"))


def _page(
    request: HttpRequest, ward: Ward, problem: str = "", at: Room | None = None, status: int = 409
) -> HttpResponse:
    ward.refresh_from_db()
    beds: dict[int, list[Bed]] = {}
    for bed in Bed.objects.open().filter(room__ward=ward).select_related("room").order_by("letter"):
        beds.setdefault(bed.room_id, []).append(bed)
    typed = request.POST if problem else {}
    rooms = _rooms(ward)
    context: dict[str, Any] = {
        "here": "setup",
        "rooms": [
            (
                room,
                [(bed, typed.get(f"{LETTER}{bed.pk}", bed.letter)) for bed in beds[room.pk]],
                _typed(typed, room, at),
            )
            for room in rooms
        ],
        "last": len(rooms),
        "problem": problem,
        "at": at.pk if at else 0,
    }
    links = [Link(_("Room %(number)s") % {"number": at.number}, f"room-{at.pk}-name")] if at and problem else []
    context |= {"message": refused(problem, links)} if problem else {}
    return page(request, "setup_rooms.html", ward, context, status=status if problem else 200)


def _typed(typed: object, room: Room, at: Room | None) -> str:
    """The name as it was typed where it was refused, so that nothing is lost."""
    if at is not None and at.pk == room.pk and isinstance(typed, dict):
        return str(typed.get("number", room.number))
    return room.number
