"""The Pi's I2C bus through the kernel's i2c-dev, with the four methods that Adafruit's drivers use.

It knows no chip. Blinka's own bus would do too, but finds out on which of a hundred boards it runs first.
"""

import os
from collections.abc import Callable
from typing import Any

from firmware import ScreenLost
from firmware.gpio.board import Board
from messages import Code, because

_I2C_SLAVE = 0x0703  # linux/i2c-dev.h: which address the next transfers go to


class LockedBus:
    """The lock of a bus as Adafruit's drivers take it. One thread uses the bus."""

    def __init__(self) -> None:
        self._is_locked = False

    def try_lock(self) -> bool:
        if self._is_locked:
            return False
        self._is_locked = True
        return True

    def unlock(self) -> None:
        self._is_locked = False


class LinuxBus(LockedBus):
    """One /dev/i2c-N. One thread uses it; OSError is what the kernel says (5 and 121: nobody acknowledged)."""

    def __init__(self, path: str, choose: Callable[[int, int], None] | None = None) -> None:
        super().__init__()
        self.name = path.removeprefix("/dev/")
        self._choose = choose or _choose
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._address: int | None = None

    def writeto(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None:
        self._point_at(address)
        os.write(self._file, memoryview(buffer)[start:end])

    def readfrom_into(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None:
        self._point_at(address)
        os.readv(self._file, [memoryview(buffer)[start:end]])

    def close(self) -> None:
        """May be called twice."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _point_at(self, address: int) -> None:
        if address != self._address:
            self._choose(self._file, address)
            self._address = address


def open_bus(board: Board) -> LinuxBus:
    """The bus that the screen hangs on. Raises ScreenLost where there is none, as on a laptop."""
    path = f"/dev/i2c-{board.i2c_bus}"
    try:
        return LinuxBus(path)
    except FileNotFoundError as error:
        raise ScreenLost(because(Code.BUS_MISSING, bus=path)) from error
    except OSError as error:
        raise ScreenLost(because(Code.BUS_REFUSED, bus=path, what=error.strerror)) from error


def _choose(file: int, address: int) -> None:
    import fcntl  # not on Windows, where the simulator runs too

    fcntl.ioctl(file, _I2C_SLAVE, address)
