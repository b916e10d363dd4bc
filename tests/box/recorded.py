"""Logs for tests: their entries carry a number each, so that a lost, torn or repeated one shows."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import messages
from device.log.log import Log
from device.machine import Marks

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Troubles(list[str | None]):
    """What the log told of its disk."""

    def __call__(self, reason: messages.Reason | None) -> None:
        self.append(None if reason is None else reason.line)


class Clock:
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def a_log(
    path: Path,
    *,
    trouble: Callable[[messages.Reason | None], None] | None = None,
    clock: Callable[[], float] | None = None,
    clock_ok: bool = True,
    here: Marks | None = None,
) -> Log:
    """A log, not yet opened."""
    return Log(
        path,
        boot="boot-1",
        utcnow=lambda: NOON,
        clock_ok=lambda: clock_ok,
        trouble=Troubles() if trouble is None else trouble,
        clock=clock or Clock(),
        here=here,
    )


def numbered(number: int) -> messages.Data:
    """An entry's data that carries a number."""
    return messages.TrackFailed(playlist="calm", track="0" * 64, reason=str(number))


def number_of(entry: messages.Entry) -> int:
    """The number that an entry carries."""
    data = messages.entry_data(entry)
    assert isinstance(data, messages.TrackFailed)
    return int(data.reason)


def waiting(log: Log) -> list[tuple[str, int, int]]:
    """Everything that the next batch holds: log, number in the log, number carried."""
    batch = log.batch(500, 1_000_000)
    if batch is None:
        return []
    return [(batch.log_id, batch.first_seq + place, number_of(entry)) for place, entry in enumerate(batch.entries)]
