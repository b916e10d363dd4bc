"""An SSD1306 as its datasheet has it, behind the four methods of an I2C bus. Knows nothing of who draws on it."""

import errno
import os
from collections.abc import Callable
from threading import Event, Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware.screen.bus import LockedBus

WIDTH, HEIGHT, PAGES = 128, 64, 8

# Commands that are followed by bytes of their own, as (first code, last code, how many).
_ARGUMENTS = (
    (0x20, 0x20, 1),
    (0x21, 0x22, 2),
    (0x26, 0x27, 6),
    (0x29, 0x2A, 5),
    (0x81, 0x81, 1),
    (0x8D, 0x8D, 1),
    (0xA3, 0xA3, 2),
    (0xA8, 0xA8, 1),
    (0xAD, 0xAD, 1),
    (0xD3, 0xD3, 1),
    (0xD5, 0xD5, 1),
    (0xD9, 0xDB, 1),
)


class Ssd1306Chip(LockedBus):
    """The chip and the only thing on its bus. Memory is noise at power-up, each chip's own, as on a real one.

    Any thread may look at it while the driver's thread writes. `version` grows with each transaction.
    """

    def __init__(self, address: int = 0x3C, *, name: str = "simulated bus") -> None:
        super().__init__()
        self.name = name
        self.address = address
        self.version = 0
        self.bytes_written = 0
        """Bytes on the wire so far, each transaction's address byte included."""
        self.unknown: list[int] = []
        """Commands that this chip does not know."""
        self._guard = Lock()
        self._errno: int | None = None
        self._fails_after = 0
        self._flows = Event()
        self._flows.set()
        self._is_plugged = True
        self._noise = np.frombuffer(os.urandom(WIDTH * PAGES), np.uint8).reshape(PAGES, WIDTH)
        self.power_up()

    def power_up(self) -> None:
        """Switch power off and on: reset values, noise in memory."""
        self._memory = self._noise.copy()  # cells of such a memory fall the same way each time
        self.on, self.contrast, self.precharge = False, 0x7F, 0x22
        self.inverted, self._all_lit, self._start_line, self._offset = False, False, 0, 0
        self._rows = HEIGHT
        self._is_mirrored, self._is_upside_down = True, True  # the reset values: modules are built the other way
        self._mode, self._columns, self._pages = 0x02, (0, WIDTH - 1), (0, PAGES - 1)
        self._x, self._page = 0, 0
        self._command: list[int] = []

    # -- the bus

    def writeto(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None:
        content = bytes(memoryview(buffer)[start:end])
        self._flows.wait()
        with self._guard:
            self._acknowledge(address)
            self.bytes_written += 1 + len(content)
            self.version += 1
            self._take(content)

    def readfrom_into(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None:
        view = memoryview(buffer)[start:end]
        self._flows.wait()
        with self._guard:
            self._acknowledge(address)
            view[:] = bytes([0x00 if self.on else 0x40]) * len(view)  # its status byte: bit 6 is "off"

    def fail(self, code: int | None, *, after: int = 0) -> None:
        """From now on, but for `after` more transactions, raise OSError(code); None heals it."""
        with self._guard:
            self._errno, self._fails_after = code, after

    def breaks_with(self, code: int | None) -> None:
        """From now on raise OSError(code) at every transaction (5: a loose wire); None heals it."""
        self.fail(code)

    def hang(self) -> None:
        """A wire is held low: every transaction from now on waits for `resume`."""
        self._flows.clear()

    def resume(self) -> None:
        """The wire is free again, and what waited goes on."""
        self._flows.set()

    # -- its plug

    @property
    def is_plugged(self) -> bool:
        """Whether it has power and its wires."""
        return self._is_plugged

    def plug(self, plugged: bool) -> None:
        """Disconnect power and wires: dark, no answer; or connect them: as at power-up. No effect if unchanged."""
        with self._guard:
            if plugged == self._is_plugged:
                return
            self._is_plugged = plugged
            self.version += 1
            self.power_up()

    # -- the screen

    def pixels(self) -> NDArray[np.bool_]:
        """What an eye sees, as (64, 128): row 0 on top, True is lit."""
        with self._guard:
            if not self.on:
                return np.zeros((HEIGHT, WIDTH), bool)
            lit = np.unpackbits(self._memory, axis=0, bitorder="little").reshape(HEIGHT, WIDTH).astype(bool)
            lit = np.roll(lit, -(self._start_line + self._offset), axis=0)
            lit = lit[::-1] if self._is_upside_down else lit
            if self.inverted:
                lit = ~lit
            if self._all_lit:
                lit = np.ones_like(lit)
            return lit & (np.arange(HEIGHT) < self._rows)[:, np.newaxis]

    # -- inside

    def _acknowledge(self, address: int) -> None:
        if self._errno is not None:
            if self._fails_after == 0:
                raise OSError(self._errno, os.strerror(self._errno))
            self._fails_after -= 1
        if address != self.address or not self._is_plugged:
            raise OSError(errno.EREMOTEIO, os.strerror(errno.EREMOTEIO))

    def _take(self, content: bytes) -> None:
        at = 0
        while at < len(content):
            control = content[at]
            goes_on = bool(control & 0x80)  # Co: one byte follows, then another control byte
            body = content[at + 1 : at + 2] if goes_on else content[at + 1 :]
            for byte in body:
                (self._store if control & 0x40 else self._code)(byte)
            at += 1 + len(body)

    def _code(self, byte: int) -> None:
        self._command.append(byte)
        first = self._command[0]
        wanted = next((count for low, high, count in _ARGUMENTS if low <= first <= high), 0)
        if len(self._command) > wanted:
            arguments, self._command = self._command[1:], []
            self._obey(first, arguments)

    def _obey(self, code: int, arguments: list[int]) -> None:
        for low, high, act in self._acts():
            if low <= code <= high:
                act(code, arguments)
                return
        self.unknown.append(code)

    def _acts(self) -> tuple[tuple[int, int, Callable[[int, list[int]], None]], ...]:
        def set_to(name: str) -> Callable[[int, list[int]], None]:
            return lambda code, arguments: setattr(self, name, arguments[0] if arguments else bool(code & 1))

        def nothing(code: int, arguments: list[int]) -> None:
            """Timing, voltages and scrolling do not change what these tests and people look at."""

        return (
            (0x00, 0x1F, self._set_page_column),
            (0x20, 0x20, set_to("_mode")),
            (0x21, 0x22, self._set_window),
            (0x2E, 0x2E, nothing),
            (0x40, 0x7F, lambda code, _: setattr(self, "_start_line", code & 0x3F)),
            (0x81, 0x81, set_to("contrast")),
            (0x8D, 0x8D, nothing),
            (0xA0, 0xA1, lambda code, _: setattr(self, "_is_mirrored", code == 0xA0)),
            (0xA4, 0xA5, set_to("_all_lit")),
            (0xA6, 0xA7, set_to("inverted")),
            (0xA8, 0xA8, lambda _, arguments: setattr(self, "_rows", (arguments[0] & 0x3F) + 1)),
            (0xAD, 0xAD, nothing),
            (0xAE, 0xAF, set_to("on")),
            (0xB0, 0xB7, lambda code, _: setattr(self, "_page", code & 0x07)),
            (0xC0, 0xCF, lambda code, _: setattr(self, "_is_upside_down", not code & 0x08)),
            (0xD3, 0xD3, lambda _, arguments: setattr(self, "_offset", arguments[0] & 0x3F)),
            (0xD5, 0xD5, nothing),
            (0xD9, 0xD9, set_to("precharge")),
            (0xDA, 0xDB, nothing),
            (0xE3, 0xE3, nothing),
        )

    def _set_page_column(self, code: int, _arguments: list[int]) -> None:
        self._x = (self._x & 0xF0) | code if code < 0x10 else (self._x & 0x0F) | (code & 0x07) << 4

    def _set_window(self, code: int, arguments: list[int]) -> None:
        if code == 0x21:
            self._columns = (arguments[0] & 0x7F, arguments[1] & 0x7F)
            self._x = self._columns[0]
        else:
            self._pages = (arguments[0] & 0x07, arguments[1] & 0x07)
            self._page = self._pages[0]

    def _store(self, byte: int) -> None:
        # Mirroring acts when data is written, not when it is shown (datasheet 10.1.8).
        self._memory[self._page, WIDTH - 1 - self._x if self._is_mirrored else self._x] = byte
        if self._mode == 0x00:
            self._x, page_ends = _step(self._x, *self._columns)
            if page_ends:
                self._page, _ = _step(self._page, *self._pages)
        elif self._mode == 0x01:
            self._page, column_ends = _step(self._page, *self._pages)
            if column_ends:
                self._x, _ = _step(self._x, *self._columns)
        else:
            self._x = (self._x + 1) % WIDTH


def _step(at: int, first: int, last: int) -> tuple[int, bool]:
    return (first, True) if at == last else (at + 1, False)
