"""docs/safety.md is whole: every hazard, control and rule names tests, and each of them is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from device.rules.events import Button, Knob

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "safety.md").read_text()
HAZARDS = [f"H{number}" for number in range(1, 21)]


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under this heading, without its head."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def named(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


@cache
def every_test() -> frozenset[str]:
    """Every test function in this repository."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        tree = ast.parse(path.read_text())
        found |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return frozenset(name for name in found if name.startswith("test_"))


def test_every_hazard_stands_there_once_with_what_keeps_it_from_happening() -> None:
    table = rows("Hazards")
    assert [row[0] for row in table] == HAZARDS
    for _hazard, harm, severity, mitigation, tests in table:
        assert harm
        assert mitigation
        assert severity in set("12345")
        assert named(tests)


def test_every_control_stands_there() -> None:
    controls = {row[0].split()[0].lower() for row in rows("The controls")}
    assert controls == {*Button, *Knob}


@pytest.mark.parametrize("heading", ["Hazards", "The controls", "The rules at the bed"])
def test_every_test_that_the_page_names_is_there(heading: str) -> None:
    table = rows(heading)
    assert all(named(row[-1]) for row in table), "a row names what keeps it"
    gone = {name for row in table for name in named(row[-1])} - every_test()
    assert not gone, f"named in docs/safety.md and nowhere else: {sorted(gone)}"
