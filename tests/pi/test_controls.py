"""Buttons and knobs on a real gpiochip: bounce, a contact closed at boot, lines and chips that are not to be had."""

from itertools import pairwise

import pytest

from tests.pi.box import Box
from tests.pi.hands import CHOOSE, LIGHT, NEXT, NURSE_CALL, PLAY, UNMUTE, VOLUME, Pull, hold

pytestmark = pytest.mark.pi
STEP_DB = 2.0


@pytest.mark.parametrize("edge_us", [10_000, 2_000, 1_000])
def test_each_detent_counts_once_however_the_contacts_bounce(box: Box, edge_us: int) -> None:
    box.press(PLAY, 2)
    levels = [box.log().memory["level_dba"]]
    for detents in (-4, 4, -1):
        box.turn(VOLUME, detents, edge_us, then_s=1.5)
        levels.append(box.log().memory["level_dba"])
    steps = [(after - before) / STEP_DB for before, after in pairwise(levels)]
    assert steps == [-4, 4, -1]


@pytest.mark.quick
def test_choose_names_what_play_will_play(box: Box) -> None:
    box.press(PLAY, 2)
    box.press(PLAY, 1)
    box.turn(CHOOSE, 1, then_s=4)
    box.press(PLAY, 2)
    first, second = (entry.data["playlist"] for entry in box.log().entries if entry.kind == "session_started")
    assert first != second


def test_play_held_down_at_boot_starts_nothing_and_works_when_let_go(stopped_box: Box) -> None:
    stopped_box.pull([Pull(0, PLAY, True)])
    stopped_box.start()
    stopped_box.listen()
    stopped_box.guest.sleep(5)
    assert stopped_box.heard() == []
    stopped_box.pull([Pull(0, PLAY, False)], then_s=1)
    stopped_box.press(PLAY, 2)
    assert [heard.is_sound for heard in stopped_box.heard()] == [True]


@pytest.mark.parametrize("line", [NEXT, NURSE_CALL, pytest.param(LIGHT, marks=pytest.mark.quick)])
def test_a_line_that_another_process_holds_costs_only_itself(stopped_box: Box, line: int) -> None:
    stopped_box.guest.run(hold("INPUT", line))
    stopped_box.start()
    stopped_box.listen()
    stopped_box.press(PLAY, 2)
    assert [heard.is_sound for heard in stopped_box.heard()] == [True], stopped_box.said()
    assert stopped_box.level(UNMUTE) == 1
    assert f"GPIO {line}" in stopped_box.said() or f"GPIO{line}" in stopped_box.said(), "the journal says which"
    assert stopped_box.log().lost(str(line)), "and so does the log"
    assert "Traceback" not in stopped_box.said()


def test_a_line_that_is_free_again_works_again(stopped_box: Box) -> None:
    stopped_box.guest.run(hold("INPUT", PLAY))
    stopped_box.start()
    stopped_box.listen()
    stopped_box.guest.run("systemctl stop holder")
    _press_until_heard(stopped_box)


@pytest.mark.parametrize(
    "properties", [(), ("RuntimeDirectory=nightingale",), ("ProtectSystem=strict", "PrivateTmp=yes")]
)
def test_a_working_directory_that_cannot_be_written_costs_nothing(
    stopped_box: Box, properties: tuple[str, ...]
) -> None:
    written = ("ReadWritePaths=/var/lib/nightingale",) if "ProtectSystem=strict" in properties else ()
    stopped_box.start(folder="/", properties=(*properties, *written))
    stopped_box.listen()
    stopped_box.press(PLAY, 2)
    assert [heard.is_sound for heard in stopped_box.heard()] == [True], stopped_box.said()


def test_a_gpiochip_that_comes_after_the_start_is_used(stopped_box: Box) -> None:
    stopped_box.guest.run("python3 /opt/board/board.py no-gpio")
    stopped_box.start()
    stopped_box.guest.sleep(2)
    assert "GPIO" in stopped_box.said(), "it says what it misses"
    stopped_box.guest.run("python3 /opt/board/board.py gpio")
    stopped_box.listen()
    _press_until_heard(stopped_box)


def _press_until_heard(box: Box, within_s: int = 70) -> None:
    """One press every five seconds, as a patient would."""
    for _ in range(within_s // 5):
        box.press(PLAY, 4.5)
        if box.heard():
            return
    pytest.fail(f"PLAY was without effect for {within_s} s: {box.said()}", pytrace=False)
