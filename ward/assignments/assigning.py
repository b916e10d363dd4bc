"""Assigns music to a bed, restores what it had, ends its stay. Every action is a new whole version; knows no broker."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

import msgspec
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Min
from django.utils.translation import gettext as _

import messages
from messages import PlaylistRef, Rules, TrackRef
from ward.assignments.blocking import TooManyError, blocked, with_blocked
from ward.assignments.defaults import defaults_of
from ward.assignments.models import PURGED, Assignment
from ward.assignments.restoring import refusal
from ward.audit.before_after import sides
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.changes import changed
from ward.beds.models import Bed, Ward
from ward.fleet.models import Device
from ward.music.models import Playlist

AHEAD_MOST = 10_000  # versions that a box may be ahead of a ward restored from a backup: years of assigning
AHEAD_LAST = 2**30  # half of all numbers: a box that claims later ones again and again leaves people the other half


@dataclass(frozen=True, slots=True)
class _Content:
    """What one version says; no stay and no playlists is a reset, a stay without playlists the standard music of one
    whose assignment expired at `ran_out_at`."""

    stay: str | None
    playlists: tuple[PlaylistRef, ...]
    rules: Rules
    ran_out_at: datetime | None = None
    restored: bool = False
    other_bed: int | None = None


_RESET = _Content(None, (), Rules())


class AssigningError(Exception):
    """This cannot be assigned; one line says why and what to do."""


class LateError(AssigningError):
    """It could be done once, as an old page may still say; one line says why no more."""


class ChangedError(Exception):
    """Someone, or a second tap, was quicker: the bed's newest assignment is not the one that the page showed."""

    def __init__(self, newest: Assignment | None) -> None:
        super().__init__()
        self.newest = newest


def assign(
    bed: Bed,
    playlists: Sequence[Playlist],
    by: AbstractBaseUser | None,
    now: datetime,
    *,
    rules: Rules | None = None,
    action: AuditVerb = AuditVerb.ASSIGNED,
    seen: int | None = None,
) -> Assignment:
    """The bed's new assignment: these playlists in this order. Opens a stay where the bed has none.

    `rules`: with their own end; None keeps those of the stay and lets them end as the ward's defaults say. The night is
    always the ward's. `seen`: the version that the page showed, 0 for none; None checks nothing. Raises AssigningError
    where the bed is closed, or there is nothing to play or too much to offer, ChangedError where another version is the
    newest by now.
    """
    travelling = tuple(playlist_ref(playlist) for playlist in playlists)
    if not travelling:
        raise AssigningError(_("there is no playlist to assign: select at least one, or discharge the bed"))
    with transaction.atomic():
        lock(bed)
        if not is_open(bed):
            raise AssigningError(_("this bed is closed: choose another bed"))
        if seen is not None:
            _check_seen(bed, seen)
        kept = rules or _kept_rules(bed, now)
        content = _Content(bed.stay or secrets.token_hex(16), travelling, with_night_of(bed.room.ward_id, kept))
        return _issue_for(action, bed, content, by, now)


def with_rules(
    bed: Bed, rules: Rules, by: AbstractBaseUser | None, now: datetime, action: AuditVerb = AuditVerb.CHANGED_SETTINGS
) -> Assignment:
    """The bed's playlists under these rules, with the end that they name. `action`: as the activity log calls it.
    Raises AssigningError where the bed has no playlists."""
    with transaction.atomic():
        lock(bed)
        content = _content(newest(bed), now)
        if not content.playlists:
            raise AssigningError(_("this bed has standard music only: assign playlists first"))
        content = replace(content, rules=with_night_of(bed.room.ward_id, rules))
        return _issue_for(action, bed, content, by, now)


def add(bed: Bed, playlist: Playlist, by: AbstractBaseUser | None, now: datetime, action: AuditVerb) -> Assignment:
    """One playlist more for a bed that was assigned some. Nothing else changes: playlists, rules, and when they end.

    Raises AssigningError where the bed has no valid assignment, or no room for one more.
    """
    added = playlist_ref(playlist)
    with transaction.atomic():
        lock(bed)
        last = newest(bed)
        if last is None or last.stay is None or _ran_out_at(last, now) is not None:
            raise AssigningError(_("this bed has standard music only: assign playlists on its own page"))
        message = wire(last)
        rules = with_night_of(bed.room.ward_id, message.rules)
        return _issue_for(action, bed, _Content(message.stay, (*message.playlists, added), rules), by, now)


def put_back(bed: Bed, by: AbstractBaseUser | None, now: datetime, version: int | None = None) -> Assignment | None:
    """What the bed had before its newest assignment, as a new version; a reset where it had nothing. It ends when it
    would have ended; what has expired meanwhile stays standard music.

    `version`: the one to undo; where another is the newest by now (a second tap), that one is returned unchanged.
    None: the bed was never assigned anything. What was purged meanwhile cannot be restored: nothing changes. Raises
    LateError where a discharge was too long ago, and where the stay was moved to or from another bed.
    """
    with transaction.atomic():
        lock(bed)
        last = newest(bed)
        if last is None or (version is not None and last.version != version) or not is_open(bed):
            return last
        before = before_of(last)
        if why_not := refusal(last, before, now):
            raise LateError(why_not)
        if before is not None and before.stay == PURGED:
            return last
        content = replace(_content(before, now), restored=True)
        return _issue_for(AuditVerb.RESTORED, bed, content, by, now)


def before_of(last: Assignment) -> Assignment | None:
    """What the bed had before someone assigned this one; None where it had nothing."""
    return Assignment.objects.filter(bed=last.bed_id, version=last.before).first() if last.before else None


def discharge(bed: Bed, by: AbstractBaseUser | None, now: datetime) -> Assignment:
    """Ends the stay: the box forgets assignment, resume point and last choice, and proves it by a reset entry."""
    with transaction.atomic():
        lock(bed)
        return _issue_for(AuditVerb.DISCHARGED, bed, _RESET, by, now)


def hand_over(bed: Bed, target: Bed, by: AbstractBaseUser | None, now: datetime) -> Assignment:
    """The bed's stay and its music at `target`, under that ward's night and excluded tracks, and a reset where it was.
    Both beds are held, `target` is open and empty (ward.assignments.moving). It ends when it would have ended. Raises
    AssigningError where more tracks would be excluded than a box takes."""
    content, since = _content(newest(bed), now), bed.stay_since
    if content.playlists:
        content = replace(content, rules=with_night_of(target.room.ward_id, content.rules))
    made = _issue(target, replace(content, stay=bed.stay, other_bed=bed.pk), by, now)
    target.stay_since = since
    target.save(update_fields=["stay_since"])
    _issue(bed, replace(_RESET, other_bed=target.pk), by, now)
    return made


def issue_again(bed: Bed, now: datetime) -> Assignment:
    """The newest assignment under a fresh version, for a box that has something else under that number; a reset where
    the bed was never assigned anything. Keeps who assigned it, what was before and when it ends; what has
    expired stays expired."""
    with transaction.atomic():
        lock(bed)
        last = newest(bed)
        made = _issue(bed, _content(last, now), last.assigned_by if last else None, now)
        if last is not None:
            made.assigned_at, made.before, made.restored = last.assigned_at, last.before, last.restored
            made.other_bed_id = last.other_bed_id
            made.save(update_fields=["assigned_at", "before", "restored", "other_bed"])
        return made


def newest(bed: Bed) -> Assignment | None:
    """The assignment that counts."""
    return Assignment.objects.filter(bed=bed).select_related("assigned_by").order_by("-version").first()


def is_believable(version: int, last: Assignment | None) -> bool:
    """Whether a box of this bed can have that version. Where it cannot, nothing that is assigned reaches it, and
    assigning it again would never end."""
    known = last.version if last else 0
    return version <= max(known, min(known + AHEAD_MOST, AHEAD_LAST))


def is_stale(assignment: Assignment, now: datetime) -> bool:
    """Whether its playlists have expired: not to be sent, for a box that does not know the time would play them."""
    return bool(assignment.message["playlists"]) and _ran_out_at(assignment, now) is not None


def wire(assignment: Assignment) -> messages.Assignment:
    """The message as it travels."""
    return msgspec.convert(assignment.message, messages.Assignment)


def playlist_ref(playlist: Playlist) -> PlaylistRef:
    """A playlist as it travels. Raises AssigningError for a playlist without tracks."""
    places = playlist.places.select_related("track").order_by("place")
    tracks = tuple(TrackRef(sha256=p.track.sha256, title=p.track.title, seconds=p.track.seconds) for p in places)
    if not tracks:
        raise AssigningError(_("%(playlist)s has no tracks: choose another playlist") % {"playlist": playlist.title})
    return PlaylistRef(
        slug=playlist.slug,
        title=playlist.title,
        label=playlist.label,
        purpose=playlist.purpose,
        arc=playlist.arc,
        tracks=tracks,
    )


def lock(bed: Bed) -> None:
    """Holds the bed until the transaction's end and reads it afresh. An UPDATE that changes nothing does so on
    PostgreSQL and on SQLite alike, which ignores SELECT FOR UPDATE."""
    Bed.objects.filter(pk=bed.pk).update(stay=F("stay"))
    bed.refresh_from_db(fields=["stay", "stay_since", "closed_at"])


def is_open(bed: Bed) -> bool:
    """Whether the bed may be worked at; hold it with `lock` before."""
    return bed.closed_at is None and not Ward.objects.filter(pk=bed.room.ward_id).exclude(closed_at=None).exists()


def rules_of(bed: Bed, last: Assignment | None = None) -> Rules:
    """The rules of the bed's stay, also where its music has expired. After a discharge the next patient begins with the
    ward's defaults. `last`: the newest assignment, where it is read already."""
    if bed.stay is None:
        return defaults_of(bed.room.ward_id).rules
    if last is not None and last.stay == bed.stay and last.message["playlists"]:
        return wire(last).rules
    of_stay = Assignment.objects.filter(stay=bed.stay).order_by("-assigned_at", "-version")
    assigned = next((row for row in of_stay.iterator() if row.message["playlists"]), None)
    return defaults_of(bed.room.ward_id).rules if assigned is None else wire(assigned).rules


def with_night_of(ward_id: int, rules: Rules) -> Rules:
    """The rules with the ward's night: no one types it a second time."""
    begins, ends = Ward.objects.values_list("night_from", "night_until").get(pk=ward_id)
    return msgspec.structs.replace(rules, night_begins=_minutes(begins), night_ends=_minutes(ends))


def _kept_rules(bed: Bed, now: datetime) -> Rules:
    ends = now + timedelta(days=defaults_of(bed.room.ward_id).days)
    return msgspec.structs.replace(rules_of(bed), expires_at=ends.astimezone(UTC))


def _check_seen(bed: Bed, seen: int) -> None:
    """The bed is locked: of two people at once the second finds what the first one did."""
    last = newest(bed)
    if seen != (last.version if last else 0):
        raise ChangedError(last)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _content(assignment: Assignment | None, now: datetime) -> _Content:
    """What an assignment says at `now`; a reset where there is none."""
    if assignment is None:
        return _RESET
    message, ran_out_at = wire(assignment), _ran_out_at(assignment, now)
    if ran_out_at is not None:
        return _Content(message.stay, (), Rules(), ran_out_at)
    return _Content(message.stay, message.playlists, message.rules)


def _ran_out_at(assignment: Assignment, now: datetime) -> datetime | None:
    """When its time ran out, by the box's entry or, until that comes, by the clock; None while it has time."""
    ends = wire(assignment).rules.expires_at
    return assignment.expired_at or (ends if ends is not None and ends <= now else None)


def _issue_for(verb: AuditVerb, bed: Bed, content: _Content, by: AbstractBaseUser | None, now: datetime) -> Assignment:
    """Writes the next version and the action that it comes of."""
    last = newest(bed)
    made = _issue(bed, content, by, now)
    before, after = sides(last.message if last else None, made.message)
    record(verb, by=by, bed=bed, before=before, after=after, now=now)
    return made


def _issue(bed: Bed, content: _Content, by: AbstractBaseUser | None, now: datetime) -> Assignment:
    """Writes the next version. The bed is locked, so that no two people take the same number."""
    last = newest(bed)
    message = _message(_next_version(bed, last), _without_blocked(bed, content), now)
    if content.stay != bed.stay:
        bed.stay, bed.stay_since = content.stay, _since(content.stay, now)
        bed.save(update_fields=["stay", "stay_since"])
    made = Assignment.objects.create(
        bed=bed,
        version=message.version,
        stay=content.stay,
        message=msgspec.to_builtins(message),
        digest=messages.assignment_digest(message),
        assigned_by_id=by.pk if by else None,
        assigned_at=now,
        before=last.version if last else None,
        restored=content.restored,
        other_bed_id=content.other_bed,
        expired_at=content.ran_out_at,
    )
    changed([bed.pk])
    return made


def _since(stay: str | None, now: datetime) -> datetime | None:
    """When a stay began: one that is restored goes on, and began with its first assignment."""
    if stay is None:
        return None
    begun = Assignment.objects.filter(stay=stay).aggregate(first=Min("assigned_at"))["first"]
    return begun or now


def _without_blocked(bed: Bed, content: _Content) -> _Content:
    """However music is assigned: what the ward excludes is excluded."""
    if not content.playlists:
        return content
    try:
        return replace(content, rules=with_blocked(content.rules, blocked(bed.room.ward_id)))
    except TooManyError as error:
        raise AssigningError(str(error)) from error


def _message(version: int, content: _Content, now: datetime) -> messages.Assignment:
    """Checked against the wire's bounds here, where a person can fix it, and not at the box."""
    made = messages.Assignment(
        version=version,
        stay=content.stay,
        assigned_at=now.astimezone(UTC),
        playlists=content.playlists,
        rules=content.rules,
    )
    try:
        return messages.decode(messages.Assignment, messages.encode(made))
    except messages.MessageError as error:
        raise AssigningError(
            _("these playlists cannot be assigned (%(why)s): select at most 12") % {"why": error}
        ) from error


def _next_version(bed: Bed, last: Assignment | None) -> int:
    """One more than the ward knows of, or than the box says it has. A box that says a number which no one can have
    assigned is broken, or something else spoke for it: it must not use up the bed's numbers, which end at 2^31."""
    known = last.version if last else 0
    on_box = Device.objects.filter(bed=bed).values_list("assignment_version", flat=True).first() or 0
    return (max(known, on_box) if is_believable(on_box, last) else known) + 1
