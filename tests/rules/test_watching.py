"""The ward watches the screen: when it is told, how often, and what stays at the bed. One sentence a test."""

from dataclasses import replace

import pytest

from device.rules.effects import Answer, Effect, Record, TellScreen
from device.rules.events import Commanded, LinkChanged, PartBack, PartLost, ScreenSeen, Tick
from device.rules.state import Shown
from device.rules.step import next_deadline
from device.rules.view import Scene, View
from messages import FRAME_BYTES, Light, Part, Question, Showing, Verb, because
from messages.reasons import Code
from tests.rules.bed import Bed

CALM = View(Scene.PLAYING, word="Calm", minutes=18)


def frame(number: int) -> bytes:
    """A picture like no other."""
    return bytes([number]) * FRAME_BYTES


def seen(number: int, view: View = CALM) -> ScreenSeen:
    return ScreenSeen(view, frame(number), ("Calm", "18 min"))


def told(effects: tuple[Effect, ...]) -> list[Shown]:
    return [effect.shown for effect in effects if isinstance(effect, TellScreen)]


def watched(command: str = "w1") -> Bed:
    """A bed whose screen the ward watches from now on."""
    bed = Bed()
    assert bed.happens(Commanded(command, Verb.WATCH)) == (Answer(command, done=True),)
    return bed


def wait(bed: Bed, seconds: float) -> list[Shown]:
    """Time passes, with a look at each deadline: what the ward is told meanwhile."""
    ends, found = bed.now + seconds, []
    while (at := next_deadline(bed.state)) is not None and at <= ends:
        bed.now = max(at, bed.now)
        found += told(bed.happens(Tick()))
    bed.now = ends
    return found + told(bed.happens(Tick()))


def test_without_a_watch_nothing_is_told() -> None:
    assert Bed().happens(seen(1)) == ()


def test_the_picture_that_stands_there_is_told_once() -> None:
    bed = watched()
    assert told(bed.happens(seen(1))) == [Shown(Showing.PICTURE, Light.BRIGHT, frame(1), ("Calm", "18 min"))]
    assert wait(bed, 5.0) == []


def test_equal_pictures_are_told_once() -> None:
    bed = watched()
    bed.happens(seen(1))
    bed.now += 3.0
    assert bed.happens(seen(1)) == ()


def test_a_knob_that_is_turned_tells_two_pictures_a_second_at_most_and_the_last_one_in_the_end() -> None:
    bed = watched()
    found = []
    for number in range(40):  # two seconds, twenty pictures a second
        found += told(bed.happens(seen(number)))
        found += wait(bed, 0.05)
    found += wait(bed, 1.0)
    assert len(found) <= 6
    assert found[-1].frame == frame(39)


def test_a_watch_ends_by_itself_after_thirty_seconds() -> None:
    bed = watched()
    bed.happens(seen(1))
    assert wait(bed, 29.9) == []
    assert told(bed.happens(seen(2))) == [Shown(Showing.PICTURE, Light.BRIGHT, frame(2), ("Calm", "18 min"))]
    wait(bed, 0.1)
    assert bed.state.watched is None
    assert bed.happens(seen(3)) == ()


def test_a_watch_that_is_asked_again_goes_on_and_tells_the_picture_once_more() -> None:
    bed = watched()
    bed.happens(seen(1))
    wait(bed, 15.0)
    assert [shown.frame for shown in told(bed.happens(Commanded("w2", Verb.WATCH)))] == [frame(1)]
    wait(bed, 29.0)
    assert told(bed.happens(seen(2)))


def test_asked_again_and_again_it_still_tells_two_a_second_at_most() -> None:
    bed = watched()
    bed.happens(seen(1))
    found = []
    for number in range(20):
        found += told(bed.happens(Commanded(f"w{number + 2}", Verb.WATCH)))
        found += wait(bed, 0.05)
    assert len(found) <= 3


def test_a_lost_connection_ends_the_watch() -> None:
    bed = watched()
    bed.happens(LinkChanged(up=False, ward_up=False))
    assert bed.state.watched is None


@pytest.mark.parametrize("view", [View(Scene.QUESTION, question=Question.PAIN), View(Scene.ANSWER, score=7)])
def test_while_a_question_is_asked_neither_picture_nor_words_leave_the_bed(view: View) -> None:
    bed = watched()
    assert told(bed.happens(ScreenSeen(view, frame(1), ("7",)))) == [Shown(Showing.QUESTION)]


def test_a_dark_screen_is_told_as_dark_and_the_nights_light_as_the_nights() -> None:
    bed = watched()
    (shown,) = told(bed.happens(ScreenSeen(View(Scene.DARK), b"")))
    assert shown.showing is Showing.DARK
    bed.now += 1.0
    (shown,) = told(bed.happens(seen(1, replace(CALM, night=True))))
    assert shown.light is Light.NIGHT


def test_a_dimmed_screen_is_told_as_dimmed() -> None:
    (shown,) = told(watched().happens(seen(1, View(Scene.READY, word="Calm", dimmed=True))))
    assert shown.light is Light.DIMMED


def test_a_screen_that_is_lost_is_told_as_broken_and_comes_back_with_its_picture() -> None:
    bed = watched()
    bed.happens(seen(1))
    bed.now += 1.0
    assert told(bed.happens(PartLost(Part.SCREEN, because(Code.SCREEN_HANGS)))) == [Shown(Showing.BROKEN)]
    bed.now += 1.0
    assert [shown.frame for shown in told(bed.happens(PartBack(Part.SCREEN)))] == [frame(1)]


def test_a_box_without_a_screen_says_so() -> None:
    bed = Bed()
    bed.state = replace(bed.state, has_screen=False)
    assert told(bed.happens(Commanded("w1", Verb.WATCH))) == [Shown(Showing.NONE)]


def test_watching_changes_nothing_at_the_bed_and_writes_nothing() -> None:
    bed, unwatched = watched(), Bed()
    for one in (bed, unwatched):
        one.happens(seen(1))
        one.press("play")
        one.wait(40.0)
    assert bed.view == unwatched.view
    assert bed.state.playing == unwatched.state.playing
    kinds = [[type(effect.data) for effect in one.effects if isinstance(effect, Record)] for one in (bed, unwatched)]
    assert kinds[0] == kinds[1]


def test_a_command_that_came_too_late_watches_nothing() -> None:
    bed = Bed()
    bed.happens(Commanded("w1", Verb.WATCH, late_s=1.0))
    assert bed.state.watched is None
