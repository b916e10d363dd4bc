"""What a hostile or broken box may say: mqttd never fails, no other box's rows change, nothing stored is lost, and the
ward works on."""

import random
from collections.abc import Iterator
from itertools import islice

import pytest
import time_machine
from django.db import transaction
from hypothesis import given, note
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker

import messages
from messages import EntryKind, Log, Topic
from tests.hostile.boxes import Offline, box_of, known_of, others, received, swallowed, tried, wrong
from tests.hostile.rows import rows
from tests.hostile.saying import Known, Maker, heard, is_well_formed
from tests.hostile.seeds import SEED, examples
from tests.hostile.tally import Tally
from tests.ward.saying import NOW
from tests.ward.site import Site, make_site
from ward.beds.models import Ward
from ward.mqttd.handlers import Received

DEEP = (
    b'{"log_id":"deep-%d-%d","first_seq":1,"entries":[{"at":"2026-11-23T14:00:00Z","clock_ok":true,"boot":"b","stay":null,'
    b'"kind":"cleaning","data":{"a":%s}}]}'
)


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    """One afternoon for the tests of this file that undo what they do."""
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
        yield make_site(Ward.objects.create(name="Ward 4 North", slug="4-north"), NOW)
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_whatever_a_box_says_changes_its_own_rows_alone_and_loses_nothing(site: Site, tally: Tally) -> None:
    device, before = box_of(site.beds["1 A"]), rows()
    known, strangers = known_of(site, device), others(device)

    @examples(100, "messages")
    @given(st.randoms(use_true_random=False), st.integers(1, 12))
    def say(dice: random.Random, count: int) -> None:
        offline = Offline()
        said = list(islice(heard(Maker(dice, known), str(device.pk), strangers), count))
        for one, _is_good in said:
            note(f"{one.topic}{' retained' if one.retained else ''}: {one.payload[:2_000]!r}")
        with transaction.atomic():
            place = transaction.savepoint()
            offline.hear(*(one for one, _is_good in said))
            after = rows()
            transaction.savepoint_rollback(place)
        tally.update(tried(said))
        assert not swallowed(offline.mqttd)
        assert not (found := wrong(before, after, device)), found
        assert all(received(offline, device, one) for one, good in said if good)

    say()


def test_every_topic_and_every_kind_of_entry_is_tried() -> None:
    maker, word_of = Maker(random.Random(SEED), Known({})), "nightingale/1/x"
    said = [one for one, _good in islice(heard(maker, word_of.rpartition("/")[2], []), 1_500)]
    topics = {one.topic.rpartition("/")[2] for one in said}
    assert topics >= set(Topic)
    logs = [one.payload for one in said if one.topic.endswith("/log") and is_well_formed(Topic.LOG, one.payload)]
    kinds = {entry.kind for payload in logs for entry in messages.decode(Log, payload).entries}
    assert kinds > set(EntryKind)


@pytest.mark.django_db
def test_an_entry_is_kept_or_refused_however_deep_it_nests(site: Site, tally: Tally) -> None:
    """Readers and writers of JSON give up at depths of their own: what the one took in, the other must write."""
    device, offline = box_of(site.beds["1 A"]), Offline()
    name = messages.topic(str(device.pk), Topic.LOG)
    taken = 0
    for depth in range(80, 1_100, 4):
        for left, right in ((b"[", b"]"), (b'{"a":', b"}")):
            said = DEEP % (depth, len(left), left * depth + b"1" + right * depth)
            refused = offline.mqttd.complaints._seen[str(device.pk), "log"]
            offline.hear(Received(name, said, retained=False))
            is_in = offline.receipts(device, f"deep-{depth}-{len(left)}") == [1]
            assert is_in or offline.mqttd.complaints._seen[str(device.pk), "log"] == refused + 1
            tally["MQTT messages", f"log nested deep, {'kept' if is_in else 'refused'}"] += 1
            taken += is_in
    assert 100 < taken < 500
    assert not swallowed(offline.mqttd)
