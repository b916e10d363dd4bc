"""Adds a row to the audit, in the transaction of the action: both are there or neither. Knows no page."""

from datetime import datetime
from typing import Any

import msgspec
from django.contrib.auth.models import AbstractBaseUser, AbstractUser
from django.db import transaction
from django.db.models import F

from ward.audit.chain import row_hash
from ward.audit.models import AuditHead, AuditRow
from ward.audit.verbs import AuditVerb
from ward.beds.models import Bed, Ward
from ward.beds.staff import initials


def record(
    verb: AuditVerb,
    *,
    by: AbstractBaseUser | None,
    ward: Ward | None = None,
    bed: Bed | None = None,
    before: Any = None,
    after: Any = None,
    now: datetime,
) -> AuditRow:
    """Call it last within the transaction of the action: it holds the chain's head until that transaction's end.

    A action for many beds locks all of them before its first row, or has a transaction for each. The ward follows from
    the bed. `before`, `after`: anything that JSON can say; no names of patients, no passwords, no text of notes.
    """
    place = ward or (bed.room.ward if bed else None)
    with transaction.atomic(savepoint=False):
        head = _held()
        row = AuditRow(
            number=head.number + 1,
            at=now,
            account=by.pk if by else None,
            initials=initials(by) if isinstance(by, AbstractUser) else "",
            ward=place.pk if place else None,
            ward_name=place.name if place else "",
            bed=bed.pk if bed else None,
            bed_label=str(bed) if bed else "",
            verb=str(verb),
            before=_canonical(before),
            after=_canonical(after),
        )
        row.hash = row_hash(head.hash, row)
        row.save()
        AuditHead.objects.filter(pk=head.pk).update(number=row.number, hash=row.hash)
    return row


def _held() -> AuditHead:
    """The head, held until the transaction's end by an UPDATE that changes nothing (as SQLite needs)."""
    if not AuditHead.objects.filter(pk=1).update(number=F("number")):
        newest = AuditRow.objects.order_by("-number").first()
        made = AuditHead(pk=1, number=newest.number, hash=newest.hash) if newest else AuditHead(pk=1)
        AuditHead.objects.bulk_create([made], ignore_conflicts=True)
        AuditHead.objects.filter(pk=1).update(number=F("number"))
    return AuditHead.objects.get(pk=1)


def _canonical(value: Any) -> str:
    return "" if value is None else msgspec.json.encode(value, order="deterministic").decode()
