"""A table as a file that a spreadsheet opens by a double click: in its language, and nothing in it is run.

A byte order mark, or umlauts break. Where a decimal comma is written, a spreadsheet wants semicolons between the cells
and takes 31.5 for a day in May.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

MARK = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


@dataclass(frozen=True, slots=True)
class Form:
    """How a language writes a table."""

    between: str
    decimal: str


WITH_POINT, WITH_COMMA = Form(",", "."), Form(";", ",")


def form_of(language: str) -> Form:
    """`language`: as Django names it. Of ours only English writes a decimal point."""
    return WITH_POINT if language.partition("-")[0] == "en" else WITH_COMMA


def lines(rows: Iterable[Sequence[Any]], language: str) -> Iterator[str]:
    """The file, line by line; the first with the mark before it. Cells are text, numbers, yes or no (bool), or None."""
    form, mark = form_of(language), MARK
    for row in rows:
        out = io.StringIO()
        csv.writer(out, delimiter=form.between).writerow([_cell(value, form) for value in row])
        yield mark + out.getvalue()
        mark = ""


def _cell(value: Any, form: Form) -> Any:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return str(value).replace(".", form.decimal)
        case str() if value.lstrip().startswith(FORMULA) or value.startswith(FORMULA):
            return f"'{value}"
    return value
