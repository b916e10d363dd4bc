"""What a whole ward never plays: it stands in every assignment that is made. Knows no page."""

import msgspec
from django.utils.translation import gettext as _

from messages import Rules
from ward.assignments.models import Blocked

TRACKS_MOST = 500  # what never plays, on the wire


class TooManyError(Exception):
    """More tracks would be held back than a box takes; one line says what to do."""


def blocked(ward_id: int) -> frozenset[str]:
    """The tracks that this ward never plays, by hash."""
    return frozenset(Blocked.objects.filter(ward=ward_id).values_list("track", flat=True))


def with_blocked(rules: Rules, tracks: frozenset[str]) -> Rules:
    """Rules that hold these tracks back too. Raises TooManyError."""
    missing = sorted(tracks - set(rules.never_play))
    if len(rules.never_play) + len(missing) > TRACKS_MOST:
        most = {"number": TRACKS_MOST}
        raise TooManyError(_("more than %(number)d tracks would be excluded: allow some again") % most)
    return msgspec.structs.replace(rules, never_play=(*rules.never_play, *missing)) if missing else rules
