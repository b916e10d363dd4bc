"""Topics: who speaks where, what is retained, and that no name can travel in one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import messages
from messages import ROOT, Topic, parse_topic, subscriptions, topic
from messages.topics import FROM_DEVICE, FROM_WARD
from tests.wire.golden_messages import DEVICE_ID

UUIDS = st.uuids().map(str)


@settings(deadline=None)
@given(UUIDS, st.sampled_from(Topic))
def test_a_topic_says_which_box_and_what_kind_and_nothing_else(device_id: str, word: Topic) -> None:
    name = topic(device_id, word)
    assert name == f"nightingale/1/{device_id}/{word.value}"
    assert parse_topic(name) == (device_id, word)


@pytest.mark.parametrize(
    "name",
    [
        "bed-4",
        "Room 12",
        "",
        "ward",
        "+",
        "#",
        f"{DEVICE_ID}/log",
        f" {DEVICE_ID}",
        f"{DEVICE_ID}\n",
        DEVICE_ID.upper(),
        DEVICE_ID[:-1],
        DEVICE_ID.replace("-", ""),
        DEVICE_ID.replace("7", "\N{ARABIC-INDIC DIGIT SEVEN}"),
    ],
)
def test_no_name_travels_in_a_topic(name: str) -> None:
    with pytest.raises(ValueError, match="is not a lower-case UUID"):
        topic(name, Topic.LOG)
    assert parse_topic(f"{ROOT}/{name}/log") is None


@settings(deadline=None)
@given(st.text())
def test_only_a_uuid_ever_becomes_a_topic(name: str) -> None:
    assert parse_topic(f"{ROOT}/{name}/now") is None
    with pytest.raises(ValueError, match="is not a lower-case UUID"):
        topic(name, Topic.NOW)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        ROOT,
        f"{ROOT}/",
        f"{ROOT}/{DEVICE_ID}",
        f"{ROOT}/{DEVICE_ID}/",
        f"{ROOT}/{DEVICE_ID}/+",
        f"{ROOT}/{DEVICE_ID}/#",
        f"{ROOT}/+/log",
        f"{ROOT}/#",
        f"{ROOT}/{DEVICE_ID}/log/",
        f"{ROOT}/{DEVICE_ID}/log/more",
        f"{ROOT}/{DEVICE_ID}/LOG",
        f"{ROOT}/{DEVICE_ID}/log\n",
        f"{ROOT}/{DEVICE_ID}/title",
        f"/{ROOT}/{DEVICE_ID}/log",
        f"x{ROOT}/{DEVICE_ID}/log",
        f"nightingale/2/{DEVICE_ID}/log",
        f"nightingale/11/{DEVICE_ID}/log",
        f"$SYS/{ROOT}/{DEVICE_ID}/log",
        f"{ROOT}/{ROOT}/{DEVICE_ID}/log",
        f"{ROOT}/ward/presence",
    ],
)
def test_a_foreign_topic_is_none_of_ours(name: str) -> None:
    assert parse_topic(name) is None


@settings(deadline=None)
@given(st.text(alphabet=f"{ROOT}{DEVICE_ID}logw+#$\n"))
def test_any_text_is_a_topic_of_ours_or_none(name: str) -> None:
    found = parse_topic(name)
    assert found is None or topic(*found) == name


def test_nothing_but_presence_is_retained() -> None:
    assert {Topic.PRESENCE} == messages.RETAINED


def test_only_what_may_be_lost_is_sent_without_the_brokers_word() -> None:
    assert {word for word in Topic if messages.QOS[word] == 0} == {Topic.NOW, Topic.HEALTH, Topic.SCREEN}
    assert {messages.QOS[word] for word in set(Topic) - {Topic.NOW, Topic.HEALTH, Topic.SCREEN}} == {1}


def test_every_topic_has_one_speaker_and_one_struct() -> None:
    assert sorted([*FROM_DEVICE, *FROM_WARD]) == sorted(Topic)
    assert set(messages.TYPES) == set(Topic)


def test_a_box_hears_only_what_the_ward_says_to_it() -> None:
    assert set(subscriptions(DEVICE_ID)) == {
        (f"nightingale/1/{DEVICE_ID}/receipt", 1),
        (f"nightingale/1/{DEVICE_ID}/assignment", 1),
        (f"nightingale/1/{DEVICE_ID}/command", 1),
        ("nightingale/1/ward/presence", 1),
    }


def test_the_ward_hears_what_any_box_says_and_not_itself() -> None:
    assert set(subscriptions(None)) == {
        ("nightingale/1/+/presence", 1),
        ("nightingale/1/+/hello", 1),
        ("nightingale/1/+/log", 1),
        ("nightingale/1/+/now", 0),
        ("nightingale/1/+/health", 0),
        ("nightingale/1/+/reply", 1),
        ("nightingale/1/+/screen", 0),
    }


def test_the_wards_own_presence_is_not_a_boxs() -> None:
    """The ward's subscription to every box's presence also brings it its own."""
    assert messages.ward_presence_topic() == "nightingale/1/ward/presence"
    assert parse_topic(messages.ward_presence_topic()) is None
