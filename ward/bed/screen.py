"""The box's own screen on the bed's page, live: what the page asks for each second while it is seen."""

import base64
from dataclasses import asdict, dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET

from messages import Showing, unpack
from ward.beds.models import Bed
from ward.beds.times import clock
from ward.board.views import bed_for
from ward.fleet.models import Device, WatchedScreen
from ward.fleet.online import is_online
from ward.fleet.screens import can_tell, look
from ward.frame import local_now, staff_only
from ward.music.models import Playlist

LIVE = gettext_noop("Screen at the bed, live")
NO_PICTURE = {  # what the line under the glass says where there is nothing to see
    Showing.DARK: gettext_noop("Screen at the bed: dark now"),
    Showing.QUESTION: gettext_noop("The patient sees a question. It is not shown here."),
    Showing.BROKEN: gettext_noop("The screen of this box does not work."),
    Showing.NONE: gettext_noop("This box has no screen."),
}


@dataclass(frozen=True, slots=True)
class Face:
    """What the page shows: `state` for its look, the line under the glass, when it was so, the picture's label for a
    reader, and the pixels (1024 bytes in base64, empty where nothing is lit)."""

    state: str
    line: str
    time: str = ""
    label: str = ""
    light: str = "bright"
    frame: str = ""


@require_GET
@staff_only
def pulse(request: HttpRequest, bed_id: int) -> HttpResponse:
    """The screen now, as JSON; 204 where no box is. Asking says that someone looks."""
    found = bed_for(request, bed_id)
    device, now = Device.objects.filter(bed=found).first(), local_now()
    if device is None:
        return HttpResponse(status=204)
    return JsonResponse(asdict(_face(found, device, now)))


def _face(bed: Bed, device: Device, now: datetime) -> Face:
    if not is_online(device, now):
        return Face("offline", _offline(bed, device, now))
    if not can_tell(device, now):
        return Face("old", _("Update this box to see its screen here."))
    told = look(device, now)
    if told is None:
        return Face("waiting", _("Waiting for the screen of the box"))
    return _told(told, f"{now:%H:%M:%S}")


def _told(row: WatchedScreen, time: str) -> Face:
    if row.showing != Showing.PICTURE or not row.frame:
        line = _(NO_PICTURE.get(Showing(row.showing), NO_PICTURE[Showing.DARK]))
        return Face(row.showing, line, time, line)
    label = _("Screen: %(words)s") % {"words": ", ".join(row.words)} if row.words else _("Screen at the bed")
    return Face("picture", _(LIVE), time, label, row.light, base64.b64encode(unpack(row.frame)).decode())


def _offline(bed: Bed, device: Device, now: datetime) -> str:
    """Since when, and which playlist stood there, if it was this patient's."""
    if device.contact_at is None:
        return _("Box has never connected.")
    since = _("Offline since %(time)s.") % {"time": clock(device.contact_at, now)}
    is_theirs = bed.stay_since is not None and device.now_at is not None and device.now_at >= bed.stay_since
    label = Playlist.objects.filter(slug=device.now_playlist).values_list("label", flat=True).first()
    if not (is_theirs and label):
        return since
    seen = _("Last seen: %(name)s.") % {"name": label}
    return f"{since} {seen}"
