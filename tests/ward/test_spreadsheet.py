"""A table opens by a double click in the spreadsheet of whoever asked for it."""

import csv
import io

import pytest

from ward.spreadsheet import lines

ROWS = [["Größe", "value"], ["été", 31.5], ["beds", 6], ["hidden", True], ["nothing", None], ["a;b, c", "=1+1"]]


@pytest.mark.parametrize(
    ("language", "between", "number"),
    [("en-gb", ",", "31.5"), ("de", ";", "31,5"), ("fr", ";", "31,5"), ("es", ";", "31,5")],
)
def test_a_table_is_written_as_the_language_writes_it(language: str, between: str, number: str) -> None:
    said = "".join(lines(ROWS, language)).encode()
    assert said.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(said.decode("utf-8-sig")), delimiter=between))
    assert read == [
        ["Größe", "value"], ["été", number], ["beds", "6"], ["hidden", "yes"], ["nothing", ""], ["a;b, c", "'=1+1"],
    ]  # fmt: skip


def test_the_mark_stands_once() -> None:
    assert "".join(lines(ROWS, "de")).count("\ufeff") == 1
