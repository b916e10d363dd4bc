"""What was tried and how it was answered, to be told at the end of a run."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

NAME = "hostile"  # of a report's property: also a worker's reports carry it to whoever tells

Tally = Counter[tuple[str, str]]  # how often: what was tried, and what came of it


def keep(request: pytest.FixtureRequest, tally: Tally) -> None:
    """With the report of the test that ran."""
    request.node.user_properties.append((NAME, [[*key, number] for key, number in tally.items()]))


def lines(properties: Iterable[tuple[str, Any]]) -> list[str]:
    """One line for each kind of thing that was tried: how many, and by what came of it."""
    found: dict[str, Counter[str]] = {}
    for name, told in properties:
        if name == NAME:
            for tried, came, number in told:
                found.setdefault(tried, Counter())[came] += number
    return [_line(tried, counted) for tried, counted in sorted(found.items())]


def _line(tried: str, counted: Counter[str]) -> str:
    told = ", ".join(f"{came}: {number:,}" for came, number in sorted(counted.items()))
    return f"{tried}: {counted.total():,} ({told})"
