"""The installed box starts, shows its home screen, plays at a press and is silent at the next."""

import statistics

import pytest

from tests.pi.box import Box, Heard
from tests.pi.figures import Figures
from tests.pi.hands import LIGHT, PLAY, UNMUTE
from tests.pi.home import home_screens

pytestmark = pytest.mark.pi


@pytest.mark.quick
def test_the_box_starts_and_shows_its_home_screen(stopped_box: Box, figures: Figures) -> None:
    began = float(stopped_box.guest.run("date +%s.%N"))
    stopped_box.start()
    figures.note("start to ready", f"{stopped_box.ready_at() - began:.2f} s")
    stopped_box.guest.sleep(5)
    assert stopped_box.chip("on") == 1, stopped_box.said()
    assert stopped_box.pixels() in home_screens(stopped_box.guest)
    assert stopped_box.level(UNMUTE) == 1, "the player is ready"
    assert "Traceback" not in stopped_box.said()


@pytest.mark.quick
def test_play_is_heard_and_the_next_press_is_silence(box: Box) -> None:
    box.listen()
    pressed = box.press(PLAY, 3)
    sound = box.heard()
    assert [heard.is_sound for heard in sound] == [True], "music, without a gap"
    assert box.level(UNMUTE) == 1
    again = box.press(PLAY, 2)
    assert [heard.is_sound for heard in box.heard()] == [True, False]
    assert sound[0].at - pressed < 1.0
    assert box.heard()[1].at - again < 1.0
    assert "session_ended" in box.log().kinds()


@pytest.mark.quick
def test_every_press_is_answered(box: Box, figures: Figures, presses: int) -> None:
    box.listen()
    to_sound, to_silence = [], []
    for _ in range(presses):
        to_sound.append(_answer(box, True, box.press(PLAY, 1.5)))
        to_silence.append(_answer(box, False, box.press(PLAY, 1.5)))
    figures.spread("press to sound", to_sound)
    figures.spread("stop to silence", to_silence)
    assert statistics.median(to_sound) < 0.3, "a start is heard within 300 ms"
    assert statistics.median(to_silence) < 0.3 + 0.1, "reaction within 100 ms, ramp of at most 300 ms"


def _answer(box: Box, is_sound: bool, pressed: float) -> float:
    """Seconds from the press to what answered it."""
    last: Heard = box.heard()[-1]
    assert last.is_sound is is_sound, f"the press at {pressed:.3f} was not answered: {box.heard()[-4:]}"
    assert last.at > pressed
    return last.at - pressed


def test_the_light_burns_by_day_in_silence_and_is_out_while_music_plays(box: Box) -> None:
    assert "1" in _light(box)
    box.press(PLAY, 3)
    assert _light(box) == {"0"}


def _light(box: Box) -> set[str]:
    """What its line is found at, a hundred times."""
    return set(
        box.guest.run(f"for i in $(seq 100); do cat /run/lines/sim_gpio{LIGHT}/value; sleep 0.0037; done").split()
    )
