"""A ward that may not hear the boxes is not connected, and says why."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from messages import ROOT
from tests.servers import mosquitto
from ward.mqttd.broker import Broker, Speech
from ward.mqttd.daemon import Mqttd

pytestmark = pytest.mark.django_db(transaction=True)
DYNAMIC_SECURITY = Path("/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so")


@pytest.fixture
def deaf_port(tmp_path: Path) -> Iterator[int]:
    """A broker that lets nobody hear entries."""
    if not DYNAMIC_SECURITY.exists():
        pytest.skip(f"{DYNAMIC_SECURITY} is missing: apt-get install mosquitto")
    acls = [
        {"acltype": "subscribePattern", "topic": f"{ROOT}/+/log", "allow": False, "priority": 9},
        {"acltype": "subscribePattern", "topic": "#", "allow": True},
    ]
    file = tmp_path / "rules.json"
    open_to_all = dict.fromkeys(("publishClientSend", "publishClientReceive", "subscribe", "unsubscribe"), True)
    group = {"anonymousGroup": "all", "groups": [{"groupname": "all", "roles": [{"rolename": "all"}]}]}
    file.write_text(
        json.dumps({"defaultACLAccess": open_to_all, **group, "roles": [{"rolename": "all", "acls": acls}]})
    )
    rules = ("allow_anonymous true", f"plugin {DYNAMIC_SECURITY}", f"plugin_opt_config_file {file}")
    with mosquitto(tmp_path, *rules) as broker:
        yield broker.port


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
