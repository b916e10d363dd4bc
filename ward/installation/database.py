"""The database of this installation: its version, its clock, its tables, and whether mqttd is running."""

import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from ward.demo.people import PASSWORD, PEOPLE
from ward.installation import rules
from ward.installation.files import database_file
from ward.installation.finding import Finding, fix
from ward.installation.other_version import OF_A_TRIAL, empty_one, is_of_a_trial, unknown
from ward.mqttd.heartbeat import last_beat


def unreachable() -> Finding | None:
    """What to fix before it can be used; None where it answers. Makes no empty file."""
    file = database_file()
    if file is not None and not file.exists():
        return fix(f"no database yet in {file.parent}", "run nightingale-ward migrate")
    try:
        connection.ensure_connection()
    except Exception as error:  # noqa: BLE001 - the driver's, the network's, Django's own for an age that it does not know
        where = file or f"PostgreSQL at {connection.settings_dict['HOST'] or 'the local socket'}"
        return fix(f"{where} does not answer ({error})", "start it, and check DATABASE_URL")
    return None


def of_a_trial(_now: datetime) -> Iterator[Finding]:
    """What to do where a trial version made it; nothing where its tables are this program's, or can be."""
    if is_of_a_trial(MigrationLoader(connection)):
        yield fix(f"the database {OF_A_TRIAL}", empty_one())


def server(now: datetime) -> Iterator[Finding]:
    """Which one it is, and whether it keeps saved data."""
    if connection.vendor == "sqlite":
        yield rules.sqlite(sqlite3.sqlite_version_info)
        return
    yield rules.postgresql(divmod(_asked_int("SHOW server_version_num"), 10_000), now.date())
    yield rules.durable([name for name in rules.DURABLE if _asked(f"SHOW {name}") == "off"])
    encrypted = bool(_asked("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
    yield rules.way_to_database(connection.connection.info.host, encrypted)  # also where PGHOST or the address says it


def tables(_now: datetime) -> Iterator[Finding]:
    """Those that the program makes, beside those that are there."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    yield rules.migrations(len(missing), unknown(executor.loader))


def clock(_now: datetime) -> Iterator[Finding]:
    """Beside the database's, where that has one of its own."""
    if connection.vendor == "postgresql":
        begun = time.monotonic()
        ours, theirs = timezone.now(), _asked("SELECT clock_timestamp()")
        doubt_s = time.monotonic() - begun
        if isinstance(theirs, datetime):
            yield rules.clock_beside((theirs - ours).total_seconds(), doubt_s)


def mqttd(now: datetime) -> Iterator[Finding]:
    """By when it was last seen."""
    last = last_beat()
    yield rules.heartbeat(last.at if last else None, connected=last is not None and last.connected, now=now)


def people(_now: datetime) -> Iterator[Finding]:
    """Accounts that the demo made, with the password that is printed in the manual; and the demo itself."""
    if (demo := rules.demo_ward(settings.DEMO is not None)) is not None:
        yield demo
    known = User.objects.filter(username__in=PEOPLE, is_active=True).order_by("username")
    found = rules.demo_people([person.username for person in known if person.check_password(PASSWORD)])
    if found is not None:
        yield found


def _asked(statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return row[0] if row else None


def _asked_int(statement: str) -> int:
    return int(str(_asked(statement)))
