"""What a whole ward never plays: it stands in every assignment that is made. Knows no page."""

import msgspec
from django.utils.translation import gettext as _

from messages import Rules
from ward.assignments.models import Blocked

PIECES_MOST = 500  # what never plays, on the wire


class TooManyError(Exception):
    """More pieces would be held back than a box takes; one line says what to do."""


def blocked(ward_id: int) -> frozenset[str]:
    """The pieces that this ward never plays, by hash."""
    return frozenset(Blocked.objects.filter(ward=ward_id).values_list("piece", flat=True))


def with_blocked(rules: Rules, pieces: frozenset[str]) -> Rules:
    """Rules that hold these pieces back too. Raises TooManyError."""
    missing = sorted(pieces - set(rules.never_play))
    if len(rules.never_play) + len(missing) > PIECES_MOST:
        most = {"number": PIECES_MOST}
        raise TooManyError(_("more than %(number)d pieces would be held back: let some play again") % most)
    return msgspec.structs.replace(rules, never_play=(*rules.never_play, *missing)) if missing else rules
