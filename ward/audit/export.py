"""Rows of the audit as CSV, line by line. Knows no page and no file."""

from collections.abc import Iterable, Iterator
from typing import Any

from ward import spreadsheet
from ward.audit.chain import moment
from ward.audit.models import AuditRow

COLUMNS = (
    "number",
    "at",
    "account",
    "initials",
    "ward",
    "ward_name",
    "bed",
    "bed_label",
    "verb",
    "before",
    "after",
    "hash",
)
CLAIM = "A music player for relaxation and rest. Not a medical device, not a monitor, not an alarm."


def csv_lines(rows: Iterable[AuditRow], note: str = "", language: str = "en") -> Iterator[str]:
    """Head, rows, the product's claim, and a note of what is not there. Times are UTC."""
    return spreadsheet.lines(_cells(rows, note), language)


def _cells(rows: Iterable[AuditRow], note: str) -> Iterator[list[Any]]:
    yield list(COLUMNS)
    for row in rows:
        yield [moment(row.at) if name == "at" else getattr(row, name) for name in COLUMNS]
    yield [CLAIM]
    if note:
        yield [note]
