"""mqttd says that it runs, and the check reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.db import connection

from tests.ward.checked import DAY
from tests.ward.saying import NOW
from tests.ward.test_mqttd_held import Offline, held, limited, stored
from ward.fleet.models import Device
from ward.installation import database
from ward.installation.finding import Word
from ward.limits import MQTTD
from ward.mqttd.heartbeat import EACH_S, ROW, beat, last_beat
from ward.mqttd.models import Heartbeat


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
