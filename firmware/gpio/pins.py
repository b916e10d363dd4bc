"""The Pi's own GPIO for `Controls` and `Outputs`. Knows no pin numbers."""

from dataclasses import dataclass
from typing import Any

from firmware import PinsLost

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
    reason: str

    def __str__(self) -> str:
        return f"{self.name} on GPIO {self.pin} does not open ({self.reason}): {_remedy(self.reason)}"


def _remedy(reason: str) -> str:
    if "in use" in reason or "busy" in reason:
        return "stop what uses it, see `gpioinfo` and config.txt; it is tried again"
    return "look at `gpioinfo` and at the group gpio; it is tried again"


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
        raise PinsLost(f"the GPIO's library does not load ({reason_of(error)}): install Nightingale again") from error
    try:
        return GpiodFactory(header_chip())
    except PinsLost:
        raise
    except Exception as error:
        raise PinsLost(f"the GPIO does not open ({reason_of(error)}): is this user in the group gpio?") from error
