"""`nightingale-ward check`: what is unsafe in this installation. With Django's options it is Django's own check."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import check
from django.utils import timezone

from ward.installation.finding import to_fix
from ward.installation.looking import findings
from ward.limits import PAGES, limit


class Command(check.Command):
    help = "Lists what is unsafe in this installation and what to do. With Django's options: Django's own check."

    def handle(self, *app_labels: Any, **options: Any) -> None:
        asked = [options[name] for name in ("tags", "list_tags", "deploy", "databases")]
        if app_labels or any(asked) or options["fail_level"] != "ERROR":
            super().handle(*app_labels, **options)
        else:
            self._look()

    def _look(self) -> None:
        """Exit status 1 where there is something to fix."""
        limit(PAGES)  # a database behind a broken network must be a line, too
        found = []
        for one in findings(timezone.localtime()):
            found.append(one)
            self.stdout.write(one.line)
            self.stdout.flush()
        number = to_fix(found)
        if number:
            what = "1 problem" if number == 1 else f"{number} problems"
            raise CommandError(f"{what} to fix. See the lines that begin with FIX.", returncode=1)
