"""Draws in advance what a press may show, so that no press waits for a typeface. Knows no bus and no thread."""

from collections.abc import Iterable, Iterator

from device.display.screens.band import count_digits
from device.display.screens.night import night_digits
from device.display.screens.scenes import draw
from device.display.screens.words import BOLD, NIGHT_WEIGHT, close_typefaces, great
from device.rules.view import Scene, View
from messages import Change, Question

NIGHT_MINUTES_KNOWN = 60  # no session by night is longer
COUNT_KNOWN = 120  # seconds of the cleaning, minutes of the longest session, dB(A) of a meter


def warming(labels: Iterable[str], language: str = "en") -> Iterator[None]:
    """Draw these labels, and everything that is the same for every bed of this language, in advance.

    Each step takes some milliseconds, so that a press in between is shown at once. The last one closes the typefaces.
    """
    for label in labels:
        for night in (False, True):
            draw(View(Scene.READY, word=label, night=night))
            yield
    for view in _views(language):
        draw(view)
        yield
    yield from _numbers()
    close_typefaces()


def warm(labels: Iterable[str], language: str = "en") -> None:
    """All of `warming` at once."""
    for _ in warming(labels, language):
        pass


def _views(language: str) -> Iterator[View]:
    """Every word of the language in every place and weight."""
    for scene in Scene:
        for night in (False, True):
            yield View(scene, language=language, minutes=1, night=night)
    for question in Question:
        yield View(Scene.QUESTION, language=language, question=question)
        yield View(Scene.ANSWER, language=language, question=question)
    for change in Change:
        yield View(Scene.ANSWER, language=language, question=Question.CHANGE, change=change)


def _numbers() -> Iterator[None]:
    """Every number that a screen may show, in every place and weight."""
    for count in range(COUNT_KNOWN + 1):
        great(str(count), BOLD)
        count_digits(count, BOLD)
        count_digits(count, NIGHT_WEIGHT)
        yield
    for minutes in range(NIGHT_MINUTES_KNOWN + 1):
        great(str(minutes), NIGHT_WEIGHT)
        night_digits(minutes)
        yield
