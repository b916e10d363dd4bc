"""Moves a stay to another bed: its music, settings, notes and preferences. What happened at a bed stays there. Knows no
page; whoever asks has checked that the person may assign at both beds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ward.assignments.assigning import AssigningError, hand_over, is_open, lock
from ward.assignments.models import Assignment
from ward.assignments.stays import held
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Bed


@dataclass(frozen=True, slots=True)
class Spell:
    """A time that a stay was at one bed; `since` None: from its beginning, `until` None: it still is."""

    bed: int
    since: datetime | None
    until: datetime | None

    def part(self, begins: datetime, ends: datetime) -> tuple[datetime, datetime] | None:
        """What of a time lies within it; None for nothing."""
        begins, ends = max(begins, self.since or begins), min(ends, self.until or ends)
        return (begins, ends) if begins < ends else None


def move(bed: Bed, target: Bed, by: AbstractBaseUser, now: datetime, *, mark: str) -> Assignment:
    """The stay of `bed` goes on at `target`, or nothing is changed. `mark`: the stay that the page showed.

    Raises StaleError where that stay is no longer there, AssigningError where `target` cannot take it.
    """
    with transaction.atomic():
        for one in sorted((bed, target), key=lambda one: one.pk):  # in one order: two people never wait for each other
            lock(one)
        stay = held(bed, mark)
        _check(bed, target)
        _take_along(stay, target)
        made = hand_over(bed, target, by, now)
        _record(bed, target, by, now)
        return made


def spells_of(bed: Bed) -> list[Spell]:
    """Where the bed's stay has been, in order; empty where there is none."""
    if bed.stay is None:
        return []
    rows = Assignment.objects.filter(stay=bed.stay).exclude(other_bed=None).order_by("assigned_at", "version")
    came = list(dict.fromkeys(rows.values_list("other_bed", "bed", "assigned_at")))
    beds = [came[0][0], *(to for _from, to, _at in came)] if came else [bed.pk]
    times = [None, *(at for _from, _to, at in came), None]
    return [Spell(place, times[n], times[n + 1]) for n, place in enumerate(beds)]


def came_at(beds: Iterable[Bed]) -> dict[int, datetime]:
    """When the stay of each of these beds came from another bed; only of those where it did. One query."""
    stays = {bed.stay: bed.pk for bed in beds if bed.stay}
    rows = Assignment.objects.filter(stay__in=stays).exclude(other_bed=None).order_by("assigned_at")
    return {bed: at for stay, bed, at in rows.values_list("stay", "bed", "assigned_at") if stays.get(stay or "") == bed}


def proof_of(moved: Assignment) -> Assignment | None:
    """The reset of the bed that the stay came from, or what was assigned there after it, once a box confirmed one of
    them; the unconfirmed reset until then. `moved`: the version with which the stay came."""
    old = Assignment.objects.filter(bed=moved.other_bed_id).order_by("version")
    reset = old.filter(other_bed=moved.bed_id, stay=None, assigned_at=moved.assigned_at).last()
    if reset is None:
        return None
    return old.filter(version__gte=reset.version).exclude(applied_at=None).first() or reset


def _check(bed: Bed, target: Bed) -> None:
    """Both are held."""
    if target.pk == bed.pk:
        raise AssigningError(_("The patient is at bed %(bed)s already. Choose another bed.") % {"bed": target})
    if not is_open(target):
        raise AssigningError(_("Bed %(bed)s is closed now. Choose another bed.") % {"bed": target})
    if target.stay is not None:
        raise AssigningError(_("Bed %(bed)s has a patient now. Choose another bed.") % {"bed": target})


def _take_along(stay: str, target: Bed) -> None:
    """Before anything is assigned there: what hangs on an earlier stay of a bed is deleted when the next one begins."""
    for model in apps.get_models():
        if getattr(model, "goes_with_stay", False):
            QuerySet(model).filter(stay=stay).update(bed=target)


def _record(bed: Bed, target: Bed, by: AbstractBaseUser, now: datetime) -> None:
    """One row at each bed: who looks for what happened at one of them finds it, also on another ward."""
    before, after = ({"bed": f"{one}, {one.room.ward.name}"} for one in (bed, target))
    for one in (bed, target):
        record(AuditVerb.MOVED_STAY, by=by, bed=one, before=before, after=after, now=now)
