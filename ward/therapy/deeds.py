"""What therapists write down and hold back. Knows no page.

Every deed at a bed names the stay that its page showed: a page that is older than the stay changes nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import cast

import msgspec
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from ward.assignments import giving
from ward.assignments.blocking import blocked
from ward.assignments.models import Assignment, Blocked
from ward.assignments.stays import DeedError, held
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Bed, Ward
from ward.music.models import Piece
from ward.therapy.models import Preferences, Review

BLOCKED_MOST = 200  # leaves room on the wire for what a bed holds back itself


class TherapyVerb(StrEnum):
    """Deeds of this app that the audit has no word of its own for: it shows these."""

    REVIEWED = "reviewed"
    KEPT_PREFERENCES = "kept_preferences"
    DELETED_PREFERENCES = "deleted_preferences"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"


def keep(
    bed: Bed,
    ticks: Mapping[str, list[str]],
    lines: tuple[str, str],
    by: AbstractBaseUser,
    now: datetime,
    *,
    mark: str,
) -> None:
    """What somebody likes, in place of what was kept before. `lines`: what comforts, what hurts. Raises StaleError."""
    with transaction.atomic():
        stay = held(bed, mark)
        said = {"ticks": dict(ticks), "comforts": lines[0], "hurts": lines[1]}
        who = {"bed": bed, "written_by_id": by.pk, "written_at": now}
        Preferences.objects.update_or_create(stay=stay, defaults=said | who)
        # How much, and never what: the audit outlives the stay.
        _record(TherapyVerb.KEPT_PREFERENCES, by, now, bed=bed)


def delete(bed: Bed, by: AbstractBaseUser, now: datetime, *, mark: str) -> None:
    """Nothing is kept of what somebody likes. Raises StaleError."""
    with transaction.atomic():
        stay = held(bed, mark)
        gone, _rows = Preferences.objects.filter(stay=stay).delete()
        if gone:
            _record(TherapyVerb.DELETED_PREFERENCES, by, now, bed=bed)


def review(bed: Bed, by: AbstractBaseUser, now: datetime, *, mark: str) -> None:
    """That this person looked. Raises StaleError."""
    with transaction.atomic():
        stay = held(bed, mark)
        Review.objects.create(bed=bed, stay=stay, by_id=by.pk, at=now)
        _record(TherapyVerb.REVIEWED, by, now, bed=bed)


def hold_back(bed: Bed, piece: str, by: AbstractBaseUser, now: datetime, *, mark: str, back: bool) -> None:
    """A piece never plays at this bed, or with `back` False may play again: a new assignment under other rules, all
    else stays. Raises StaleError, DeedError for a piece that there is not, and giving.GivingError."""
    with transaction.atomic():
        held(bed, mark)
        rules = giving.rules_of(bed)
        never = [one for one in rules.never_play if one != piece] + ([piece] if back else [])
        if back and not Piece.objects.filter(pk=piece).exists():
            raise DeedError(_("There is no such piece. Nothing was changed."))
        if set(never) != set(rules.never_play):
            giving.with_rules(bed, msgspec.structs.replace(rules, never_play=tuple(never)), by, now)


def block(ward: Ward, piece: Piece, by: AbstractBaseUser, now: datetime) -> int:
    """This ward never plays the piece: beds that have it get a new assignment. Answers how many did.

    Raises DeedError where the list is full.
    """
    with transaction.atomic():
        held = blocked(ward.pk)
        if piece.pk in held:
            return 0
        if len(held) >= BLOCKED_MOST:
            raise DeedError(_("The list holds %(most)d pieces: let one play again first.") % {"most": BLOCKED_MOST})
        _row, is_new = Blocked.objects.get_or_create(ward=ward, piece=piece, defaults={"by_id": by.pk, "at": now})
        if not is_new:  # another hand in the same moment
            return 0
        _record(TherapyVerb.BLOCKED, by, now, ward=ward, piece=piece)
    beds = list(_beds_with(ward, piece.pk))
    for bed in beds:  # a transaction for each
        giving.with_rules(bed, giving.rules_of(bed), by, now)
    return len(beds)


def unblock(ward: Ward, piece: Piece, by: AbstractBaseUser, now: datetime) -> None:
    """The ward may play the piece again. Beds that hold it back keep their rules until somebody changes them."""
    with transaction.atomic():
        gone, _rows = Blocked.objects.filter(ward=ward, piece=piece).delete()
        if gone:
            _record(TherapyVerb.UNBLOCKED, by, now, ward=ward, piece=piece)


def _beds_with(ward: Ward, piece: str) -> Iterable[Bed]:
    """Beds whose music holds the piece, and whose rules do not hold it back."""
    for bed in Bed.objects.filter(room__ward=ward, stay__isnull=False).select_related("room__ward"):
        last = giving.newest(bed)
        if last is not None and last.expired_at is None and piece in _pieces(last) - set(_never(last)):
            yield bed


def _pieces(assignment: Assignment) -> set[str]:
    return {piece["sha256"] for held in assignment.message["sets"] for piece in held["pieces"]}


def _never(assignment: Assignment) -> tuple[str, ...]:
    return giving.wire(assignment).rules.never_play


def _record(
    verb: TherapyVerb,
    by: AbstractBaseUser,
    now: datetime,
    *,
    bed: Bed | None = None,
    ward: Ward | None = None,
    piece: Piece | None = None,
) -> None:
    """One row of the audit, in the transaction of the deed."""
    after = {"what": piece.title} if piece else None
    record(cast("AuditVerb", verb), by=by, bed=bed, ward=ward, after=after, now=now)
