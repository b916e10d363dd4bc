"""What therapists record and exclude. Knows no page.

Every action at a bed names the stay that its page showed, so that an old page cannot change the next patient's stay.
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

BLOCKED_MOST = 200  # leaves room in the message for the tracks that a bed excludes itself


def keep(
    bed: Bed,
    ticks: Mapping[str, list[str]],
    lines: tuple[str, str],
    by: AbstractBaseUser,
    now: datetime,
    *,
    mark: str,
) -> None:
    """Replaces the preferences of a stay. `lines`: free text on what is comforting, and on what is upsetting. Raises
    StaleError."""
    with transaction.atomic():
        stay = held(bed, mark)
        said = {"ticks": dict(ticks), "comforts": lines[0], "hurts": lines[1]}
        who = {"bed": bed, "written_by_id": by.pk, "written_at": now}
        Preferences.objects.update_or_create(stay=stay, defaults=said | who)
        # How much, and never what: the audit outlives the stay.
        _record(AuditVerb.RECORDED_PREFERENCES, by, now, bed=bed)


def delete(bed: Bed, by: AbstractBaseUser, now: datetime, *, mark: str) -> None:
    """Deletes the preferences of a stay. Raises StaleError."""
    with transaction.atomic():
        stay = held(bed, mark)
        gone, _rows = Preferences.objects.filter(stay=stay).delete()
        if gone:
            _record(AuditVerb.DELETED_PREFERENCES, by, now, bed=bed)


def review(bed: Bed, by: AbstractBaseUser, now: datetime, *, mark: str) -> None:
    """Records that this person reviewed the bed. Raises StaleError."""
    with transaction.atomic():
        stay = held(bed, mark)
        Review.objects.create(bed=bed, stay=stay, by_id=by.pk, at=now)
        _record(AuditVerb.REVIEWED, by, now, bed=bed)


def hold_back(bed: Bed, track: str, by: AbstractBaseUser, now: datetime, *, mark: str, back: bool) -> None:
    """Excludes a track for this bed or, with `back` False, allows it again, as a new assignment with all else
    unchanged. Raises StaleError, ActionError for an unknown track, and assigning.AssigningError."""
    with transaction.atomic():
        held(bed, mark)
        rules = assigning.rules_of(bed)
        never = [one for one in rules.never_play if one != track] + ([track] if back else [])
        if back and not Track.objects.filter(pk=track).exists():
            raise ActionError(_("Track not found. Nothing was changed."))
        if set(never) != set(rules.never_play):
            action = AuditVerb.EXCLUDED_FOR_BED if back else AuditVerb.ALLOWED_FOR_BED
            assigning.with_rules(bed, msgspec.structs.replace(rules, never_play=tuple(never)), by, now, action)


def block(ward: Ward, track: Track, by: AbstractBaseUser, now: datetime) -> int:
    """Excludes a track on this ward: beds that have it get a new assignment. Returns how many did.

    Raises ActionError if the list is full.
    """
    with transaction.atomic():
        held = blocked(ward.pk)
        if track.pk in held:
            return 0
        if len(held) >= BLOCKED_MOST:
            raise ActionError(_("The list is full (%(most)d tracks). Allow one again first.") % {"most": BLOCKED_MOST})
        _row, is_new = Blocked.objects.get_or_create(ward=ward, track=track, defaults={"by_id": by.pk, "at": now})
        if not is_new:  # someone else did it at the same time
            return 0
        _record(AuditVerb.EXCLUDED_TRACK, by, now, ward=ward, track=track)
    beds = list(_beds_with(ward, track.pk))
    for bed in beds:  # a transaction for each, so that one bed's problem does not undo the others
        assigning.with_rules(bed, assigning.rules_of(bed), by, now, AuditVerb.EXCLUDED_FOR_BED)
    return len(beds)


def unblock(ward: Ward, track: Track, by: AbstractBaseUser, now: datetime) -> None:
    """Allows a track on the ward again. Beds that exclude it keep doing so until their own rules are changed."""
    with transaction.atomic():
        gone, _rows = Blocked.objects.filter(ward=ward, track=track).delete()
        if gone:
            _record(AuditVerb.ALLOWED_TRACK, by, now, ward=ward, track=track)


def _beds_with(ward: Ward, track: str) -> Iterable[Bed]:
    """Beds whose playlists contain the track and whose rules do not exclude it."""
    for bed in Bed.objects.open().filter(room__ward=ward, stay__isnull=False).select_related("room__ward"):
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
    """Writes one row of the audit, in the transaction of the action."""
    after = {"what": track.title} if track else None
    record(verb, by=by, bed=bed, ward=ward, after=after, now=now)
