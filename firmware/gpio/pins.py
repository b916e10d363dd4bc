"""The Pi's own GPIO for `Controls` and `Outputs`. Knows no pin numbers."""

from dataclasses import dataclass
from typing import Any

from firmware import PinsLost
from messages import Code, Reason, because

CONSUMER = "nightingale"
"""What `gpioinfo` shows beside our lines."""


@dataclass(frozen=True, slots=True)
class LineUse:
    """Who has a line; `user` is empty where nobody has."""

    pin: int
    user: str

    @property
    def is_ours(self) -> bool:
        """Whether a Nightingale has it, this one or another."""
        return self.user == CONSUMER


@dataclass(frozen=True, slots=True)
class LineLost:
    """A line that cannot be used now; the others can."""

    name: str
    """For people: "PLAY", "the amplifier"."""
    pin: int
    what: str
    """What the pin library says."""

    @property
    def reason(self) -> Reason:
        """Why, and what to do."""
        is_in_use = "in use" in self.what or "busy" in self.what
        code = Code.LINE_IN_USE if is_in_use else Code.LINE_LOST
        return because(code, name=self.name, pin=self.pin, what=self.what)

    def __str__(self) -> str:
        return self.reason.line


def reason_of(error: BaseException) -> str:
    """One line of whatever a driver raised; none of them keeps to its own kind of error."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(text.split())


def open_pins() -> Any:
    """A gpiozero pin factory on this machine's GPIO; the caller closes it after the parts that use it.

    gpiozero's own choice falls back down a list with only a warning and sets a global; we do neither.
    Raises PinsLost where there is no GPIO (a laptop) or its library does not load.
    """
    try:
        from firmware.gpio.factory import GpiodFactory, header_chip  # 0.1 s that a test of pure code need not pay
    except Exception as error:  # whatever a broken library raises
        raise PinsLost(because(Code.GPIO_BROKEN, what=reason_of(error))) from error
    try:
        return GpiodFactory(header_chip())
    except PinsLost:
        raise
    except Exception as error:
        raise PinsLost(because(Code.GPIO_REFUSED, what=reason_of(error))) from error
