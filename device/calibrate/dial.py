"""What the screen asks of a technician with a meter, and what CHOOSE makes of it. Pure; knows no pin and no pixel.

One rule for whoever stands there: turn until the screen shows what the meter shows, then push.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil
from typing import Generic, Self, TypeVar

from device.calibrate.measurement import HIGHEST_READING_DBA, LOWEST_READING_DBA
from device.rules.view import Scene, View

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DialAnswer(Generic[T]):
    """What was pushed, and how the terminal tells it."""

    value: T
    told: str


@dataclass(frozen=True, slots=True)
class Dial(Generic[T]):
    """A level of whole dB(A) that is turned, one a detent, and pushed; `answer` makes of it what is asked for."""

    dba: int
    least_dba: int
    answer: Callable[[float], T]

    @classmethod
    def at(cls, dba: float, answer: Callable[[float], T], least_dba: float = LOWEST_READING_DBA) -> Self:
        """Begins there, and never below the least."""
        least = ceil(least_dba)
        return cls(max(least, round(dba)), least, answer)

    def view(self, language: str) -> View:
        """The number, as large as the screen."""
        return View(Scene.READING, language=language, reading_dba=self.dba)

    def turned(self, detents: int) -> "Dial[T]":
        """One dB a detent, clockwise is up."""
        most = int(HIGHEST_READING_DBA)
        return replace(self, dba=min(most, max(self.least_dba, self.dba + detents)))

    def pushed(self) -> DialAnswer[T]:
        """The number is taken."""
        return DialAnswer(self.answer(float(self.dba)), f"{self.dba} dB(A)")


@dataclass(frozen=True, slots=True)
class PlaceMeter(Generic[T]):
    """Lay the meter at the pillow; a push goes on, a turn does nothing."""

    then: Dial[T] | DialAnswer[T]

    def view(self, language: str) -> View:
        """Where the meter is to lie."""
        return View(Scene.METER, language=language)

    def turned(self, _detents: int) -> "PlaceMeter[T]":
        """There is nothing to turn."""
        return self

    def pushed(self) -> Dial[T] | DialAnswer[T]:
        """It lies there."""
        return self.then


Face = Dial[T] | PlaceMeter[T]
