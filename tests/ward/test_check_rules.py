"""One thing each: what the check's rules say of it."""

from datetime import date, timedelta

import pytest

from tests.ward.checked import DAY
from tests.ward.saying import NOW
from ward.installation import rules
from ward.installation.finding import Finding, Word, fix, note


@pytest.mark.parametrize(
    ("found", "word", "says"),
    [
        (rules.https(is_on=False), Word.FIX, "set NIGHTINGALE_HTTPS=yes"),
        (rules.https(is_on=True), Word.OK, "for a month"),
        (rules.hosts(["127.0.0.1", "localhost"]), Word.FIX, "has only this computer"),
        (rules.hosts([""]), Word.FIX, "has only this computer"),
        (rules.hosts(["ward.example", "*"]), Word.FIX, "is *"),
        (rules.hosts(["127.0.0.1", "ward.example"]), Word.OK, "as 127.0.0.1, ward.example"),
        (rules.debug(is_on=True), Word.FIX, "NIGHTINGALE_DEBUG=no"),
        (rules.debug(is_on=False), Word.OK, ""),
        (rules.sqlite((3, 40, 1)), Word.FIX, "3.40.1 can damage its file"),
        (rules.sqlite((3, 51, 2)), Word.FIX, "use PostgreSQL"),
        (rules.sqlite((3, 51, 3)), Word.NOTE, "use PostgreSQL"),
        (rules.postgresql((13, 20), date(2026, 1, 1)), Word.FIX, "too old"),
        (rules.postgresql((15, 4), date(2027, 11, 11)), Word.OK, "15.4 answers"),
        (rules.postgresql((15, 4), date(2027, 11, 12)), Word.NOTE, "no updates from its makers since 2027-11-11"),
        (rules.postgresql((30, 0), date(2040, 1, 1)), Word.OK, "30.0 answers"),
        (rules.durable([]), Word.OK, "power cut"),
        (rules.durable(["fsync", "synchronous_commit"]), Word.FIX, "set fsync = on, synchronous_commit = on"),
        (rules.way_to_database("db.example", encrypted=False), Word.FIX, "sslmode=verify-full"),
        (rules.way_to_database("db.example", encrypted=True), Word.OK, ""),
        (rules.way_to_database("", encrypted=False), Word.OK, ""),
        (rules.way_to_database("/run/postgresql", encrypted=False), Word.OK, ""),
        (rules.migrations(2, []), Word.FIX, "run nightingale-ward migrate"),
        (rules.migrations(0, ["usage.0099_later"]), Word.FIX, "newer than the program (usage.0099_later)"),
        (rules.migrations(0, []), Word.OK, "up to date"),
        (rules.mode("f", 0o600), Word.OK, ""),
        (rules.mode("f", 0o640), Word.FIX, "everyone in its group can read it  chmod 600 f"),
        (rules.mode("f", 0o604), Word.FIX, "everyone on this computer can read it  chmod 600 f"),
        (rules.mode("f", 0o620), Word.FIX, "everyone in its group can write it"),
        (rules.mode("d", 0o700, is_folder=True), Word.OK, ""),
        (rules.mode("d", 0o755, is_folder=True), Word.FIX, "everyone on this computer can enter it  chmod 700 d"),
        (rules.space("d", rules.LEAST_FREE_BYTES), Word.OK, "1.0 GB free in d"),
        (rules.space("d", rules.LEAST_FREE_BYTES - 1), Word.FIX, "free some space"),
        (rules.backup("s", None, NOW), Word.FIX, "touch s after each complete backup"),
        (rules.backup("s", NOW - timedelta(hours=26), NOW), Word.OK, "2026-11-22 12:02"),
        (rules.backup("s", NOW - timedelta(hours=27), NOW), Word.FIX, "2026-11-22 11:02"),
        (rules.backup("s", NOW + DAY, NOW), Word.FIX, "in the future"),
        (rules.certificate("c", NOW - DAY, NOW + 31 * DAY, NOW), Word.OK, "is valid until 2026-12-24"),
        (rules.certificate("c", NOW - DAY, NOW + 30 * DAY, NOW), Word.FIX, "in 30 days  renew it"),
        (rules.certificate("c", NOW - DAY, NOW, NOW), Word.FIX, "mqttd cannot connect"),
        (rules.certificate("c", NOW + DAY, NOW + 99 * DAY, NOW), Word.FIX, "is not valid before"),
        (rules.way_to_broker("broker.example", has_ca=False), Word.FIX, "set NIGHTINGALE_BROKER_CA"),
        (rules.client_files("", "cert", "key"), Word.FIX, "have no effect without NIGHTINGALE_BROKER_CA"),
        (rules.client_files("ca", "", "key"), Word.FIX, "set both, or neither"),
        (rules.heartbeat(None, connected=False, now=NOW), Word.FIX, "has never run"),
        (rules.heartbeat(NOW - timedelta(seconds=61), connected=True, now=NOW), Word.FIX, "is not running"),
        (rules.heartbeat(NOW - timedelta(seconds=60), connected=True, now=NOW), Word.OK, "connected to a broker"),
        (rules.heartbeat(NOW, connected=False, now=NOW), Word.FIX, "not connected to a broker"),
        (rules.heartbeat(NOW + DAY, connected=True, now=NOW), Word.FIX, "set both clocks"),
        (rules.clock_beside(1.2, 0.5), Word.OK, "agrees"),
        (rules.clock_beside(1.5, 0.5), Word.FIX, "1.5 s behind the database's"),
        (rules.clock_beside(-30.0, 0.1), Word.FIX, "30.0 s ahead of the database's"),
        (rules.clock_kept(None), Word.NOTE, "cannot check here"),
        (rules.clock_kept(is_kept=False), Word.FIX, "timedatectl set-ntp true"),
        (rules.clock_kept(is_kept=True), Word.OK, ""),
        (rules.demo_people(["km", "admin"]), Word.FIX, "sign in as km, admin"),
        (rules.demo_ward(is_demo=True), Word.FIX, "remove NIGHTINGALE_DEMO"),
        (rules.proxy(), Word.NOTE, "docs/running-the-ward.md"),
    ],
)
def test_a_rule_says_how_it_is_and_what_to_do(found: Finding, word: Word, says: str) -> None:
    assert found.word is word
    assert says in found.line
    assert bool(found.remedy) or word is not Word.FIX


@pytest.mark.parametrize(
    "found",
    [
        rules.way_to_broker("127.0.0.1", has_ca=False),
        rules.way_to_broker("broker.example", has_ca=True),
        rules.client_files("ca", "cert", "key"),
        rules.client_files("ca", "cert", ""),
        rules.client_files("", "", ""),
        rules.demo_people([]),
        rules.demo_ward(is_demo=False),
    ],
)
def test_where_nothing_needs_to_be_known_there_is_no_line(found: Finding | None) -> None:
    assert found is None


def test_a_line_is_one_line_whatever_an_error_brings_along() -> None:
    assert fix("it broke:\n  at line 3\n", "look\tthere").line == "FIX   it broke: at line 3  look there"
    assert note("nothing").line == "NOTE  nothing"
