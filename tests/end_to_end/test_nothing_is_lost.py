"""Box, broker and mqttd are killed at random moments; afterwards every entry is there once and in order."""

import os
import random
import signal
import sqlite3
from contextlib import closing, suppress

import msgspec
import pytest

from tests.end_to_end.conftest import House
from tests.end_to_end.processes import Bedside, until

pytestmark = pytest.mark.e2e
ROUNDS = int(os.environ.get("KILL_ROUNDS", "10"))  # the figure in docs/architecture.md is for 100
SEED = int(os.environ.get("KILL_SEED", "20261123"))


def test_every_entry_is_in_the_database_once_and_in_order_after_many_kills(mosquitto_house: House) -> None:
    house, chance = mosquitto_house, random.Random(SEED)
    box = house.boxes[0]
    victims = [box, house.broker, house.ward.mqttd]
    killed = dict.fromkeys((victim.name for victim in victims), 0)
    committed: list[tuple[int, str]] = []
    for _ in range(ROUNDS):
        for _ in range(chance.randrange(1, 12)):
            _use(box, chance)
        victim = chance.choice(victims)
        killed[victim.name] += 1
        victim.kill()
        _use(box, chance)
        if victim is box:
            committed = _agree(committed, _held(box))
        victim.start()
    box.press("play")
    until("every entry has its receipt", lambda: box.state()["unsent"] == 0, within_s=90)
    told = house.ward.rows("SELECT e.seq, e.kind FROM usage_entry e ORDER BY e.log_id, e.seq")
    logs = house.ward.rows("SELECT log_id, through, gap_from FROM usage_boxlog")
    assert len(logs) == 1, "the log kept its identity through every kill"
    assert [seq for seq, _ in told] == list(range(1, len(told) + 1)), "no entry twice, none missing, none out of order"
    assert logs[0][1:] == (len(told), None)
    missing = [entry for entry in committed if entry not in set(told)]
    assert not missing, "what the box had on its disk is what the ward has"
    print(f"{ROUNDS} kills {killed}: {len(told)} entries, 0 lost, 0 twice")


def _use(box: Bedside, chance: random.Random) -> None:
    with suppress(OSError):  # the box may be the one that was killed
        box.press(chance.choice([button for button in ("play", "next", "sleep") if button != box.last_pressed]))


def _held(box: Bedside) -> list[tuple[int, str]]:
    """What a killed box has on its disk, by SQLite itself."""
    with closing(sqlite3.connect(box.data / "log.sqlite3")) as connection:
        rows = connection.execute("SELECT seq, body FROM entry ORDER BY seq").fetchall()
    return [(seq, msgspec.json.decode(body)["kind"]) for seq, body in rows]


def _agree(before: list[tuple[int, str]], now: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """All that was ever seen on the disk; a number never comes again with another meaning."""
    known = dict(before)
    for seq, kind in now:
        assert known.setdefault(seq, kind) == kind, f"entry {seq} was renumbered"
    return sorted(known.items())


def test_a_frozen_and_then_killed_broker_never_holds_up_the_box(mosquitto_house: House) -> None:
    house, box = mosquitto_house, mosquitto_house.boxes[0]
    until("first words are through", lambda: box.state()["unsent"] == 0)
    house.broker.signal(signal.SIGSTOP)
    for _ in range(15):
        box.press("play")
        until("it plays while the broker is frozen", lambda: box.state()["sounding"])
        box.turn("volume", 1)
        box.press("play")
        until("and stops", lambda: not box.state()["playing"])
    house.broker.kill()
    box.press("play")
    until("it plays while there is no broker", lambda: box.state()["sounding"])
    assert box.state()["unsent"] >= 45
    print(f"slowest turn of the loop: {box.state()['slowest_turn_ms']} ms")
    house.broker.start()
    until("then everything goes through", lambda: box.state()["unsent"] == 0, within_s=60)
