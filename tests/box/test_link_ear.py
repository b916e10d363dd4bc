"""A box with nothing to send still notices that nothing comes through to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import messages
from device.link.ear import QUIET_S
from messages import Topic
from tests.box.test_link_protocol import PACE, Scene, begun

UP = messages.Presence(online=True, software="ward", boot="w")


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with begun(tmp_path) as made:
        made.talk.take(UP)
        made.wire.heard()
        yield made


def said_in(scene: Scene, seconds: float) -> list[Topic]:
    return [word for _ in range(int(seconds)) for word in scene.spoken_after(1.0)]


def test_a_quiet_box_asks_each_five_minutes_and_a_receipt_answers(scene: Scene) -> None:
    answer = messages.Receipt(log_id=scene.log.span().log_id, through=0)
    for _ in range(10):
        assert said_in(scene, QUIET_S) == [Topic.HELLO]
        scene.talk.take(answer)
        assert not scene.talk.is_deaf


def test_a_quiet_box_that_gets_no_answer_asks_again_and_then_counts_as_deaf(scene: Scene) -> None:
    asked = said_in(scene, QUIET_S + PACE.deaf_s)
    assert asked == [Topic.HELLO] * int(1 + PACE.deaf_s / PACE.repeat_most_s)
    assert not scene.talk.is_deaf
    said_in(scene, 1)
    assert scene.talk.is_deaf


def test_a_quiet_box_whose_ward_is_away_asks_nobody(scene: Scene) -> None:
    scene.talk.take(messages.Presence(online=False, software="ward", boot="w"))
    assert said_in(scene, 2 * (QUIET_S + PACE.deaf_s)) == []
    assert not scene.talk.is_deaf
    scene.talk.take(UP)
    assert not scene.talk.is_deaf
