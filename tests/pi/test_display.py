"""The display on a real I2C bus: nobody answers, the bus hangs, its power is lost, it comes late."""

import pytest

from tests.pi.box import CHIP, Box
from tests.pi.hands import PLAY, VOLUME
from tests.pi.home import home_screens

pytestmark = pytest.mark.pi
NACK, HANG, POWER_LOST = 1, 2, 3


@pytest.mark.parametrize("fault", [NACK, HANG])
def test_a_bus_that_fails_costs_no_sound_and_the_picture_comes_back(box: Box, fault: int) -> None:
    box.guest.sleep(4)
    box.listen()
    box.fail_the_bus(fault)
    box.turn(VOLUME, 1)
    pressed = box.press(PLAY, 3)
    assert [heard.is_sound for heard in box.heard()] == [True]
    assert box.heard()[0].at - pressed < 1.0
    again = box.press(PLAY, 2)
    assert box.heard()[1].at - again < 1.0
    box.fail_the_bus(0)
    box.guest.run(f"echo 0 > {CHIP}/bytes 2>/dev/null; true")
    _shows_home(box)
    assert box.log().lost("screen")
    assert "Traceback" not in box.said()


@pytest.mark.quick
def test_a_display_that_lost_its_power_is_set_up_again(box: Box) -> None:
    box.guest.sleep(4)
    assert box.chip("on") == 1, box.said()
    contrast = box.chip("contrast")
    box.fail_the_bus(POWER_LOST)
    box.turn(VOLUME, 1)
    _shows_home(box)
    assert box.chip("contrast") == contrast


def test_a_bus_that_comes_after_the_start_is_used(stopped_box: Box) -> None:
    stopped_box.guest.run("python3 /opt/board/board.py no-screen")
    stopped_box.start()
    stopped_box.guest.sleep(3)
    stopped_box.guest.run("python3 /opt/board/board.py screen")
    _shows_home(stopped_box)


def _shows_home(box: Box, within_s: float = 70.0) -> None:
    """Until the chip is lit, and then the home screen is in it."""
    box.guest.until(f"[ $(($(cat {CHIP}/on))) = 1 ]", within_s)
    box.guest.sleep(6)
    assert box.pixels() in home_screens(box.guest)
