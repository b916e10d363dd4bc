"""The screen's words as text, for those who hear the simulated box's page."""

import pytest

from device.display.screens.languages import languages
from device.display.screens.spoken import spoken
from device.rules.view import Scene, View
from messages import Change, Question


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (View(Scene.READY, word="Calm"), ("Calm", "Play")),
        (View(Scene.READY, word="Calm", language="de"), ("Calm", "Start")),
        (View(Scene.DARK), ()),
        (View(Scene.BOOT), ()),
        (View(Scene.REMINDER), ("Music?", "Play")),
        (View(Scene.CHOOSING, word="Memories", place=1, places=3), ("Memories",)),
        (View(Scene.QUESTION, question=Question.PAIN), ("Pain?", "none", "worst")),
        (View(Scene.QUESTION, question=Question.CHANGE), ("Feeling?",)),
        (View(Scene.ANSWER, question=Question.PAIN, score=0), ("0",)),
        (View(Scene.ANSWER, question=Question.CHANGE, change=Change.WORSE), ("Worse",)),
        (View(Scene.THANKS), ("Thank you",)),
        (View(Scene.NO_SOUND), ("No sound",)),
        (View(Scene.HERE, code="7F3A"), ("Here", "7F3A")),
        (View(Scene.READING, reading_dba=71), ("71 dBA",)),
    ],
)
def test_a_screen_is_told_as_the_words_that_it_shows(view: View, words: tuple[str, ...]) -> None:
    assert spoken(view) == words


@pytest.mark.parametrize("scene", [Scene.PLAYING, Scene.SLEEP, Scene.CLEANING, Scene.TIME_LEFT])
def test_what_counts_down_is_left_out(scene: Scene) -> None:
    """It would be read out again with each step."""
    early, late = (View(scene, word="Calm", minutes=left, seconds=left, progress=left) for left in (20, 3))
    assert spoken(early) == spoken(late)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("scene", Scene)
def test_every_screen_can_be_told_in_every_language(scene: Scene, language: str) -> None:
    question = Question.SLEEP if scene in {Scene.QUESTION, Scene.ANSWER} else None
    told = spoken(View(scene, word="Calm", language=language, question=question, code="7F3A"))
    assert all("/" not in word for word in told)
