"""Pages, mqttd, broker and database are killed in turn while a nurse assigns music and a patient presses.

Afterwards all music that a nurse was told to be assigned is there, every entry is there once, and the tile is right.
"""

import json
import os
import random
import re
import threading
import urllib.error
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.end_to_end.conftest import IDS
from tests.end_to_end.pages import Nurse
from tests.end_to_end.processes import Bedside, Broker, Ward, until
from tests.servers import MOSQUITTO, Postgres, listens, need, postgresql_programs

pytestmark = pytest.mark.e2e
ROUNDS = int(os.environ.get("KILL_ROUNDS", "8"))
SEED = int(os.environ.get("KILL_SEED", "20261130"))
PLAYLISTS = ("calm", "garden", "sleep")


class WardOnPostgres(Ward):
    """The ward's processes on a database server."""

    def __init__(self, folder: Path, music: Path, broker_port: int, url: str) -> None:
        super().__init__(folder, music, broker_port)
        self.environment["DATABASE_URL"] = url
        self._url = url

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type] # our own queries


class Given:
    """What the nurse pressed, and how it was answered."""

    def __init__(self, nurse: Nurse, chance: random.Random) -> None:
        self.answers: Counter[str] = Counter()
        self.told: dict[int, set[str]] = {}  # by version: the page said that it is assigned
        self._nurse, self._chance = nurse, chance
        self._last: tuple[str, ...] = ()

    def _other(self) -> list[str]:
        """Two playlists that are not the two that were tried last."""
        pairs = [pair for pair in (PLAYLISTS[:2], PLAYLISTS[1:], PLAYLISTS[::2]) if pair != self._last]
        self._last = self._chance.choice(pairs)
        return list(self._last)

    def press(self) -> bool:
        """Gives other music. Whether an answer came that is no excuse."""
        playlists = self._other()
        try:
            path = f"{self._nurse.bed_path('1')}assign/"
            page = self._nurse.get(path)
            version = re.search(r'name="version" value="(\d+)"', page)
            assert version, "no form to assign"
            once = re.search(r'name="once" value="(\w+)"', page)
            assert once
            self._nurse.post(path, page, playlist=playlists, version=version[1], once=once[1])
        except urllib.error.HTTPError as refused:
            self.answers[str(refused.code)] += 1
            return False
        except (OSError, urllib.error.URLError, ConnectionError):
            self.answers["no connection"] += 1
            return False
        self.answers["200"] += 1
        self.told[int(version[1]) + 1] = set(playlists)
        return True


@pytest.fixture
def killable(tmp_path: Path, music: Path) -> Iterator[tuple[WardOnPostgres, Broker, Postgres, Bedside]]:
    need(MOSQUITTO)
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL is missing: apt-get install postgresql")
    with ExitStack() as running:
        database, broker = Postgres(programs), Broker("mosquitto", tmp_path)
        database.start()
        running.callback(database.stop)
        running.callback(broker.kill)
        broker.start()
        ward = WardOnPostgres(tmp_path, music, broker.port, database.url)
        ward.prepare(dict(list(IDS.items())[:1]))
        running.callback(ward.end)
        ward.mqttd.start()
        ward.pages.start()
        box = Bedside(tmp_path, next(iter(IDS)), music, broker.port)
        running.callback(box.end)
        box.start()
        until("the pages are there", lambda: listens(ward.port))
        yield ward, broker, database, box


def test_nothing_that_was_told_to_be_done_is_lost_whoever_is_killed(
    killable: tuple[WardOnPostgres, Broker, Postgres, Bedside],
) -> None:
    ward, broker, database, box = killable
    chance, nurse = random.Random(SEED), Nurse(ward.url)
    assigned = Given(nurse, chance)
    victims: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "pages": (ward.pages.kill, ward.pages.start),
        "mqttd": (ward.mqttd.kill, ward.mqttd.start),
        "broker": (broker.kill, broker.start),
        "database": (database.kill, database.start_again),
    }
    for number in range(ROUNDS):
        kill, start = list(victims.values())[number % len(victims)]
        killer = threading.Timer(chance.uniform(0.0, 0.4), kill)
        killer.start()
        for _ in range(4):
            _use(box, chance)
            assigned.press()
        killer.join()
        assigned.press()
        start()
        until("the nurse is answered again", assigned.press)
    _check(ward, box, nurse, assigned)
    print(f"{ROUNDS} kills: {dict(assigned.answers)} answers, {len(assigned.told)} acknowledged, 0 lost")


def _use(box: Bedside, chance: random.Random) -> None:
    with suppress(OSError):
        box.press(chance.choice([button for button in ("play", "next", "sleep") if button != box.last_pressed]))


def _check(ward: WardOnPostgres, box: Bedside, nurse: Nurse, assigned: Given) -> None:
    bare = {answer for answer in assigned.answers if answer.startswith("5")} - {"503"}
    assert not bare, "an answer says what to do"
    rows = ward.rows("SELECT version, message FROM assignments_assignment")
    stored = {version: {one["slug"] for one in json.loads(message)["playlists"]} for version, message in rows}
    lost = {
        version: playlists
        for version, playlists in assigned.told.items()
        if not playlists <= stored.get(version, set())
    }
    assert not lost, "what the nurse was told is there"
    newest = max(stored)
    until("the newest is on the box", lambda: box.state()["assignment_version"] == newest, within_s=120)
    if box.state()["playing"]:
        box.press("play")
    until("every entry has its receipt", lambda: box.state()["unsent"] == 0, within_s=120)
    told = ward.rows("SELECT seq FROM usage_entry ORDER BY log_id, seq")
    assert [seq for (seq,) in told] == list(range(1, len(told) + 1)), "none twice, none missing"
    assert ward.rows("SELECT through, gap_from FROM usage_boxlog") == [(len(told), None)]
    until("the tile is quiet", lambda: "No music" in nurse.tile("1"))
    box.press("play")
    until("the tile says that it plays", lambda: "Playing" in nurse.tile("1"))
