"""Sound cards that are not there, come late, have another name, do another rate, or are pulled."""

import pytest

from tests.pi.box import Box
from tests.pi.hands import PLAY, UNMUTE
from tests.pi.machine import Machine

pytestmark = pytest.mark.pi


@pytest.mark.parametrize("other_first", [False, True])
def test_a_card_that_comes_late_is_used_when_it_comes(stopped_box: Box, other_first: bool) -> None:
    stopped_box.guest.run("rmmod snd-aloop")
    stopped_box.start()
    stopped_box.press(PLAY, 3)
    assert stopped_box.is_running
    assert stopped_box.level(UNMUTE) == 0
    assert stopped_box.log().lost("sound"), "an entry says that there is no sound"
    if other_first:
        stopped_box.guest.run("modprobe snd-dummy")
    stopped_box.guest.run(f"modprobe snd-aloop index={int(other_first)} id=Headphones")
    stopped_box.wait_until_sound_is_back()
    stopped_box.listen()
    stopped_box.guest.sleep(2)
    assert stopped_box.heard() == [], "nothing starts by itself"
    stopped_box.press(PLAY, 3)
    assert [heard.is_sound for heard in stopped_box.heard()] == [True]


@pytest.mark.quick
def test_a_card_name_that_is_not_there_is_told_and_ends_nothing(stopped_box: Box) -> None:
    stopped_box.configure(("system:Headphones", "system:Nosuch"))
    stopped_box.start()
    stopped_box.press(PLAY, 5)
    assert stopped_box.is_running
    assert stopped_box.log().lost("Nosuch")
    code, said = stopped_box.check()
    sound = next(line for line in said.splitlines() if " sound " in line)
    assert (code, sound[:4]) == (1, "FIX ")
    assert "Nosuch" in sound
    assert "Headphones" in sound, "it says which cards there are"


def test_a_card_that_knows_only_44_kHz_plays(stopped_box: Box) -> None:  # noqa: N802
    stopped_box.listen(rate=44_100)  # a loopback's other side fixes the rate
    stopped_box.start()
    stopped_box.press(PLAY, 3)
    assert [heard.is_sound for heard in stopped_box.heard()] == [True], stopped_box.said()


def test_a_usb_card_that_is_pulled_and_put_back_plays_at_the_next_press(stopped_box: Box, machine: Machine) -> None:
    machine.qemu.plug_usb_card()
    stopped_box.guest.until("ls /proc/asound/card*/usbid")
    card = stopped_box.guest.run("cat $(dirname /proc/asound/card*/usbid)/id").strip()
    stopped_box.configure(("system:Headphones", f"system:{card}"))
    stopped_box.start()
    stopped_box.press(PLAY, 3)
    assert stopped_box.card_state(card) == "RUNNING"
    machine.qemu.pull_usb_card()
    stopped_box.guest.until("! ls /proc/asound/card*/usbid 2>/dev/null")
    stopped_box.guest.sleep(5)
    assert stopped_box.is_running
    assert stopped_box.level(UNMUTE) == 0
    assert stopped_box.log().lost("sound")
    machine.qemu.plug_usb_card()
    stopped_box.wait_until_sound_is_back()
    stopped_box.press(PLAY, 3)
    assert stopped_box.card_state(card) == "RUNNING"
    assert stopped_box.level(UNMUTE) == 1


def test_the_self_test_names_the_card_that_the_system_would_choose(stopped_box: Box) -> None:
    stopped_box.configure(("system:Headphones", "system"))
    code, said = stopped_box.check()
    assert code == 0
    assert "Headphones" in next(line for line in said.splitlines() if " sound " in line)
