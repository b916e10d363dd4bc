"""`nightingale-device check`: right, with each fault, and beside a running service; it never ends in a traceback."""

import pytest

from tests.pi.box import Box
from tests.pi.hands import NEXT, PLAY, UNMUTE, hold

pytestmark = pytest.mark.pi
PARTS = ("music", "sound", "level", "disk", "pins", "screen", "clock", "link")
FAULTS = {
    "no card": ("rmmod snd-aloop", "sound", 1),
    "no display": ("python3 /opt/board/board.py no-screen", "screen", 0),
    "a display that does not answer": ("echo 1 > /sys/kernel/debug/ssd1306/fault", "screen", 0),
    "no gpiochip": ("python3 /opt/board/board.py no-gpio", "pins", None),
    "an input in use": (hold("INPUT", NEXT), "pins", None),
    "an output in use": (hold("OUTPUT", UNMUTE), "pins", None),
    "no music": ("rm -r /var/lib/nightingale/music", "music", 1),
    "a folder of somebody else's": ("chown -R root /var/lib/nightingale; chmod 755 /var/lib/nightingale", "disk", None),
    "a clock that nobody set": ("date -s 1970-01-02 > /dev/null", "clock", 0),
}


@pytest.mark.quick
def test_with_everything_right_it_says_so(stopped_box: Box) -> None:
    code, said = stopped_box.check()
    assert code == 0, said
    assert _to_fix(said) <= {"level"}, "nobody has measured this box; all else is well"
    _names_every_part(said)


@pytest.mark.parametrize("fault", FAULTS)
def test_with_one_fault_it_names_that_part(stopped_box: Box, fault: str) -> None:
    breaks, part, code = FAULTS[fault]
    stopped_box.guest.run(breaks)
    found, said = stopped_box.check()
    _names_every_part(said)
    assert part in _to_fix(said) <= {part, "level", "light"}, said  # the light is one of the pins
    assert code is None or found == code


@pytest.mark.quick
def test_beside_a_running_service_it_says_so_and_disturbs_nothing(box: Box) -> None:
    box.listen()
    box.press(PLAY, 4)
    code, said = box.check()
    assert code == 0, said
    _names_every_part(said)
    box.guest.sleep(2)
    assert [heard.is_sound for heard in box.heard()] == [True], "the music played on"
    assert box.level(UNMUTE) == 1
    assert box.chip("on") == 1
    box.press(PLAY, 2)
    assert [heard.is_sound for heard in box.heard()] == [True, False], "and its buttons work"
    assert box.log().faults() == []


def _to_fix(said: str) -> set[str]:
    return {line.split()[1] for line in said.splitlines() if line.startswith("FIX")}


def _names_every_part(said: str) -> None:
    assert "Traceback" not in said, said
    named = {line.split()[1] for line in said.splitlines() if line.startswith(("OK ", "FIX"))}
    assert named >= set(PARTS), said
