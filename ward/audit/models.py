"""The audit: who did what, when, where, before and after. Rows are only ever added, each chained to the one before.

A migration that makes this table again on SQLite drops its triggers: it must make them again (0002_append_only).
"""

from typing import Any, ClassVar, NoReturn

from django.db import models

BEGIN = "0" * 64  # the hash that the first row follows on


class AppendOnlyError(Exception):
    """Someone wants to change or remove a row of the audit, which nobody may."""


class AuditRows(models.QuerySet["AuditRow"]):
    """Reads and adds. Whatever would change or remove rows raises AppendOnlyError."""

    def update(self, **_kwargs: Any) -> NoReturn:
        raise _refused()

    def delete(self) -> NoReturn:
        raise _refused()

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise _refused()


class AuditRow(models.Model):
    """One action. Ids are plain numbers and no references: what happened stays true when an account or a bed goes.

    `initials`, `ward_name`, `bed_label`: as they were at that time, empty where there was none; `before`, `after`:
    canonical JSON, empty where there is nothing to say. `hash`: see ward.audit.chain.
    """

    number = models.BigIntegerField(primary_key=True)  # 1, 2, 3, ... without a gap
    at = models.DateTimeField()
    account = models.BigIntegerField(null=True)
    initials = models.CharField(max_length=150, blank=True)
    ward = models.BigIntegerField(null=True)
    ward_name = models.CharField(max_length=60, blank=True)
    bed = models.BigIntegerField(null=True)
    bed_label = models.CharField(max_length=16, blank=True)
    verb = models.CharField(max_length=32)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    hash = models.CharField(max_length=64)

    objects = AuditRows.as_manager()

    class Meta:
        db_table = "audit_row"
        indexes: ClassVar = [
            models.Index(fields=["ward", "-number"], name="audit_of_ward"),
            models.Index(fields=["account", "-number"], name="audit_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.verb} {self.bed_label}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Adds a new row; AppendOnlyError for one that is there."""
        if not self._state.adding:
            raise _refused()
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """AppendOnlyError, always."""
        raise _refused()


class AuditHead(models.Model):
    """The chain's newest row, one line: whoever adds a row holds it until the transaction's end."""

    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=BEGIN)

    class Meta:
        db_table = "audit_head"

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:12]}"


def _refused() -> AppendOnlyError:
    return AppendOnlyError("a row of the audit is never changed or removed: record what happened as a new one")
