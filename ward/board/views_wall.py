"""The board on a wall: a page without a person, and what is fetched of it each 15 s."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRefresh

from ward.beds.access import may_see_board
from ward.beds.models import Ward
from ward.beds.times import is_night
from ward.board.views import no_link
from ward.board.wall import columns, counts, rooms_of, wall_tile
from ward.frame import local_now, staff_only, until, ward_for
from ward.live.stream import newest_change
from ward.people.desks import desk_of
from ward.tiles.rows import rows_of_ward


@require_GET
def wall(request: HttpRequest, slug: str) -> HttpResponse:
    """The page. A shared computer of the ward shows it without a sign-in, since a screen that hangs on a wall must not
    hold anyone's session; any other browser only while someone of the ward is signed in."""
    desk = desk_of(request)
    if desk is not None and desk.ward.slug == slug:
        return _drawn(request, desk.ward)
    return _of_staff(request, slug)


@staff_only
def _of_staff(request: HttpRequest, slug: str) -> HttpResponse:
    return _drawn(request, ward_for(request, slug, may_see_board))


def _drawn(request: HttpRequest, ward: Ward) -> HttpResponse:
    """Its colours follow the clock alone: nobody stands there to choose. When night begins or ends it reloads."""
    now, is_part = local_now(), "HX-Request" in request.headers
    theme = "night" if is_night(now.time(), ward.night_from, ward.night_until) else "day"
    if is_part and request.GET.get("theme") != theme:
        return HttpResponseClientRefresh()
    newest, found = newest_change(), rows_of_ward(ward)
    tiles = [wall_tile(rows, now) for rows in found]
    context: dict[str, Any] = {
        "ward": ward,
        "rooms": [(beds, _("Room %(number)s") % {"number": room.number}) for room, beds in rooms_of(tiles)],
        "columns": columns(tiles),
        "counts": counts(tiles),
        "theme": theme,
        "since": newest,
        "now": now,
        "until": until(ward, now),
        "no_link": no_link(found),
    }
    return render(request, "wall_part.html" if is_part else "wall.html", context)
