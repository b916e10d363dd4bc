"""A database that a trial version made is refused in one line, and stays as it is."""

import sqlite3
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests.ward.test_main import ward
from ward.installation.other_version import OF_TRIALS, misfit

ROW = "INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, '2026-01-01')"


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    assert ward(tmp_path, "migrate", "--verbosity=0")[0] == 0
    return tmp_path


def change(folder: Path, *statements: str, row: tuple[str, str] | None = None) -> list[str]:
    """Makes the database what a trial's is; returns all that it holds."""
    with sqlite3.connect(folder / "ward" / "ward.sqlite3") as database:
        for statement in statements:
            database.execute(statement)
        if row:
            database.execute(ROW, row)
    return dump(folder)


def dump(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "ward" / "ward.sqlite3") as database:
        return list(database.iterdump())


@pytest.mark.parametrize(
    ("statements", "row"),
    [
        ((), ("assignments", "0002_expiry")),
        (("DELETE FROM django_migrations WHERE app = 'mqttd'",), ("mqttd", "0001_heartbeat")),
        (("DROP TABLE usage_answer",), None),
        (("ALTER TABLE fleet_device RENAME COLUMN now_playlist TO now_set",), None),
        (("DELETE FROM django_migrations WHERE app = 'mqttd'",), None),
        (("DROP TABLE django_migrations",), None),
    ],
)
def test_a_trials_database_is_refused_in_one_line_and_nothing_is_changed(
    prepared: Path, statements: tuple[str, ...], row: tuple[str, str] | None
) -> None:
    before = change(prepared, *statements, row=row)
    file = prepared / "ward" / "ward.sqlite3"
    for command in ("migrate", "serve"):
        status, said, errors = ward(prepared, command)
        assert (status, said, len(errors.splitlines())) == (2, "", 1), errors
        assert errors.startswith("nightingale-ward: The database was made by an earlier trial version"), errors
        assert f"move {file} away or set NIGHTINGALE_DATA to an empty folder" in errors
    status, said, errors = ward(prepared, "check")
    assert status == 1
    assert said.startswith("FIX   the database was made by an earlier trial version"), said
    assert "set NIGHTINGALE_DATA to an empty folder, then run: nightingale-ward migrate" in said.splitlines()[0]
    assert "could not be checked" not in said
    assert "NOTE  mqttd: not checked because the database cannot be used" in said
    assert dump(prepared) == before


def test_a_newer_versions_database_is_not_migrated_either(prepared: Path) -> None:
    before = change(prepared, row=("usage", "0099_later"))
    status, _, errors = ward(prepared, "migrate")
    assert (status, len(errors.splitlines())) == (2, 1)
    assert "usage.0099_later" in errors
    assert "Install that version." in errors
    assert dump(prepared) == before


def test_an_empty_database_and_one_that_is_up_to_date_are_migrated(prepared: Path) -> None:
    before = dump(prepared)
    assert ward(prepared, "migrate", "--verbosity=0") == (0, "", "")
    assert dump(prepared) == before


@pytest.mark.django_db
def test_the_database_of_these_tests_fits_and_no_migration_has_a_trials_name() -> None:
    loader = MigrationLoader(connection)
    assert misfit(loader) == ""
    assert not OF_TRIALS & loader.disk_migrations.keys()
