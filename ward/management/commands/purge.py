"""`nightingale-ward purge`."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ward.limits import Limits, limit
from ward.purging.plan import steps
from ward.purging.purge import purge

ENDED = 143  # as the shell says it of a program that SIGTERM ended
PAUSE_S = 0.02  # after each batch, so that pages and mqttd write between two; SQLite lets one at a time
NIGHTLY = Limits(lock_ms=1_000, statement_ms=600_000, idle_ms=60_000)  # it reads whole tables, and waits for nobody


class Command(BaseCommand):
    help = "Deletes what has had its time. Run it each night; it holds nobody up. The audit is never touched."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how much there is of each kind")

    def handle(self, *, dry_run: bool, **_options: Any) -> None:
        limit(NIGHTLY)
        now, keep_days = timezone.now(), settings.KEEP_STAYS_DAYS
        if dry_run:
            for step in steps(now, keep_days):
                self._say(step.count(), step.what)
        else:
            with _ending_in_order():
                held = purge(steps(now, keep_days), now, keep_days, lambda: time.sleep(PAUSE_S), self._say).held
            if held:
                line = f"somebody holds rows in the database, left for the next time: {', '.join(held)}"
                raise CommandError(line, returncode=1)
        if not keep_days:
            self.stdout.write("stays are kept for ever (NIGHTINGALE_KEEP_STAYS_DAYS=0)")

    def _say(self, number: int, what: str) -> None:
        self.stdout.write(f"{number:>9}  {what}")


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """A stop by the system unwinds as any error does, so that what was done by then stands in the audit."""
    before = signal.signal(signal.SIGTERM, lambda *_told: sys.exit(ENDED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
