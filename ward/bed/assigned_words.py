"""What a new assignment changed, in one line: playlists added and removed, settings that changed. Pure."""

from django.utils.translation import gettext as _

from ward.assignments.assigning import wire
from ward.assignments.models import Assignment
from ward.bed.rules_words import changes


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
