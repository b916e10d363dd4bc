"""The stay that a page showed: a page that is older than the stay changes nothing. Knows no page."""

import hashlib

from django.utils.translation import gettext as _

from ward.assignments.assigning import before_of, lock, newest
from ward.assignments.restoring import went_line
from ward.beds.models import Bed


class ActionError(Exception):
    """Nothing was changed; the text is one line that says why and what to do."""


class StaleError(ActionError):
    """What the page showed is no longer so."""


def mark_of(bed: Bed) -> str:
    """Tells one stay of a bed from another on a page, and says nothing of it; empty between stays."""
    return _mark(bed.stay)


def held(bed: Bed, mark: str) -> str:
    """The bed's stay, held until the transaction's end. Raises StaleError where the page showed another one."""
    lock(bed)
    if bed.stay is None or mark != mark_of(bed):
        raise StaleError(_gone(bed, mark))
    return bed.stay


def _gone(bed: Bed, mark: str) -> str:
    """What became of the stay that the page showed."""
    last = newest(bed)
    before = before_of(last) if last is not None and last.stay is None and last.other_bed_id is not None else None
    if before is not None and mark and mark == _mark(before.stay):
        nothing = _("Nothing was changed.")
        return f"{went_line(bed, before.stay)} {nothing}"
    return _("The stay shown on this page has ended. Nothing was changed.")


def _mark(stay: str | None) -> str:
    return hashlib.blake2s(stay.encode(), digest_size=8).hexdigest() if stay else ""
