"""Checks each part of this installation in turn. A failing check does not stop the others; nothing is raised."""

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.checks import run_checks

from ward.installation import broker, clock, database, files, rules
from ward.installation.finding import Finding, fix, note

TOLD_HERE = {f"security.W{number:03}" for number in (4, 8, 12, 16, 18, 20)}  # HTTPS, debug and names, in our words
WITHIN_S = 10.0  # a database behind a broken network may accept the connection and then never answer


@dataclass(frozen=True, slots=True)
class _Thing:
    name: str
    look: Callable[[datetime], Iterable[Finding]]
    asks_database: bool = False
    ends_database: bool = False  # what it finds makes all that is asked of the database meaningless


THINGS = (
    _Thing("the database's version", database.of_a_trial, asks_database=True, ends_database=True),
    _Thing("the user", files.user),
    _Thing("the settings", lambda _now: _settings()),
    _Thing("the program", lambda _now: _program()),
    _Thing("the database", database.server, asks_database=True),
    _Thing("the database's tables", database.tables, asks_database=True),
    _Thing("the files", files.modes),
    _Thing("the disk", files.space),
    _Thing("the backup", files.backup),
    _Thing("the clock", clock.kept),
    _Thing("the database's clock", database.clock, asks_database=True),
    _Thing("the broker's certificates", broker.certificates),
    _Thing("the broker", broker.brokers),
    _Thing("mqttd", database.mqttd, asks_database=True),
    _Thing("the demo accounts", database.people, asks_database=True),
    _Thing("the proxy", lambda _now: [rules.proxy()]),
)


def findings(now: datetime) -> Iterator[Finding]:
    """One or more lines for each thing. `now` in the ward's time zone. Main thread only: it sets an alarm."""
    with _in_time():
        unreachable = database.unreachable()
    is_there, why = unreachable is None, "does not answer"
    if unreachable is not None:
        yield unreachable
    for thing in THINGS:
        if thing.asks_database and not is_there:
            yield note(f"{thing.name}: not checked because the database {why}")
        else:
            found, was_in_time = _guarded(thing, now)
            is_there = is_there and (was_in_time or not thing.asks_database)
            if thing.ends_database and found and is_there:
                is_there, why = False, "cannot be used"
            yield from found


def _guarded(thing: _Thing, now: datetime) -> tuple[list[Finding], bool]:
    """Whatever a driver or a file raises becomes a line; and whether the check ended in time."""
    try:
        with _in_time() if thing.asks_database else nullcontext():  # each broker has a time limit of its own
            return list(thing.look(now)), True
    except Exception as error:  # noqa: BLE001 - a check that ends at the first broken thing checks nothing
        what = f"{thing.name} could not be checked ({type(error).__name__}: {error})"
        return [fix(what, "send this line to your IT support")], not isinstance(error, TimeoutError)


@contextmanager
def _in_time() -> Iterator[None]:
    """TimeoutError where something does not answer for `WITHIN_S`."""

    def late(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"no answer for {WITHIN_S:g} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, WITHIN_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _settings() -> Iterator[Finding]:
    yield rules.https(settings.HTTPS)
    yield rules.hosts(settings.ALLOWED_HOSTS)
    yield rules.debug(settings.DEBUG)


def _program() -> Iterator[Finding]:
    """What Django finds, except what this check says itself."""
    for found in run_checks(include_deployment_checks=True):
        if found.id not in TOLD_HERE and not found.is_silenced():
            yield fix(f"{found.id}: {found.msg}", found.hint or "send this line to your IT support")
