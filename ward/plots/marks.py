"""Where sessions and offline times stand on a row's axis, as percentages of its width. Pure; colours are in the style
sheets.

Every position is a percentage as text, so that the drawing stretches with its page.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ward.plots.days import Day
from ward.plots.sessions import End, Kind, Played

Time = tuple[datetime, datetime]
"""From and until."""

TOGETHER_S = 1.0  # offline times closer than this are one


@dataclass(frozen=True, slots=True)
class Span:
    """A start and a width."""

    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One session, or the part of it within a row. `end` is empty if it continues in the next row; `point`: nothing is
    known of its length, and a stripe without one could not be seen."""

    x: str
    width: str
    kind: str
    end_x: str
    end: str
    point: bool = False


def percent(share: float) -> str:
    """`12.5%`, with a point in every language, as SVG needs it."""
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"


def mark(day: Day, one: Played) -> Mark:
    """The session on the row. `open` in its kind: its end is unknown; `cut`: sleep music that did not fade out."""
    left, right = day.share(one.since), day.share(one.until)
    goes_on = one.until > day.ends
    kind = one.kind.value if one.end is not End.UNKNOWN else f"{one.kind.value} open"
    if one.kind is Kind.SLEEP and (one.end not in (End.ITSELF, End.PLAYING) or goes_on):
        kind = f"{kind} cut"
    end = "" if goes_on else one.end.value
    return Mark(percent(left), percent(right - left), kind, percent(right), end, point=right <= left)


def span(day: Day, since: datetime, until: datetime) -> Span:
    """The part of the time that lies on the row."""
    left, right = day.share(since), day.share(until)
    return Span(percent(left), percent(right - left))


def meets(day: Day, time: Time) -> bool:
    """Whether any of the time lies on the row."""
    return time[0] < day.ends and time[1] > day.begins


def joined(times: Iterable[Time]) -> list[Time]:
    """In order, those that touch or overlap as one; empty ones are left out."""
    found: list[Time] = []
    for begins, ends in sorted(times):
        if found and begins <= found[-1][1] + timedelta(seconds=TOGETHER_S):
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        elif ends > begins:
            found.append((begins, ends))
    return found
