"""Rows of the audit as CSV, line by line. Knows no page and no file."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

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
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


class _Line:
    """A file that keeps what was written last: the csv module writes to files only."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text = text


def csv_lines(rows: Iterable[AuditRow], note: str = "") -> Iterator[str]:
    """Head, rows, the product's claim, and a note of what is not there. Times are UTC."""
    line = _Line()
    writer = csv.writer(line)
    for cells in _cells(rows, note):
        writer.writerow(cells)
        yield line.text


def _cells(rows: Iterable[AuditRow], note: str) -> Iterator[list[Any]]:
    yield list(COLUMNS)
    for row in rows:
        yield [_cell(moment(row.at) if name == "at" else getattr(row, name)) for name in COLUMNS]
    yield [CLAIM]
    if note:
        yield [note]


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
