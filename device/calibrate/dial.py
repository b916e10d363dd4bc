"""What the screen asks a technician with a meter, and how CHOOSE answers. Pure; knows no pin and no pixel.

The technician has one rule: turn until the screen shows the number on the meter, then push.
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
    """The answer, and how the terminal shows it."""

    value: T
    told: str


@dataclass(frozen=True, slots=True)
class Dial(Generic[T]):
    """A level in whole dB(A): turned by one a detent, then pushed; `answer` converts it to the answer."""

    dba: int
    least_dba: int
    answer: Callable[[float], T]

    @classmethod
    def at(cls, dba: float, answer: Callable[[float], T], least_dba: float = LOWEST_READING_DBA) -> Self:
        """Starts at `dba`, but never below the least."""
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
        """Accepts the number."""
        return DialAnswer(self.answer(float(self.dba)), f"{self.dba} dB(A)")


@dataclass(frozen=True, slots=True)
class PlaceMeter(Generic[T]):
    """Put the meter on the pillow; a push continues, a turn does nothing."""

    then: Dial[T] | DialAnswer[T]

    def view(self, language: str) -> View:
        """Where to put the meter."""
        return View(Scene.METER, language=language)

    def turned(self, _detents: int) -> "PlaceMeter[T]":
        """Turning does nothing."""
        return self

    def pushed(self) -> Dial[T] | DialAnswer[T]:
        """The meter is in place."""
        return self.then


Face = Dial[T] | PlaceMeter[T]
