"""The chain of the audit: each row's hash covers the row and the hash before it. Changes nothing.

The hash is SHA-256 of the previous row's hash (64 letters; zeros before the first row) followed by the row as a JSON
array: number, at (UTC, microseconds), account, initials, ward, ward_name, bed, bed_label, verb, before, after; without
spaces, letters beyond ASCII escaped. `before` and `after` go in as the text that is stored.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ward.audit.models import BEGIN, AuditHead, AuditRow

AT_ONCE = 2000  # rows in memory
SHORT = 12  # letters of a hash that a page shows, and the fewest that name a head


@dataclass(frozen=True, slots=True)
class Whole:
    """Every row is as it was recorded: how many, and the newest one's hash."""

    rows: int
    head: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row that is not as it was recorded, and why."""

    number: int
    why: str


def moment(at: datetime) -> str:
    """A time as the hash and the exports have it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def row_hash(previous: str, row: AuditRow) -> str:
    """The hash of a row that follows on `previous`. AttributeError or TypeError for what no row holds."""
    fields = [
        row.number,
        moment(row.at),
        row.account,
        row.initials,
        row.ward,
        row.ward_name,
        row.bed,
        row.bed_label,
        row.verb,
        row.before,
        row.after,
    ]
    return hashlib.sha256(f"{previous}{json.dumps(fields, separators=(',', ':'))}".encode()).hexdigest()


def verify(head: str = "") -> Whole | Broken:
    """Reads the whole chain, in constant memory, while others add to it.

    `head`: a hash, or its beginning, that was noted before: without its row, rows were removed or rewritten.
    """
    noted = AuditHead.objects.filter(pk=1).first() or AuditHead()
    known, last, previous = not head, 0, BEGIN
    for row in _rows():
        if isinstance(row, Broken):
            return row
        if row.number == noted.number and row.hash != noted.hash:
            return Broken(row.number, "has another hash than the one noted as latest")
        last, previous = row.number, row.hash
        known = known or row.hash.startswith(head)
    return _ends(noted.number, last) or (Whole(last, previous) if known else _unknown(head, last))


def _rows() -> Iterator[AuditRow | Broken]:
    """Each row that holds; a break is the last one."""
    previous = BEGIN
    for number, row in enumerate(_read(), 1):
        broken = _broken(number, previous, row)
        yield broken or row
        if broken:
            return
        previous = row.hash


def _read(after: int = 0, at_once: int = AT_ONCE) -> Iterator[AuditRow]:
    """The rows in order. One with a time that no calendar has cannot be read: it comes as an empty one."""
    try:
        for row in AuditRow.objects.filter(number__gt=after).order_by("number").iterator(at_once):
            yield row
            after = row.number
    except ValueError:  # somewhere among those read at once
        yield from _read(after, 1) if at_once > 1 else [AuditRow(number=after + 1)]


def _broken(number: int, previous: str, row: AuditRow) -> Broken | None:
    if row.number != number:
        return Broken(number, "is missing")
    try:
        holds = row.hash == row_hash(previous, row)
    except (AttributeError, TypeError):  # no time, or bytes in place of letters
        holds = False
    return None if holds else Broken(number, "was changed")


def _ends(noted: int, last: int) -> Broken | None:
    """Whether the rows end where the head says; it may have moved on since it was read, never back."""
    if last < noted:
        return Broken(last + 1, f"is missing, and all up to {noted}")
    now = AuditHead.objects.filter(pk=1).values_list("number", flat=True).first() or 0
    return Broken(now + 1, "was added outside the ward's own program") if last > now else None


def _unknown(head: str, last: int) -> Broken:
    return Broken(last, f"is the last, and no record has the hash {head[:SHORT]}: records were removed or rewritten")
