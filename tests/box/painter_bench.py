"""A screen on the emulated chip under a clock that the test moves, and what an eye saw of it."""

import os
from dataclasses import dataclass
from threading import Event as Flag
from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.display.screen_owner import ScreenOwner
from device.display.screens import draw
from device.rules.events import Event
from device.rules.view import Scene, View
from firmware.screen.screen import Screen
from firmware.simulator.chip import Ssd1306Chip

READY = View(Scene.READY, word="Calm")
DIM = View(Scene.READY, word="Calm", dimmed=True)
PLAYING = View(Scene.PLAYING, word="Calm", minutes=18, progress=420)
VOLUME = View(Scene.VOLUME, word="Calm", bars=8, bars_most=13)
NIGHT = View(Scene.PLAYING, word="Sleep", minutes=38, night=True)
NIGHT_VOLUME = View(Scene.VOLUME, word="Sleep", bars=3, bars_most=9, night=True)
HERE = View(Scene.HERE, code="7F3A")
HERE_INVERTED = View(Scene.HERE, code="7F3A", inverted=True)
DARK = View(Scene.DARK)

LET_GO_AFTER_S = 20.0  # only where a test has failed

Pixels = NDArray[np.bool_]


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What an eye saw, and the contrast and pre-charge that it saw it with."""

    pixels: Pixels
    strength: tuple[int, int]

    @property
    def light(self) -> int:
        """How much of it, in pixels times contrast."""
        return int(self.pixels.sum()) * (1 + self.strength[0])


class GlimpsedChip(Ssd1306Chip):
    """Remembers what an eye saw after each transaction."""

    def __init__(self) -> None:
        super().__init__()
        self.glimpses: list[Glimpse] = []

    def glimpse(self) -> Glimpse:
        return Glimpse(self.pixels(), (self.contrast, self.precharge))

    def writeto(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None:
        super().writeto(address, buffer, start=start, end=end)
        self.glimpses.append(self.glimpse())


class HangingChip(Ssd1306Chip):
    """A bus on which a transaction waits until it is let go, the first one unless said otherwise; it may fail then."""

    def __init__(self) -> None:
        super().__init__()
        self.is_waiting, self.goes_on = Flag(), Flag()
        self.fails_with: int | None = None
        self._sound_transactions = 0

    def hang_after(self, transactions: int) -> None:
        self._sound_transactions = transactions
        self.is_waiting.clear()
        self.goes_on.clear()

    def writeto(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None:
        self._wait()
        super().writeto(address, buffer, start=start, end=end)

    def readfrom_into(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None:
        self._wait()
        super().readfrom_into(address, buffer, start=start, end=end)

    def _wait(self) -> None:
        self._sound_transactions -= 1
        if self._sound_transactions >= 0 or self.goes_on.is_set():
            return
        self.is_waiting.set()
        assert self.goes_on.wait(LET_GO_AFTER_S), "nobody let the bus go on"
        if self.fails_with is not None:
            raise OSError(self.fails_with, os.strerror(self.fails_with))


class Bench:
    """A screen, the chip it writes to, a clock, and what was reported."""

    def __init__(self, chip: Ssd1306Chip | None = None) -> None:
        self.chip = chip or Ssd1306Chip()
        self.clock = Clock()
        self.reports: list[Event] = []
        self.screen = ScreenOwner(lambda: Screen(self.chip), self.reports.append, self.clock)

    def show(self, *views: View) -> Pixels:
        for view in views:
            self.screen.show(view)
        return self.chip.pixels()

    def cost(self, view: View) -> int:
        before = self.chip.bytes_written
        self.screen.show(view)
        return self.chip.bytes_written - before

    def wait(self, seconds: float, view: View) -> Pixels:
        """Let time pass at once and do what is due then."""
        self.clock.now += seconds
        due = self.screen.due
        if due is not None and due <= self.clock.now:
            self.screen.show(view)
        return self.chip.pixels()


def pixels(view: View) -> Pixels:
    return np.asarray(draw(view))


def stands(view: View, seen: Pixels) -> tuple[int, int]:
    """Where the whole picture of the view stands, in pixels up and to the right; fails where it is not seen whole."""
    places = [(rows, columns) for rows in range(-2, 3) for columns in range(-2, 3)]
    whole = pixels(view)
    (place,) = [at for at in places if np.array_equal(np.roll(whole, (-at[0], at[1]), axis=(0, 1)), seen)]
    return place
