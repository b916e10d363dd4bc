"""The databases themselves refuse to change or remove a row of the audit."""

from typing import Any

from django.db import migrations

REFUSED = "a row of the audit is never changed or removed"
MADE = {
    "sqlite": (
        f"CREATE TRIGGER audit_row_update BEFORE UPDATE ON audit_row BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
        f"CREATE TRIGGER audit_row_delete BEFORE DELETE ON audit_row BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
        # INSERT OR REPLACE removes the row that is there without a word to the trigger above.
        "CREATE TRIGGER audit_row_replace BEFORE INSERT ON audit_row "
        "WHEN EXISTS (SELECT 1 FROM audit_row WHERE number = NEW.number) "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
    ),
    "postgresql": (
        # To empty a table that is empty changes nothing.
        "CREATE FUNCTION audit_row_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF EXISTS (SELECT 1 FROM audit_row) THEN RAISE EXCEPTION '{REFUSED}'; END IF; RETURN NULL; END $$",
        "CREATE TRIGGER audit_row_change BEFORE UPDATE OR DELETE ON audit_row "
        "FOR EACH ROW EXECUTE FUNCTION audit_row_refuse()",
        "CREATE TRIGGER audit_row_truncate BEFORE TRUNCATE ON audit_row "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_row_refuse()",
    ),
}
GONE = {
    "sqlite": (
        "DROP TRIGGER audit_row_update",
        "DROP TRIGGER audit_row_delete",
        "DROP TRIGGER audit_row_replace",
    ),
    "postgresql": (
        "DROP TRIGGER audit_row_change ON audit_row",
        "DROP TRIGGER audit_row_truncate ON audit_row",
        "DROP FUNCTION audit_row_refuse()",
    ),
}


def make(_apps: Any, schema_editor: Any) -> None:
    for statement in MADE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def remove(_apps: Any, schema_editor: Any) -> None:
    for statement in GONE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(make, remove),
    ]
