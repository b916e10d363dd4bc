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
    """The time counts where the machine did not stand still meanwhile: see `Box.watched`."""
    box.watch_the_card()
    box.listen()
    answers = [(kind, *_answered(box, kind)) for _ in range(presses) for kind in (True, False)]
    late = box.watched().late
    counted = [(kind, at - pressed) for kind, pressed, at in answers if not any(pressed < one < at for one in late)]
    to_sound, to_silence = ([taken for kind, taken in counted if kind is wanted] for wanted in (True, False))
    assert to_sound, "the host was late at every press"
    assert to_silence, "the host was late at every press"
    figures.spread("press to sound", to_sound)
    figures.spread("stop to silence", to_silence)
    figures.note("presses not counted because the host was late", f"{len(answers) - len(counted)} of {len(answers)}")
    assert statistics.median(to_sound) < 0.3, "a start is heard within 300 ms"
    assert statistics.median(to_silence) < 0.3 + 0.1, "reaction within 100 ms, ramp of at most 300 ms"


def _answered(box: Box, is_sound: bool) -> tuple[float, float]:
    """When PLAY was pressed, and when that was heard."""
    pressed = box.press(PLAY, 1.5)
    box.until_heard("sound" if is_sound else "silent", 10)
    last: Heard = box.heard()[-1]
    assert last.at > pressed
    return pressed, last.at


def test_the_light_burns_by_day_in_silence_and_is_out_while_music_plays(box: Box) -> None:
    assert "1" in _light(box)
    box.press(PLAY, 3)
    assert _light(box) == {"0"}


def _light(box: Box) -> set[str]:
    """What its line is found at, a hundred times."""
    return set(
        box.guest.run(f"for i in $(seq 100); do cat /run/lines/sim_gpio{LIGHT}/value; sleep 0.0037; done").split()
    )
