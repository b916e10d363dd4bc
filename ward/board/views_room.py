"""Stopping a whole room, and its page: whether each box confirmed, and Stop once more for one that did not."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from messages.wire import Playing, Verb
from ward.beds.access import may_see_board, may_stop
from ward.beds.models import Bed, Room, Ward
from ward.board.stopped_message import Stops, is_waiting, message_of
from ward.board.views import tile_of
from ward.fleet.commands import OF_THE_BED, ask
from ward.fleet.models import Command, Device
from ward.frame import local_now, page, person, staff_only, ward_for
from ward.live.stream import newest_change
from ward.people.typed import number
from ward.tiles.rows import rows_of_ward

TOLD_FOR = timedelta(minutes=30)  # older Stops are no news of the room


@require_POST
@staff_only
def stop_room(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks every box of one room that plays to stop; the room's page says what became of it."""
    ward = ward_for(request, slug, may_see_board)
    if not may_stop(person(request), ward):
        raise PermissionDenied
    room = Room.objects.filter(ward=ward, number=request.POST.get("room", "")).first()
    if room is None:
        return redirect("ward", slug=slug)
    for device in Device.objects.filter(bed__room=room).exclude(playing=Playing.SILENT):
        ask(device, Verb.SILENCE, person(request), timezone.now())
    return redirect("room", slug=slug, room_id=room.pk)


@require_GET
@staff_only
def room(request: HttpRequest, slug: str, room_id: int) -> HttpResponse:
    """The room's beds, under what became of stopping it."""
    ward, found = _room(request, slug, room_id)
    since = newest_change()  # before the rows are read: what changes in between is told again, never missed
    stops = may_stop(person(request), ward)
    tiles = [tile_of(rows, stops) for rows in rows_of_ward(ward) if rows.bed.room_id == found.pk]
    context = _said(found, local_now()) | {"here": "board", "since": since, "tiles": tiles}
    return page(request, "room.html", ward, context)


@require_GET
@staff_only
def room_pulse(request: HttpRequest, slug: str, room_id: int) -> HttpResponse:
    """The message alone, while a box may still confirm."""
    _ward, found = _room(request, slug, room_id)
    return render(request, "room_message.html", _said(found, local_now()))


def _room(request: HttpRequest, slug: str, room_id: int) -> tuple[Ward, Room]:
    ward = ward_for(request, slug, may_see_board)
    found = Room.objects.filter(ward=ward, pk=number(str(room_id)) or 0).first()
    if found is None:
        raise Http404
    return ward, found


def _said(found: Room, now: datetime) -> dict[str, object]:
    asked = _asked(found, now)
    return {
        "room": found,
        "ward": found.ward,
        "message": message_of(found, asked, now),
        "waits": is_waiting(asked, now),
    }


def _asked(found: Room, now: datetime) -> Stops:
    """The newest Stop of each bed, of this room or of the bed alone."""
    newest: dict[int, tuple[Bed, Command]] = {}
    wanted = Command.objects.filter(device__bed__room=found, verb__in=OF_THE_BED, issued_at__gt=now - TOLD_FOR)
    for command in wanted.select_related("device__bed__room").order_by("issued_at"):
        if (bed := command.device.bed) is not None:
            newest[bed.pk] = (bed, command)
    return sorted(newest.values(), key=lambda one: one[0].letter)
