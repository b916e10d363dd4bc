"""What a new assignment changed, in one line: playlists added and removed, settings that changed. Pure."""

from collections.abc import Sized

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ward.assignments.assigning import wire
from ward.assignments.models import Assignment
from ward.bed.rules_words import changes
from ward.beds.models import Bed


def changed_line(newest: Assignment, before: Assignment | None) -> str:
    """Against what the bed had before; empty where it had nothing, for then all of it is new."""
    if before is None or before.stay != newest.stay or before.expired_at is not None:
        return ""
    was, now = wire(before), wire(newest)
    titles_was = {held.slug: held.title for held in was.playlists}
    titles_now = {held.slug: held.title for held in now.playlists}
    come = [title for slug, title in titles_now.items() if slug not in titles_was]
    gone = [title for slug, title in titles_was.items() if slug not in titles_now]
    parts = [_("New: %(playlists)s.") % {"playlists": ", ".join(come)}] if come else []
    parts += [_("Removed: %(playlists)s.") % {"playlists": ", ".join(gone)}] if gone else []
    return " ".join([*parts, *changes(was.rules, now.rules)])


def undone_line(bed: Bed, newest: Assignment, undone: Assignment | None, playlists: Sized) -> str:
    """What stands again after an undo; empty where the newest assignment is none."""
    if not newest.restored:
        return ""
    facts = {"bed": bed, "number": len(playlists)}
    again = _("Bed %(bed)s has standard music only, as before.") % facts
    if playlists:
        line = ngettext(
            "Bed %(bed)s has its previous playlist again.",
            "Bed %(bed)s has its %(number)d previous playlists again.",
            len(playlists),
        )
        again = line % facts
    goes_on = undone is not None and undone.stay is None and newest.stay is not None
    return " ".join([_("The stay continues."), again] if goes_on else [again])
