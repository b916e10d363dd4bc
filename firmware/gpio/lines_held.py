"""`with` for the lines of a board: all of them are open, or none is."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from firmware import PinsLost
from firmware.gpio.pins import LineLost


class LinesHeld(ABC):
    """What opens lines of a board. In a `with` it raises PinsLost where a line does not open, and holds none then."""

    @abstractmethod
    def open(self) -> tuple[LineLost, ...]:
        """Open each line that is not open yet; those that cannot be, each with its reason."""

    @abstractmethod
    def close(self) -> None:
        """Free all lines. May be called twice."""

    def __enter__(self) -> Self:
        lost = self.open()
        if lost:
            self.close()
            raise PinsLost(lost[0].reason)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
