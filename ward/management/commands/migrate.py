"""`nightingale-ward migrate`: Django's own, but never on a database that another version made."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from ward.installation.other_version import misfit


class Command(migrate.Command):
    help = "Creates the database's tables, or brings them up to date after an update."

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Exit status 2, and nothing changed, where the database cannot be used."""
        line = misfit(MigrationLoader(connection))
        if line:
            raise CommandError(line, returncode=2)
        super().handle(*arguments, **options)
