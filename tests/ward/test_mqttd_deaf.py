"""A ward that may not hear the boxes, or that hears nothing, is not connected, and says why."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from messages import ROOT
from tests.hand_clock import HandClock
from tests.servers import Mosquitto
from tests.servers import mosquitto as started_mosquitto
from ward.mqttd.connection import Broker, Speech
from ward.mqttd.daemon import Mqttd

pytestmark = pytest.mark.django_db(transaction=True)
DYNAMIC_SECURITY = Path("/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so")


@contextmanager
def broker_with(tmp_path: Path, *acls: dict[str, object]) -> Iterator[int]:
    """All may do all, except for that; its port."""
    if not DYNAMIC_SECURITY.exists():
        pytest.skip(f"{DYNAMIC_SECURITY} is missing: apt-get install mosquitto")
    file = tmp_path / "rules.json"
    open_to_all = dict.fromkeys(("publishClientSend", "publishClientReceive", "subscribe", "unsubscribe"), True)
    group = {"anonymousGroup": "all", "groups": [{"groupname": "all", "roles": [{"rolename": "all"}]}]}
    file.write_text(
        json.dumps({"defaultACLAccess": open_to_all, **group, "roles": [{"rolename": "all", "acls": [*acls]}]})
    )
    rules = ("allow_anonymous true", f"plugin {DYNAMIC_SECURITY}", f"plugin_opt_config_file {file}")
    with started_mosquitto(tmp_path, *rules) as broker:
        yield broker.port


@pytest.fixture
def deaf_port(tmp_path: Path) -> Iterator[int]:
    """A broker that lets nobody ask for entries."""
    no_log: dict[str, object] = {"acltype": "subscribePattern", "topic": f"{ROOT}/+/log", "allow": False, "priority": 9}
    with broker_with(tmp_path, no_log, {"acltype": "subscribePattern", "topic": "#", "allow": True}) as port:
        yield port


@pytest.fixture
def mute_port(tmp_path: Path) -> Iterator[int]:
    """A broker that takes everything and delivers nothing, but answers pings."""
    with broker_with(tmp_path, {"acltype": "publishClientReceive", "topic": "#", "allow": False}) as port:
        yield port


def turned(mqttd: Mqttd, clock: HandClock, seconds: int) -> None:
    for _ in range(seconds):
        clock.at += 1.0
        mqttd.turn(0.01)


def connected(port: int, clock: HandClock, said: list[str]) -> Mqttd:
    mqttd = Mqttd([Broker("127.0.0.1", port)], clock=clock, say=said.append)
    for _ in range(500):
        mqttd.turn(0.01)
        if mqttd.connected:
            return mqttd
    pytest.fail("never connected")


def test_a_ward_to_which_nothing_is_delivered_says_so_and_connects_anew(
    mute_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    clock, said = HandClock(), list[str]()
    mqttd = connected(mute_port, clock, said)
    turned(mqttd, clock, 20)
    assert mqttd.connected
    turned(mqttd, clock, 20)
    assert "answers but delivers nothing, not even to itself" in caplog.text
    assert len([line for line in said if "connected to" in line]) == 2
    mqttd.close()


def test_a_quiet_ward_hears_itself_and_stays_connected(mosquitto: Mosquitto) -> None:
    clock, said = HandClock(), list[str]()
    mqttd = connected(mosquitto.port, clock, said)
    turned(mqttd, clock, 500)
    assert mqttd.connected
    assert said == [f"mqttd: connected to 127.0.0.1:{mosquitto.port}"]
    mqttd.close()


def test_a_turn_that_the_database_held_up_is_no_silence(mosquitto: Mosquitto) -> None:
    clock, said = HandClock(), list[str]()
    mqttd = connected(mosquitto.port, clock, said)
    clock.at += 300.0
    turned(mqttd, clock, 20)
    assert len(said) == 1
    mqttd.close()


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_a_refused_subscription_is_a_refused_ward(
    deaf_port: int, protocol: str, caplog: pytest.LogCaptureFixture
) -> None:
    mqttd = Mqttd([Broker("127.0.0.1", deaf_port)], Speech(protocol))
    for _ in range(500):
        mqttd.turn(0.01)
        if mqttd.complaints.count:
            break
    mqttd.close()
    assert "refuses the ward (it may not hear log: " in caplog.text
