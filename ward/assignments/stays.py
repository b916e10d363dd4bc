"""The stay that a page showed: a page that is older than the stay changes nothing. Knows no page."""

import hashlib

from django.utils.translation import gettext as _

from ward.assignments.assigning import lock
from ward.beds.models import Bed


class ActionError(Exception):
    """Nothing was changed; the text is one line that says why and what to do."""


class StaleError(ActionError):
    """What the page showed is no longer so."""


def mark_of(bed: Bed) -> str:
    """Tells one stay of a bed from another on a page, and says nothing of it; empty between stays."""
    return hashlib.blake2s(bed.stay.encode(), digest_size=8).hexdigest() if bed.stay else ""


def held(bed: Bed, mark: str) -> str:
    """The bed's stay, held until the transaction's end. Raises StaleError where the page showed another one."""
    lock(bed)
    if bed.stay is None or mark != mark_of(bed):
        raise StaleError(_("The stay shown on this page has ended. Nothing was changed."))
    return bed.stay
