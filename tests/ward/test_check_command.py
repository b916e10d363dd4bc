"""`nightingale-ward check` says what is unsafe in an installation, line by line, and never how Python ended."""

import os
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from tests.servers import MOSQUITTO, free_port, mosquitto, need
from tests.ward.saying import NOW
from tests.ward.test_main import ROOT, environment, ward
from tests.ward.test_mqttd_held import Offline, held, limited, stored
from ward.demo import PASSWORD
from ward.fleet.models import Device
from ward.installation import broker, database, files, rules
from ward.installation.finding import Finding, Word, mend, note
from ward.limits import MQTTD
from ward.mqttd.heartbeat import EACH_S, ROW, beat, last_beat
from ward.mqttd.models import Heartbeat

DAY = timedelta(days=1)
HOST = {"NIGHTINGALE_HTTPS": "yes", "NIGHTINGALE_HOSTS": "ward.example"}
OF_THIS_MACHINE = ("time service", "can spoil its file")  # its clock, its SQLite: not ours to choose in a test


def lines(folder: Path, **more: str) -> tuple[int, list[str]]:
    """Exit status and lines of `check` in an installation; no line is a traceback's."""
    status, said, errors = ward(folder, "check", **more)
    found = said.splitlines()
    assert {line[:6] for line in found} <= {"ok    ", "mend  ", "note  "}, said
    number = sum(line.startswith("mend") for line in found)
    assert (status, len(errors.splitlines())) == ((1, 1) if number else (0, 0)), errors
    return status, found


def to_mend(found: list[str]) -> list[str]:
    """What begins with mend, but for what the machine that runs the tests is."""
    return [line for line in found if line.startswith("mend") and not any(word in line for word in OF_THIS_MACHINE)]


@dataclass(frozen=True, slots=True)
class Papers:
    """A certificate and its key, as files."""

    cert: Path
    key: Path
    made: x509.Certificate
    private: ec.EllipticCurvePrivateKey


def papers(
    folder: Path, name: str, *, by: Papers | None = None, begins: datetime | None = None, ends: datetime | None = None
) -> Papers:
    """For 127.0.0.1, signed by an authority, or one itself."""
    now, private = datetime.now(UTC), ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(by.made.subject if by else called)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins or now - DAY)
        .not_valid_after(ends or now + 365 * DAY)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(by.private if by else private, hashes.SHA256())
    )
    cert, key = folder / f"{name}.crt", folder / f"{name}.key"
    cert.write_bytes(made.public_bytes(Encoding.PEM))
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    return Papers(cert, key, made, private)


@contextmanager
def tls_broker(folder: Path, server: Papers, ca: Papers) -> Iterator[int]:
    need(MOSQUITTO)
    options = [f"cafile {ca.cert}", f"certfile {server.cert}", f"keyfile {server.key}", "allow_anonymous true"]
    with mosquitto(folder, *options) as running:
        yield running.port


@contextmanager
def started(*arguments: str, env: dict[str, str]) -> Iterator[None]:
    """A command of the ward's that runs until the block ends; it has said its first line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ward", *arguments],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) in {0, -signal.SIGTERM}
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def settings_of_broker(settings: Any) -> Any:
    settings.BROKER, settings.BROKER_CA, settings.BROKER_CERT, settings.BROKER_KEY = "127.0.0.1:1", "", "", ""
    return settings


# One thing each, as a rule.


@pytest.mark.parametrize(
    ("found", "word", "says"),
    [
        (rules.https(is_on=False), Word.MEND, "set NIGHTINGALE_HTTPS=yes"),
        (rules.https(is_on=True), Word.OK, "for a month"),
        (rules.hosts(["127.0.0.1", "localhost"]), Word.MEND, "names this computer only"),
        (rules.hosts([""]), Word.MEND, "names this computer only"),
        (rules.hosts(["ward.example", "*"]), Word.MEND, "is *"),
        (rules.hosts(["127.0.0.1", "ward.example"]), Word.OK, "as 127.0.0.1, ward.example"),
        (rules.debug(is_on=True), Word.MEND, "NIGHTINGALE_DEBUG=no"),
        (rules.debug(is_on=False), Word.OK, ""),
        (rules.sqlite((3, 40, 1)), Word.MEND, "3.40.1 can spoil its file"),
        (rules.sqlite((3, 51, 2)), Word.MEND, "use PostgreSQL"),
        (rules.sqlite((3, 51, 3)), Word.NOTE, "use PostgreSQL"),
        (rules.postgresql((13, 20), date(2026, 1, 1)), Word.MEND, "too old"),
        (rules.postgresql((15, 4), date(2027, 11, 11)), Word.OK, "15.4 answers"),
        (rules.postgresql((15, 4), date(2027, 11, 12)), Word.NOTE, "ended its corrections on 2027-11-11"),
        (rules.postgresql((30, 0), date(2040, 1, 1)), Word.OK, "30.0 answers"),
        (rules.durable([]), Word.OK, "power cut"),
        (rules.durable(["fsync", "synchronous_commit"]), Word.MEND, "set fsync = on, synchronous_commit = on"),
        (rules.way_to_database("db.example", encrypted=False), Word.MEND, "sslmode=verify-full"),
        (rules.way_to_database("db.example", encrypted=True), Word.OK, ""),
        (rules.way_to_database("", encrypted=False), Word.OK, ""),
        (rules.way_to_database("/run/postgresql", encrypted=False), Word.OK, ""),
        (rules.migrations(2, []), Word.MEND, "run nightingale-ward migrate"),
        (rules.migrations(0, ["usage.0099_later"]), Word.MEND, "newer than the program (usage.0099_later)"),
        (rules.migrations(0, []), Word.OK, "up to date"),
        (rules.mode("f", 0o600), Word.OK, ""),
        (rules.mode("f", 0o640), Word.MEND, "its whole group may read  chmod 600 f"),
        (rules.mode("f", 0o604), Word.MEND, "everybody on this computer may read  chmod 600 f"),
        (rules.mode("f", 0o620), Word.MEND, "its whole group may write"),
        (rules.mode("d", 0o700, is_folder=True), Word.OK, ""),
        (rules.mode("d", 0o755, is_folder=True), Word.MEND, "everybody on this computer may enter  chmod 700 d"),
        (rules.space("d", rules.LEAST_FREE_BYTES), Word.OK, "1.0 GB are free in d"),
        (rules.space("d", rules.LEAST_FREE_BYTES - 1), Word.MEND, "make room"),
        (rules.backup("s", None, NOW), Word.MEND, "touch s after each one"),
        (rules.backup("s", NOW - timedelta(hours=26), NOW), Word.OK, "2026-11-22 12:02"),
        (rules.backup("s", NOW - timedelta(hours=27), NOW), Word.MEND, "2026-11-22 11:02"),
        (rules.backup("s", NOW + DAY, NOW), Word.MEND, "from the future"),
        (rules.certificate("c", NOW - DAY, NOW + 31 * DAY, NOW), Word.OK, "holds until 2026-12-24"),
        (rules.certificate("c", NOW - DAY, NOW + 30 * DAY, NOW), Word.MEND, "in 30 days  renew it"),
        (rules.certificate("c", NOW - DAY, NOW, NOW), Word.MEND, "mqttd cannot connect"),
        (rules.certificate("c", NOW + DAY, NOW + 99 * DAY, NOW), Word.MEND, "holds only from"),
        (rules.way_to_broker("broker.example", has_ca=False), Word.MEND, "set NIGHTINGALE_BROKER_CA"),
        (rules.client_files("", "cert", "key"), Word.MEND, "do nothing without NIGHTINGALE_BROKER_CA"),
        (rules.client_files("ca", "", "key"), Word.MEND, "set both, or neither"),
        (rules.heartbeat(None, connected=False, now=NOW), Word.MEND, "has never run"),
        (rules.heartbeat(NOW - timedelta(seconds=61), connected=True, now=NOW), Word.MEND, "does not run"),
        (rules.heartbeat(NOW - timedelta(seconds=60), connected=True, now=NOW), Word.OK, "connected to a broker"),
        (rules.heartbeat(NOW, connected=False, now=NOW), Word.MEND, "no broker has taken it"),
        (rules.heartbeat(NOW + DAY, connected=True, now=NOW), Word.MEND, "set the clocks"),
        (rules.clock_beside(1.2, 0.5), Word.OK, "agrees"),
        (rules.clock_beside(1.5, 0.5), Word.MEND, "1.5 s behind the database's"),
        (rules.clock_beside(-30.0, 0.1), Word.MEND, "30.0 s ahead of the database's"),
        (rules.clock_kept(None), Word.NOTE, "cannot be seen"),
        (rules.clock_kept(is_kept=False), Word.MEND, "timedatectl set-ntp true"),
        (rules.clock_kept(is_kept=True), Word.OK, ""),
        (rules.demo_people(["km", "admin"]), Word.MEND, "log in as km, admin"),
        (rules.proxy(), Word.NOTE, "docs/running-the-ward.md"),
    ],
)
def test_a_rule_says_how_it_is_and_what_to_do(found: Finding, word: Word, says: str) -> None:
    assert found.word is word
    assert says in found.line
    assert bool(found.remedy) or word is not Word.MEND


@pytest.mark.parametrize(
    "found",
    [
        rules.way_to_broker("127.0.0.1", has_ca=False),
        rules.way_to_broker("broker.example", has_ca=True),
        rules.client_files("ca", "cert", "key"),
        rules.client_files("ca", "cert", ""),
        rules.client_files("", "", ""),
        rules.demo_people([]),
    ],
)
def test_where_nothing_needs_to_be_known_there_is_no_line(found: Finding | None) -> None:
    assert found is None


def test_a_line_is_one_line_whatever_an_error_brings_along() -> None:
    assert mend("it broke:\n  at line 3\n", "look\tthere").line == "mend  it broke: at line 3  look there"
    assert note("nothing").line == "note  nothing"


# The whole of an installation.


def test_a_new_folder_on_a_laptop_is_told_what_a_ward_lacks(tmp_path: Path) -> None:
    assert ward(tmp_path, "migrate", "--verbosity=0")[0] == 0
    status, found = lines(tmp_path, NIGHTINGALE_BROKER=f"127.0.0.1:{free_port()}", NIGHTINGALE_DEBUG="yes")
    assert status == 1
    told = ["HTTPS is off", "names this computer only", "NIGHTINGALE_DEBUG is on", "there is a backup"]
    told += ["does not answer (Connection refused)", "mqttd has never run"]
    mends = to_mend(found)
    assert len(mends) == len(told), mends
    assert [one for one in told if not any(one in line for line in mends)] == []
    assert [line for line in found if "SQLite" in line and "use PostgreSQL for a ward" in line]


@pytest.mark.django_db(transaction=True)
def test_a_ward_as_it_should_be_has_nothing_to_mend(tmp_path: Path) -> None:
    """On the database that the tests run on, with a broker and mqttd."""
    need(MOSQUITTO)
    (tmp_path / "ward").mkdir(mode=0o700)
    (tmp_path / "ward" / "last-backup").touch()
    at = connection.settings_dict
    url = f"postgres://{at['USER']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    more = HOST | ({"DATABASE_URL": url} if connection.vendor == "postgresql" else {})
    assert ward(tmp_path, "migrate", "--verbosity=0", **more)[0] == 0
    with mosquitto(tmp_path) as running:
        more["NIGHTINGALE_BROKER"] = f"127.0.0.1:{running.port}"
        with started("mqttd", env=environment(tmp_path, **more)):
            for _ in range(20):  # until the first beat that knows of the broker
                _status, found = lines(tmp_path, **more)
                if any("mqttd runs, and is connected" in line for line in found):
                    break
    assert to_mend(found) == []
    assert [line for line in found if "mqttd runs, and is connected" in line]
    if connection.vendor == "postgresql":
        assert [line for line in found if line.startswith("ok    PostgreSQL ") and line.endswith(" answers")]


def test_djangos_own_check_is_clean_where_https_is_on_and_keeps_its_options(tmp_path: Path) -> None:
    status, said, errors = ward(tmp_path, "check", "--deploy", "--fail-level=WARNING", **HOST)
    assert (status, "no issues (2 silenced)" in said) == (0, True), errors
    assert ward(tmp_path, "check", "--deploy", "--fail-level=WARNING")[0] == 1
    (tmp_path / "ward").mkdir()
    for options in (["--deploy"], ["--tag=security"], ["usage"], ["--database=default"]):
        status, said, errors = ward(tmp_path, "check", *options)
        assert (status, "mend" in said, "System check identified" in said + errors) == (0, False, True), options
    assert "security" in ward(tmp_path, "check", "--list-tags")[1].split()


def test_what_django_finds_is_a_line_too_but_not_twice(tmp_path: Path) -> None:
    key = tmp_path / "short"
    key.write_text("abc")
    _, found = lines(tmp_path, NIGHTINGALE_SECRET_KEY_FILE=str(key))
    assert [line[:26] for line in found if "security." in line] == ["mend  security.W009: Your "]


def test_plain_http_is_sent_to_https_and_browsers_keep_to_it(tmp_path: Path) -> None:
    asked = (
        "from django.test import Client; "
        "ask = lambda path, how: Client().get(path, HTTP_HOST='ward.example', HTTP_X_FORWARDED_PROTO=how); "
        "plain, safe, well = ask('/login/', 'http'), ask('/languages', 'https'), ask('/healthz', 'http'); "
        "print(plain.status_code, plain.headers['Location'], safe.headers['Strict-Transport-Security'], "
        "well.status_code)"
    )
    assert ward(tmp_path, "migrate", "--verbosity=0", **HOST)[0] == 0
    said = ward(tmp_path, "shell", "-c", asked, **HOST)[1].splitlines()[-1]
    assert said == "301 https://ward.example/login/ max-age=2592000 200"


# Files.


def test_all_that_the_ward_makes_is_private_also_in_a_folder_that_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "ward"
    folder.mkdir(mode=0o755)
    assert ward(tmp_path, "migrate", "--verbosity=0")[0] == 0
    made = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert made.keys() >= {"ward.sqlite3", "secret-key"}
    assert set(made.values()) == {0o600}
    _, found = lines(tmp_path)
    assert f"mend  {folder} is open: everybody on this computer may enter  chmod 700 {folder}" in found


def test_while_it_serves_the_journals_are_private_too(tmp_path: Path) -> None:
    assert ward(tmp_path, "migrate", "--verbosity=0")[0] == 0
    folder, port = tmp_path / "ward", free_port()
    with started("serve", f"--listen=127.0.0.1:{port}", env=environment(tmp_path)):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as asked:
            asked.sendall(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            assert asked.recv(9) == b"HTTP/1.1 "
        with closing(sqlite3.connect(folder / "ward.sqlite3")) as beside:  # holds the journals open
            beside.execute("SELECT count(*) FROM django_session").fetchall()
            made = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert made["ward.sqlite3-wal"] == made["ward.sqlite3-shm"] == 0o600


def test_a_new_folder_and_those_above_it_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "above" / "ward"
    assert ward(tmp_path, "migrate", "--verbosity=0", NIGHTINGALE_DATA=str(folder))[0] == 0
    assert [one.stat().st_mode & 0o777 for one in (folder, folder.parent)] == [0o700, 0o700]


@pytest.mark.parametrize("name", ["secret-key", "ward.sqlite3"])
def test_a_file_that_others_may_read_is_named(name: str, tmp_path: Path) -> None:
    assert ward(tmp_path, "migrate", "--verbosity=0")[0] == 0
    file = tmp_path / "ward" / name
    file.chmod(0o644)
    _, found = lines(tmp_path)
    assert f"mend  {file} is open: everybody on this computer may read  chmod 600 {file}" in found


def test_the_brokers_key_and_the_log_ins_secret_are_looked_at(tmp_path: Path) -> None:
    secret, described = tmp_path / "secret", tmp_path / "oidc.toml"
    secret.write_text("s")
    secret.chmod(0o640)
    said = ['issuer = "https://login.example"', 'client_id = "ward"', 'client_secret_file = "secret"']
    said += ['groups_claim = "groups"', "[[roles]]", 'group = "g"', 'ward = "w"', 'role = "nurse"']
    described.write_text("\n".join(said))
    made = papers(tmp_path, "ward")
    made.key.chmod(0o604)
    tls = {"CA": made.cert, "CERT": made.cert, "KEY": made.key}
    more = {f"NIGHTINGALE_BROKER_{name}": str(file) for name, file in tls.items()}
    _, found = lines(tmp_path, NIGHTINGALE_OIDC=str(described), **more)
    open_to = [line for line in found if " is open: " in line]
    assert [str(made.key) in open_to[0], str(secret) in open_to[1]] == [True, True], open_to


def test_a_backups_stamp_counts_from_when_it_was_touched(tmp_path: Path, settings: Any, now: datetime) -> None:
    settings.DATA = tmp_path
    stamp = tmp_path / "last-backup"
    assert [one.word for one in files.backup(now)] == [Word.MEND]
    stamp.touch()
    for hours, word in ((25, Word.OK), (27, Word.MEND)):
        os.utime(stamp, times=((now - timedelta(hours=hours)).timestamp(),) * 2)
        assert [one.word for one in files.backup(now)] == [word]


def test_what_cannot_be_looked_at_is_a_line_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    """The data folder is gone, as after a mount that failed; key and database are elsewhere."""
    more = {"NIGHTINGALE_DATA": str(tmp_path / "gone"), "NIGHTINGALE_SECRET_KEY_FILE": str(tmp_path / "key")}
    more["DATABASE_URL"] = f"sqlite:///{tmp_path}/ward.sqlite3"
    assert ward(tmp_path, "migrate", "--verbosity=0", **more)[0] == 0
    shutil.rmtree(tmp_path / "gone", ignore_errors=True)
    _, found = lines(tmp_path, **more)
    assert [line for line in found if line.startswith(f"mend  there is no folder {tmp_path / 'gone'}")]
    assert found[-1].startswith("note  the proxy")


# The database.


def test_where_there_is_no_database_yet_none_is_made(tmp_path: Path) -> None:
    _, found = lines(tmp_path)
    assert found[0] == f"mend  there is no database yet in {tmp_path / 'ward'}  run nightingale-ward migrate"
    assert "note  mqttd: not looked at, since the database does not answer" in found
    assert not (tmp_path / "ward").exists(), "who looks makes nothing"
    assert [line for line in found if line.startswith(f"mend  there is no secret key at {tmp_path / 'ward'}")]
    assert [line for line in found if line.startswith(f"mend  there is no folder {tmp_path / 'ward'}")]


def test_a_secret_key_whose_path_is_misspelt_is_named_and_no_new_one_is_made(tmp_path: Path) -> None:
    assert ward(tmp_path, "migrate", "--verbosity=0")[0] == 0
    for options in ([], ["--deploy"]):
        ward(tmp_path, "check", *options, NIGHTINGALE_SECRET_KEY_FILE=str(tmp_path / "secret-kay"))
    assert not (tmp_path / "secret-kay").exists()
    _, found = lines(tmp_path, NIGHTINGALE_SECRET_KEY_FILE=str(tmp_path / "secret-kay"))
    assert [line for line in found if line.startswith(f"mend  there is no secret key at {tmp_path / 'secret-kay'}")]


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
    assert [line for line in found if "it said nothing for 10 s" in line]
    assert "note  mqttd: not looked at, since the database does not answer" in found


def test_a_database_that_nobody_runs_or_that_never_answers_is_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (free_port(), silent.getsockname()[1]):
            more = {"DATABASE_URL": f"postgres://ward@127.0.0.1:{port}/ward", "PGCONNECT_TIMEOUT": "2"}
            _, found = lines(tmp_path, **more)
            assert found[0].startswith("mend  PostgreSQL at 127.0.0.1 does not answer ("), found[0]
            assert "note  the database's tables: not looked at, since the database does not answer" in found


def test_a_file_that_is_no_database_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "ward").mkdir()
    (tmp_path / "ward" / "ward.sqlite3").write_bytes(b"no database at all, and longer than a page's head" * 100)
    _, found = lines(tmp_path)
    assert found[0].startswith(f"mend  {tmp_path / 'ward' / 'ward.sqlite3'} does not answer (file is not a database)")


@pytest.mark.django_db
def test_tables_that_are_older_or_newer_than_the_program_are_told(now: datetime) -> None:
    def said() -> list[str]:
        return [one.what for one in database.tables(now)]

    assert said() == ["the database's tables are up to date"]
    made = MigrationRecorder(connection)
    made.record_applied("usage", "0099_later")
    assert said() == ["the database's tables are newer than the program (usage.0099_later)"]
    made.record_unapplied("usage", "0099_later")
    made.record_unapplied("mqttd", "0001_heartbeat")
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
        assert [one.what for one in database.server(now) if one.word is Word.MEND] == [
            "PostgreSQL may lose what it has committed (synchronous_commit off), and boxes have deleted it by then"
        ]


@pytest.mark.django_db
def test_the_clock_is_compared_with_the_databases(now: datetime) -> None:
    told = ["this computer's clock agrees with the database's"] if connection.vendor == "postgresql" else []
    assert [one.what for one in database.clock(now)] == told


@pytest.mark.django_db
def test_the_demos_people_are_named_while_their_password_is_the_public_one(now: datetime) -> None:
    for name, password in (("km", PASSWORD), ("admin", "made up at random"), ("somebody", PASSWORD)):
        User.objects.create_user(name, password=password)
    assert [one.what for one in database.people(now)] == ["anybody can log in as km: the demo's password is public"]
    User.objects.filter(username="km").update(is_active=False)
    assert list(database.people(now)) == []


# The broker.


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("nothing", []),
        ("no authority", ["NIGHTINGALE_BROKER_CA: {ca} cannot be used (No such file or directory)"]),
        ("no certificate", ["NIGHTINGALE_BROKER_CERT: {cert} cannot be used (it is no PEM file that can be read)"]),
        ("no key", ["NIGHTINGALE_BROKER_KEY: {key} cannot be used (it is no PEM file that can be read)"]),
        ("locked key", ["NIGHTINGALE_BROKER_KEY: {key} cannot be used (it is no PEM file that can be read)"]),
        ("another key", ["the key in {key} is not that of the certificate in {cert}"]),
    ],
)
def test_each_file_of_tls_is_read(wrong: str, says: list[str], tmp_path: Path, settings_of_broker: Any) -> None:
    ca = papers(tmp_path, "ca")
    own, other = papers(tmp_path, "ward", by=ca), papers(tmp_path, "other", by=ca)
    locked = own.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word"))
    spoil: dict[str, Callable[[], object]] = {
        "nothing": lambda: None,
        "no authority": ca.cert.unlink,
        "no certificate": lambda: own.cert.write_text("no PEM"),
        "no key": lambda: own.key.write_text("no PEM"),
        "locked key": lambda: own.key.write_bytes(locked),
        "another key": lambda: shutil.copyfile(other.key, own.key),
    }
    spoil[wrong]()
    chosen = {"BROKER_CA": str(ca.cert), "BROKER_CERT": str(own.cert), "BROKER_KEY": str(own.key)}
    for name, value in chosen.items():
        setattr(settings_of_broker, name, value)
    found = [one.what for one in broker.certificates(timezone.now()) if one.word is Word.MEND]
    names = {"ca": ca.cert, "cert": own.cert, "key": own.key}
    assert found == [said.format(**names) for said in says]


def test_a_certificate_that_ends_soon_is_named_and_of_several_authorities_the_last_counts(
    tmp_path: Path, settings_of_broker: Any
) -> None:
    now = timezone.now()
    old, ca = papers(tmp_path, "old", ends=now - timedelta(hours=1)), papers(tmp_path, "ca")
    both = tmp_path / "both.crt"
    both.write_bytes(old.cert.read_bytes() + ca.cert.read_bytes())
    own = papers(tmp_path, "ward", by=ca, ends=now + 20 * DAY)
    settings_of_broker.BROKER_CA, settings_of_broker.BROKER_CERT = str(both), str(own.cert)
    settings_of_broker.BROKER_KEY = str(own.key)
    authority, certificate = broker.certificates(now)
    assert (authority.word, certificate.word) == (Word.OK, Word.MEND)
    assert certificate.what.endswith("in 19 days")
    settings_of_broker.BROKER_CA = str(old.cert)
    assert next(iter(broker.certificates(now))).what.endswith("mqttd cannot connect")


def test_a_broker_is_asked_by_tls_and_its_certificate_looked_at(tmp_path: Path, settings_of_broker: Any) -> None:
    now, ca, stranger = timezone.now(), papers(tmp_path, "ca"), papers(tmp_path, "stranger")
    server = papers(tmp_path, "server", by=ca, ends=now + 10 * DAY)
    with tls_broker(tmp_path, server, ca) as port:
        settings_of_broker.BROKER = f"127.0.0.1:{port}"
        settings_of_broker.BROKER_CA = str(ca.cert)
        answers, holds = broker.brokers(now)
        assert answers.what == f"the broker at 127.0.0.1:{port} answers by TLS"
        assert (holds.word, holds.what.endswith("in 9 days"), holds.remedy) == (
            Word.MEND,
            True,
            "renew it on the broker",
        )
        settings_of_broker.BROKER_CA = str(stranger.cert)
        (refused,) = broker.brokers(now)
        assert refused.what.startswith(f"the broker at 127.0.0.1:{port} and the ward do not agree on TLS")
        settings_of_broker.BROKER_CA = str(tmp_path / "nowhere")
        (untried,) = broker.brokers(now)
        assert (untried.word, "was not asked" in untried.what) == (Word.NOTE, True)


def test_each_broker_that_is_named_has_its_line(tmp_path: Path, settings_of_broker: Any, now: datetime) -> None:
    need(MOSQUITTO)
    with mosquitto(tmp_path) as running, socket.create_server(("127.0.0.1", 0)) as silent:
        dead, port = free_port(), silent.getsockname()[1]
        settings_of_broker.BROKER = f"127.0.0.1:{running.port},127.0.0.1:{dead},ward.invalid:1883"
        found = [one.line for one in broker.brokers(now)]
        assert found[0] == f"ok    the broker at 127.0.0.1:{running.port} takes connections"
        assert found[1].startswith(f"mend  the broker at 127.0.0.1:{dead} does not answer (Connection refused)")
        assert "broker on ward.invalid can be read and forged" in found[2]
        assert found[3].startswith("mend  the broker at ward.invalid:1883 does not answer (")
        settings_of_broker.BROKER, settings_of_broker.BROKER_CA = f"127.0.0.1:{port}", str(papers(tmp_path, "ca").cert)
        (hung,) = broker.brokers(now)
        assert "does not answer" in hung.what, "it takes the call and says nothing"


def test_a_setting_of_the_broker_that_cannot_work_is_a_line(settings_of_broker: Any, now: datetime) -> None:
    settings_of_broker.BROKER = "broker"
    assert [one.word for one in broker.brokers(now)] == [Word.MEND]
    settings_of_broker.BROKER, settings_of_broker.BROKER_PROTOCOL = "127.0.0.1:1", "4"
    assert [one.word for one in broker.brokers(now)] == [Word.MEND]


# mqttd's heartbeat.


@pytest.mark.django_db(transaction=True)
def test_mqttd_says_each_ten_seconds_that_it_runs(now: datetime) -> None:
    offline = Offline()
    offline.turn()
    first = last_beat()
    assert first is not None
    assert (first.at, first.connected, Heartbeat.objects.count()) == (NOW, False, 1)
    Heartbeat.objects.update(at=NOW - DAY)
    offline.turn(EACH_S - 1)
    assert Heartbeat.objects.get().at == NOW - DAY
    offline.turn(1)
    assert Heartbeat.objects.get().at == NOW


@pytest.mark.django_db(transaction=True)
def test_a_beat_says_whether_a_broker_has_taken_mqttd(now: datetime) -> None:
    assert beat(connected=False, now=now)
    assert beat(connected=True, now=now + DAY)
    assert list(Heartbeat.objects.values_list("pk", "at", "connected")) == [(ROW, now + DAY, True)]
    assert [one.word for one in database.mqttd(now + DAY)] == [Word.OK]


@pytest.mark.django_db(transaction=True)
def test_a_beat_does_not_wait_for_who_holds_its_row(now: datetime) -> None:
    """Without any limit of time: what would wait ends only when the row is let go, and is written then."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite holds no rows")
    beat(connected=True, now=now)
    with held(Heartbeat.objects.all()):
        assert not beat(connected=True, now=now + DAY)
    assert Heartbeat.objects.get().at == now
    assert beat(connected=True, now=now + DAY)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("holds", ["row", "table"])
def test_mqttd_goes_on_though_somebody_holds_its_heartbeat(
    holds: str, device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite holds no rows")
    offline = Offline()
    offline.turn()
    with limited(MQTTD), _held_heartbeat(holds):
        offline.says(device, 1, 2)
        offline.turn(EACH_S)
        assert stored(device) == 2
        offline.says(device, 3, 2)
        offline.turn()
        assert stored(device) == 4, "at once: the database did not fail"
    assert not [one for one in caplog.records if "database fails" in one.message]


@contextmanager
def _held_heartbeat(holds: str) -> Iterator[None]:
    if holds == "row":
        with held(Heartbeat.objects.all()):
            yield
        return
    beside = connection.copy()
    try:
        beside.set_autocommit(autocommit=False)
        with beside.cursor() as cursor:
            cursor.execute("LOCK TABLE mqttd_heartbeat IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        beside.close()
