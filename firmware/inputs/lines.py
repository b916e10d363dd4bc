"""The words for what a hand can touch and what a wire can tell. Knows neither pins nor gpiozero."""

from dataclasses import dataclass
from enum import StrEnum


class Button(StrEnum):
    """What can be pressed; CHOOSE's is the push of its knob."""

    PLAY = "play"
    SLEEP = "sleep"
    NEXT = "next"
    CHOOSE = "choose"


class Knob(StrEnum):
    """What can be turned, for ever in both directions: encoders have no position."""

    VOLUME = "volume"
    CHOOSE = "choose"


class Line(StrEnum):
    """One wire from the panel to the board."""

    PLAY = "play"
    SLEEP = "sleep"
    NEXT = "next"
    CHOOSE_PUSH = "choose_push"
    VOLUME_A = "volume_a"
    VOLUME_B = "volume_b"
    CHOOSE_A = "choose_a"
    CHOOSE_B = "choose_b"
    NURSE_CALL = "nurse_call"


BUTTON_LINES = {
    Line.PLAY: Button.PLAY,
    Line.SLEEP: Button.SLEEP,
    Line.NEXT: Button.NEXT,
    Line.CHOOSE_PUSH: Button.CHOOSE,
}
KNOB_LINES = {
    Knob.VOLUME: (Line.VOLUME_A, Line.VOLUME_B),
    Knob.CHOOSE: (Line.CHOOSE_A, Line.CHOOSE_B),
}


@dataclass(frozen=True, slots=True)
class Edge:
    """A line changed: `active` is a closed contact, `at` monotonic seconds.

    `initial` marks a contact that was found closed at start: a level, not a touch.
    """

    line: Line
    active: bool
    at: float
    initial: bool = False
