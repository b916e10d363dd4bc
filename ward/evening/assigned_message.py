"""The message over what came of evening playlists: assigned, with 30 s to undo it, or undone. Reads no row."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ward.assignments.models import Evening
from ward.message import Button, Kind, Message, seconds_left

UNDO_FOR = timedelta(seconds=30)
NEWS_FOR = timedelta(minutes=5)


def message_of(evening: Evening, beds: int, user: User, now: datetime) -> Message:
    """`beds`: how many got the playlist."""
    is_news = evening.assigned_by_id == user.pk and now - (evening.undone_at or evening.assigned_at) < NEWS_FOR
    if evening.undone_at is not None:
        stands = _("Each bed has its previous playlists again. Beds changed since then were left as they are.")
        return Message(_("Undone"), stands, Kind.UNDONE, takes_focus=is_news)
    if not beds:
        return Message(_("Nothing was assigned"), _("The reasons are below."), Kind.REFUSED, takes_focus=is_news)
    line = ngettext("Assigned to %(number)d bed", "Assigned to %(number)d beds", beds) % {"number": beds}
    sleep = _("SLEEP will start %(playlist)s.") % {"playlist": evening.title}
    undo_s = seconds_left((UNDO_FOR - (now - evening.assigned_at)).total_seconds()) if is_news else 0
    if not undo_s:
        return Message(line, sleep, takes_focus=is_news)
    address = reverse("evening_undo", args=[evening.ward.slug])
    undo = Button(_("Undo"), address, (("of", str(evening.pk)),), "undo")
    limit = _("You have 30 seconds to undo.")
    return Message(line, sleep, Kind.CAN_UNDO, (undo,), undo_s=undo_s, until_undone=limit)
