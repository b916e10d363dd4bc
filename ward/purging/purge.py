"""Deletes what is due and records that it did. Knows no command line."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.purging.steps import Step


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows of each kind; the kinds that had rows in use."""

    counts: dict[str, int] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)


def purge(
    steps: Iterable[Step],
    now: datetime,
    keep_days: int,
    pause: Callable[[], object],
    say: Callable[[int, str], object],
) -> Purged:
    """Step by step, batch by batch, with a `pause` after each batch so that others can write. `say` gets the number and
    the kind. What was done is recorded in the audit even if the database fails in between; nothing done, no row."""
    done = Purged()
    try:
        for step in steps:
            _do(step, done, pause)
            say(done.counts[step.what], step.what)
    finally:
        if any(done.counts.values()):
            _record(done, now, keep_days)
    return done


def _do(step: Step, done: Purged, pause: Callable[[], object]) -> None:
    """Rows in use are left for the next run."""
    done.counts[step.what] = 0
    for number in step.batches():
        done.counts[step.what] += number or 0
        if number is None and step.what not in done.held:
            done.held.append(step.what)
        pause()


def _record(done: Purged, now: datetime, keep_days: int) -> None:
    counts = {what: number for what, number in done.counts.items() if number}
    after = {"keep_stays_days": keep_days, "rows": counts}
    record(AuditVerb.PURGED, by=None, after=after, now=now)
