"""What a whole ward excludes: it is in every assignment that is made. Knows no page."""

import msgspec
from django.utils.translation import gettext as _

from messages import Rules
from ward.assignments.models import Blocked

TRACKS_MOST = 500  # excluded tracks, on the wire


class TooManyError(Exception):
    """More tracks would be excluded than a box takes; one line says what to do."""


def blocked(ward_id: int) -> frozenset[str]:
    """The tracks that this ward excludes, by hash."""
    return frozenset(Blocked.objects.filter(ward=ward_id).values_list("track", flat=True))


def with_blocked(rules: Rules, tracks: frozenset[str]) -> Rules:
    """Rules that exclude these tracks too. Raises TooManyError."""
    missing = sorted(tracks - set(rules.never_play))
    if len(rules.never_play) + len(missing) > TRACKS_MOST:
        most = {"number": TRACKS_MOST}
        raise TooManyError(_("more than %(number)d tracks would be excluded: allow some again") % most)
    return msgspec.structs.replace(rules, never_play=(*rules.never_play, *missing)) if missing else rules
