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

ENDED = 143  # the shell's exit status of a program that SIGTERM ended
PAUSE_S = 0.02  # after each batch, so that pages and mqttd write between two; SQLite lets one at a time
NIGHTLY = Limits(
    lock_ms=1_000, statement_ms=600_000, idle_ms=60_000
)  # it reads whole tables and does not wait for locks


class Command(BaseCommand):
    help = "Deletes data that is no longer needed. Run it every night while the ward runs. Keeps the activity log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only show how much would be deleted")

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
                line = f"Some records were in use and are left for the next run: {', '.join(held)}"
                raise CommandError(line, returncode=1)
        if not keep_days:
            self.stdout.write("Stays are never deleted (NIGHTINGALE_KEEP_STAYS_DAYS=0).")

    def _say(self, number: int, what: str) -> None:
        self.stdout.write(f"{number:>9}  {what}")


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """A stop by the system is raised like any error, so that what was done by then is recorded in the audit."""
    before = signal.signal(signal.SIGTERM, lambda *_told: sys.exit(ENDED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
