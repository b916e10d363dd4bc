"""What therapists write down and hold back. Knows no page.

Every action at a bed names the stay that its page showed: a page that is older than the stay changes nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from ward.assignments import assigning
from ward.assignments.blocking import blocked
from ward.assignments.models import Assignment, Blocked
from ward.assignments.stays import ActionError, held
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Bed, Ward
from ward.music.models import Track
from ward.therapy.models import Preferences, Review

BLOCKED_MOST = 200  # leaves room on the wire for what a bed holds back itself


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
        _record(AuditVerb.RECORDED_PREFERENCES, by, now, bed=bed)


def delete(bed: Bed, by: AbstractBaseUser, now: datetime, *, mark: str) -> None:
    """Nothing is kept of what somebody likes. Raises StaleError."""
    with transaction.atomic():
        stay = held(bed, mark)
        gone, _rows = Preferences.objects.filter(stay=stay).delete()
        if gone:
            _record(AuditVerb.DELETED_PREFERENCES, by, now, bed=bed)


def review(bed: Bed, by: AbstractBaseUser, now: datetime, *, mark: str) -> None:
    """That this person looked. Raises StaleError."""
    with transaction.atomic():
        stay = held(bed, mark)
        Review.objects.create(bed=bed, stay=stay, by_id=by.pk, at=now)
        _record(AuditVerb.REVIEWED, by, now, bed=bed)


def hold_back(bed: Bed, track: str, by: AbstractBaseUser, now: datetime, *, mark: str, back: bool) -> None:
    """A track never plays at this bed, or with `back` False may play again: a new assignment under other rules, all
    else stays. Raises StaleError, ActionError for a track that there is not, and assigning.AssigningError."""
    with transaction.atomic():
        held(bed, mark)
        rules = assigning.rules_of(bed)
        never = [one for one in rules.never_play if one != track] + ([track] if back else [])
        if back and not Track.objects.filter(pk=track).exists():
            raise ActionError(_("There is no such track. Nothing was changed."))
        if set(never) != set(rules.never_play):
            assigning.with_rules(bed, msgspec.structs.replace(rules, never_play=tuple(never)), by, now)


def block(ward: Ward, track: Track, by: AbstractBaseUser, now: datetime) -> int:
    """This ward never plays the track: beds that have it get a new assignment. Answers how many did.

    Raises ActionError where the list is full.
    """
    with transaction.atomic():
        held = blocked(ward.pk)
        if track.pk in held:
            return 0
        if len(held) >= BLOCKED_MOST:
            raise ActionError(_("The list holds %(most)d tracks: let one play again first.") % {"most": BLOCKED_MOST})
        _row, is_new = Blocked.objects.get_or_create(ward=ward, track=track, defaults={"by_id": by.pk, "at": now})
        if not is_new:  # another hand in the same moment
            return 0
        _record(AuditVerb.EXCLUDED_TRACK, by, now, ward=ward, track=track)
    beds = list(_beds_with(ward, track.pk))
    for bed in beds:  # a transaction for each
        assigning.with_rules(bed, assigning.rules_of(bed), by, now)
    return len(beds)


def unblock(ward: Ward, track: Track, by: AbstractBaseUser, now: datetime) -> None:
    """The ward may play the track again. Beds that hold it back keep their rules until somebody changes them."""
    with transaction.atomic():
        gone, _rows = Blocked.objects.filter(ward=ward, track=track).delete()
        if gone:
            _record(AuditVerb.ALLOWED_TRACK, by, now, ward=ward, track=track)


def _beds_with(ward: Ward, track: str) -> Iterable[Bed]:
    """Beds whose music holds the track, and whose rules do not hold it back."""
    for bed in Bed.objects.filter(room__ward=ward, stay__isnull=False).select_related("room__ward"):
        last = assigning.newest(bed)
        if last is not None and last.expired_at is None and track in _tracks(last) - set(_never(last)):
            yield bed


def _tracks(assignment: Assignment) -> set[str]:
    return {track["sha256"] for held in assignment.message["playlists"] for track in held["tracks"]}


def _never(assignment: Assignment) -> tuple[str, ...]:
    return assigning.wire(assignment).rules.never_play


def _record(
    verb: AuditVerb,
    by: AbstractBaseUser,
    now: datetime,
    *,
    bed: Bed | None = None,
    ward: Ward | None = None,
    track: Track | None = None,
) -> None:
    """One row of the audit, in the transaction of the action."""
    after = {"what": track.title} if track else None
    record(verb, by=by, bed=bed, ward=ward, after=after, now=now)
