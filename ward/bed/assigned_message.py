"""The message over a bed's delivery: assigned, with 30 s to undo it, or undone. Reads rows, writes none."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ward.assignments.models import PURGED, Assignment
from ward.bed.assigned_words import undone_line
from ward.bed.moved import Moved
from ward.beds.models import Bed
from ward.beds.times import clock, seconds_clock
from ward.message import Button, Kind, Message, seconds_left
from ward.tiles.status import Face

UNDO_FOR = timedelta(seconds=30)
NEWS_FOR = timedelta(minutes=5)  # later, the page only shows the delivery
CHOICE_KEPT_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks at the page, and when."""

    user: User
    may_assign: bool
    now: datetime

    def is_news(self, newest: Assignment) -> bool:
        """Whether this person has just done it."""
        return newest.assigned_by == self.user and self.now - newest.assigned_at < NEWS_FOR


@dataclass(frozen=True, slots=True)
class ChoiceKept:
    """What was undone, to be looked at once more: clock times, and where it is ticked again."""

    chosen: str
    until: str
    address: str


def message_of(
    bed: Bed, newest: Assignment, before: Assignment | None, looking: Looking, *, playing: str
) -> Message | None:
    """None where nothing was done just now. An undo is said for as long as it is what stands."""
    if newest.restored:
        return _undone(bed, newest, before, looking)
    if newest.stay is None or newest.other_bed_id or not looking.is_news(newest):
        return None
    return _assigned(bed, newest, before, looking, playing)


def moved_message(bed: Bed, newest: Assignment, moved: Moved, looking: Looking, mark: str) -> Message | None:
    """For who has just moved the stay; it can be moved back for as long as that bed is free. `mark`: of the stay."""
    if not looking.is_news(newest):
        return None
    sentence = _("The patient presses PLAY at bed %(bed)s to go on.") % {"bed": bed}
    if not (moved.back and looking.may_assign):
        return Message(moved.heading, sentence)
    word = _("Move back to bed %(bed)s") % {"bed": moved.origin}
    fields = (("stay", mark), ("bed", str(moved.origin.pk)))
    back = Button(word, reverse("history_move", args=[bed.pk]), fields, "undo", sent_once=True)
    return Message(moved.heading, sentence, Kind.CAN_UNDO, (back,))


def choice_kept(bed: Bed, newest: Assignment, before: Assignment | None, looking: Looking) -> ChoiceKept | None:
    """For who has undone their own choice; the page of the bed ticks it again, and assigns nothing."""
    is_mine = before is not None and before.assigned_by == looking.user and looking.is_news(newest)
    slugs = [one["slug"] for one in (before.message.get("playlists") or ())] if before and is_mine else []
    if before is None or not slugs or not newest.restored or not looking.may_assign:
        return None
    until = before.assigned_at + CHOICE_KEPT_FOR
    if until <= looking.now:
        return None
    address = f"{reverse('assign', args=[bed.pk])}?{urlencode({'playlist': slugs}, doseq=True)}"
    return ChoiceKept(clock(before.assigned_at, looking.now), clock(until, looking.now), address)


def playing(face: Face) -> str:
    """The title of what sounds at the bed now; empty in silence."""
    return face.second if face.sound else ""


def _assigned(bed: Bed, newest: Assignment, before: Assignment | None, looking: Looking, playing: str) -> Message:
    number = len(newest.message.get("playlists") or ())
    line = ngettext(
        "Assigned to bed %(bed)s: %(number)d playlist", "Assigned to bed %(bed)s: %(number)d playlists", number
    )
    head = line % {"bed": bed, "number": number}
    goes_on = _("%(playlist)s keeps playing.") % {"playlist": playing} if playing else ""
    undo_s = _undo_s(newest, before, looking)
    if not undo_s:
        return Message(head, goes_on)
    undo = Button(_("Undo"), reverse("put_back", args=[bed.pk]), (("version", str(newest.version)),), "undo", True)
    limit = _("You have 30 seconds to undo.")
    return Message(head, goes_on, Kind.CAN_UNDO, (undo,), undo_s=undo_s, until_undone=limit)


def _undone(bed: Bed, newest: Assignment, before: Assignment | None, looking: Looking) -> Message:
    at = newest.applied_at
    confirmed = _("The box confirmed at %(time)s.") % {"time": seconds_clock(at, looking.now)} if at else ""
    stands = undone_line(bed, newest, before, newest.message.get("playlists") or ())
    again = Button(_("Assign music"), reverse("assign", args=[bed.pk]))
    return Message(
        _("Undone"),
        " ".join(filter(None, (stands, confirmed))),
        Kind.UNDONE,
        (again,) if looking.may_assign else (),
        takes_focus=looking.is_news(newest),
    )


def _undo_s(newest: Assignment, before: Assignment | None, looking: Looking) -> int:
    """An assignment whose stay before was deleted cannot be undone."""
    if not looking.may_assign or (before is not None and before.stay == PURGED):
        return 0
    return seconds_left((UNDO_FOR - (looking.now - newest.assigned_at)).total_seconds())
