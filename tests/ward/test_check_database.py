"""The check looks at the database of an installation, whatever that says or does not say."""

import socket
import sqlite3
import struct
import threading
from datetime import datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from tests.servers import free_port
from tests.ward.checked import lines
from tests.ward.test_main import ward
from ward.demo.people import PASSWORD
from ward.installation import database
from ward.installation.finding import Word


def test_where_there_is_no_database_yet_none_is_made(tmp_path: Path) -> None:
    _, found = lines(tmp_path)
    assert found[0] == f"FIX   no database yet in {tmp_path / 'ward'}  run nightingale-ward migrate"
    assert "NOTE  mqttd: not checked because the database does not answer" in found
    assert not (tmp_path / "ward").exists(), "who looks makes nothing"
    assert [line for line in found if line.startswith(f"FIX   no secret key at {tmp_path / 'ward'}")]
    assert [line for line in found if line.startswith(f"FIX   no folder {tmp_path / 'ward'}")]


def test_a_secret_key_whose_path_is_misspelt_is_named_and_no_new_one_is_made(tmp_path: Path) -> None:
    assert ward(tmp_path, "migrate", "--verbosity=0")[0] == 0
    for options in ([], ["--deploy"]):
        ward(tmp_path, "check", *options, NIGHTINGALE_SECRET_KEY_FILE=str(tmp_path / "secret-kay"))
    assert not (tmp_path / "secret-kay").exists()
    _, found = lines(tmp_path, NIGHTINGALE_SECRET_KEY_FILE=str(tmp_path / "secret-kay"))
    assert [line for line in found if line.startswith(f"FIX   no secret key at {tmp_path / 'secret-kay'}")]


def _of_postgresql(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", 4 + len(body)) + body


def _lets_in_and_says_nothing(server: socket.socket) -> None:
    """PostgreSQL's protocol up to "ready for query"; the connection stays open."""
    guest, _ = server.accept()
    with guest:
        _let_in(guest)


def _let_in(guest: socket.socket) -> None:
    told = {"server_version": "15.4", "client_encoding": "UTF8", "TimeZone": "UTC", "standard_conforming_strings": "on"}
    while struct.unpack("!ii", guest.recv(8))[1] in {80877103, 80877104}:  # TLS? GSS?
        guest.sendall(b"N")
    guest.sendall(_of_postgresql(b"R", struct.pack("!i", 0)))
    for name, value in told.items():
        guest.sendall(_of_postgresql(b"S", f"{name}\0{value}\0".encode()))
    guest.sendall(_of_postgresql(b"K", struct.pack("!ii", 1, 1)) + _of_postgresql(b"Z", b"I"))
    while guest.recv(4096):
        pass


def test_a_database_that_lets_in_and_then_says_nothing_is_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_lets_in_and_says_nothing, args=(server,), daemon=True).start()
        _, found = lines(tmp_path, DATABASE_URL=f"postgres://ward@127.0.0.1:{server.getsockname()[1]}/ward")
    assert [line for line in found if "no answer for 10 s" in line]
    assert "NOTE  mqttd: not checked because the database does not answer" in found


def test_a_database_that_nobody_runs_or_that_never_answers_is_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (free_port(), silent.getsockname()[1]):
            more = {"DATABASE_URL": f"postgres://ward@127.0.0.1:{port}/ward", "PGCONNECT_TIMEOUT": "2"}
            _, found = lines(tmp_path, **more)
            assert found[0].startswith("FIX   PostgreSQL at 127.0.0.1 does not answer ("), found[0]
            assert "NOTE  the database's tables: not checked because the database does not answer" in found


def test_a_file_that_is_no_database_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "ward").mkdir()
    (tmp_path / "ward" / "ward.sqlite3").write_bytes(b"no database at all, and longer than a page's head" * 100)
    _, found = lines(tmp_path)
    assert found[0].startswith(f"FIX   {tmp_path / 'ward' / 'ward.sqlite3'} does not answer (file is not a database)")


@pytest.mark.django_db
def test_tables_that_are_older_or_newer_than_the_program_are_told(now: datetime) -> None:
    def said() -> list[str]:
        return [one.what for one in database.tables(now)]

    assert said() == ["the database's tables are up to date"]
    made = MigrationRecorder(connection)
    made.record_applied("usage", "0099_later")
    assert said() == ["the database's tables are newer than the program (usage.0099_later)"]
    made.record_unapplied("usage", "0099_later")
    made.record_unapplied("mqttd", "0001_initial")
    assert said() == ["the database's tables are older than the program"]


@pytest.mark.django_db
def test_the_server_says_which_one_it_is_and_whether_it_keeps_what_it_is_told(now: datetime) -> None:
    if connection.vendor == "sqlite":
        assert [one.what.split()[:2] for one in database.server(now)] == [["SQLite", sqlite3.sqlite_version]]
        return
    age, *others = database.server(now)
    assert age.what.startswith(f"PostgreSQL {connection.pg_version // 10_000}.")  # type: ignore[attr-defined]
    assert [one.word for one in others] == [Word.OK, Word.OK]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        assert [one.what for one in database.server(now) if one.word is Word.FIX] == [
            "PostgreSQL may lose saved data in a power cut (synchronous_commit off); boxes have deleted it by then"
        ]


@pytest.mark.django_db
def test_the_clock_is_compared_with_the_databases(now: datetime) -> None:
    told = ["this computer's clock agrees with the database's"] if connection.vendor == "postgresql" else []
    assert [one.what for one in database.clock(now)] == told


@pytest.mark.django_db
def test_the_demos_people_are_named_while_their_password_is_the_public_one(now: datetime) -> None:
    for name, password in (("km", PASSWORD), ("admin", "made up at random"), ("somebody", PASSWORD)):
        User.objects.create_user(name, password=password)
    assert [one.what for one in database.people(now)] == ["anyone can sign in as km: the demo password is public"]
    User.objects.filter(username="km").update(is_active=False)
    assert list(database.people(now)) == []
