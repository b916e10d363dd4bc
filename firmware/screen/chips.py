"""Which display chips there are, and what the screen asks of one. Each chip is one file, named here."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from firmware import ScreenLost
from firmware.screen.frame import Window
from messages import Code, because

CHIPS = ("ssd1306",)
"""The files of this folder that hold a chip's `Driver`; the first is meant where nobody names one."""


class ChipDriver(Protocol):
    """One chip on its bus. Making one clears its memory before anything is lit, and lights it.

    Codes are bytes for `command`; whatever sends returns the bytes on the bus, addresses included, and raises OSError
    or ValueError when nobody answers.
    """

    tells_power: bool
    """Whether its status says what is true: not every module can be read."""
    setup: bytes
    """The codes that make it ready, up to its light."""

    def is_off(self) -> bool:
        """What its status says."""

    def lit(self, on: bool) -> bytes:
        """The codes for lit or dark."""

    def brightness(self, contrast: int, precharge: int) -> bytes:
        """The codes for two registers, 0-255 each."""

    def moved_up(self, rows: int) -> bytes:
        """The codes for a picture that begins so many rows higher; negative: lower."""

    def inverted(self, on: bool) -> bytes:
        """The codes for lit and dark exchanged."""

    def command(self, codes: bytes) -> int:
        """Send codes."""

    def send_window(self, window: Window, frame: bytes) -> int:
        """Send this part of a frame."""


def load_driver(chip: str = CHIPS[0]) -> Callable[[Any, int], ChipDriver]:
    """Import what makes a chip's driver from bus and address.

    With it comes Blinka, which a box without a screen need not wait for.

    Raises ScreenLost: Blinka looks for the board it runs on, and fails there in many ways.
    """
    try:
        driver: Callable[[Any, int], ChipDriver] = import_module(f"firmware.screen.{chip}").Driver
    except Exception as error:
        raise ScreenLost(because(Code.SCREEN_BROKEN, what=error)) from error
    return driver
