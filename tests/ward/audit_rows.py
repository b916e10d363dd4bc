"""Rows of the audit as tests need them: tampered with, or gone, which the database itself refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from ward.audit.chain import Broken, verify
from ward.audit.models import AuditHead, AuditRow


@contextmanager
def unguarded() -> Iterator[None]:
    """Without the triggers, as for someone who owns the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE audit_row DISABLE TRIGGER USER")
            yield
            cursor.execute("ALTER TABLE audit_row ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_row'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _, made in triggers:
            cursor.execute(made)


def any_rows(**which: Any) -> QuerySet[AuditRow]:
    """Rows as Django's own QuerySet has them, which would change and remove them."""
    return QuerySet(AuditRow).filter(**which)


def change(number: int, /, **columns: Any) -> None:
    """One row says something else, as only someone who owns the database can make it."""
    with unguarded():
        any_rows(number=number).update(**columns)


def remove(**which: Any) -> None:
    """Rows are gone, as only someone who owns the database can make it."""
    with unguarded():
        any_rows(**which).delete()


def empty() -> None:
    """No row, and a chain that begins again."""
    remove()
    AuditHead.objects.all().delete()


def first_broken() -> int | None:
    """The first row that is not as it was recorded."""
    found = verify()
    return found.number if isinstance(found, Broken) else None
