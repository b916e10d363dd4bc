"""The screen: takes a finished 128 x 64 picture and sends what changed. Knows nothing of words, fonts or music."""

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import Any, Protocol, TypeVar

from PIL.Image import Image, Transpose

from firmware import ScreenLost
from firmware.screen.chips import CHIPS, ChipDriver, load_driver
from firmware.screen.frame import DARK, FRAME_BYTES, HEIGHT, PAGES, WHOLE, WIDTH, WINDOW_BYTES, Window
from messages import Code, Reason, because

__all__ = [
    "ADDRESSES",
    "CHIPS",
    "HEIGHT",
    "WIDTH",
    "Bus",
    "Screen",
    "Window",
    "changed_windows",
    "frame_from_image",
    "load_driver",
    "takes_commands",
]

RUNS_AT_MOST = 24
"""More scattered changes than these go as one window: looking for the best cut would cost more than it saves."""

ADDRESSES = (0x3C, 0x3D)
"""Where a display can be, by a jumper on its back."""

_BRIGHT = [0] * 128 + [255] * 128  # of a grey picture's levels

Answer = TypeVar("Answer")


class Bus(Protocol):
    """The four methods of an I2C bus that Adafruit's driver uses; `firmware.screen.bus` has a real one."""

    def try_lock(self) -> bool: ...

    def unlock(self) -> None: ...

    def writeto(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None: ...

    def readfrom_into(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None: ...


class Screen:
    """A 128 x 64 display behind an injected I2C bus; `chip` is one of CHIPS.

    One thread owns it and the bus. Every method that sends raises ScreenLost when the bus does not answer;
    the screen is closed then, and `open()` may be tried again: it brings back all that was last asked for.
    Contrast, power, shift and inversion may be asked for while it is closed, and hold from `open()` on.
    """

    def __init__(self, bus: Bus, address: int = 0x3C, chip: str = CHIPS[0]) -> None:
        self._bus = bus
        self._address = address
        self._chip = chip
        self._driver: ChipDriver | None = None
        self._sent: bytes | None = None  # what the chip holds; None: not known
        self._frame = DARK
        self._contrast, self._precharge = 0xFF, 0xF1  # what the driver sets
        self._is_on, self._rows, self._is_inverted = True, 0, False

    @property
    def is_open(self) -> bool:
        return self._driver is not None

    def open(self) -> None:
        """Find the chip, clear its memory before anything is lit, and show what was last asked for.

        May be called on an open screen, to send everything again. Takes about 70 ms at 400 kHz.
        """
        self._driver = None
        self._driver = self._try(lambda: load_driver(self._chip)(self._bus, self._address))
        self.forget()
        self.show(self._frame)

    def show(self, frame: bytes) -> int:
        """Show 1024 bytes, page after page, the lowest bit on top. Returns the bytes sent, addresses included."""
        if len(frame) != FRAME_BYTES:
            raise ValueError(f"a frame has {FRAME_BYTES} bytes, not {len(frame)}")
        self._frame = bytes(frame)
        if self._sent is None:
            sent = self._send(self._send_all)
        else:
            sent = self._send_windows(changed_windows(self._sent, self._frame))
        self._sent = self._frame
        return sent

    def forget(self) -> None:
        """Rely on nothing that the chip may hold: the next `show` sets it up again and sends the whole picture, unlit.

        For a screen that was dark for long: a plug that was loose meanwhile left noise in it. Sends nothing by itself.
        """
        self._sent = None

    def check(self) -> None:
        """Ask a lit chip whether it is lit, in two bytes; one that lost its power unseen is lost.

        A module that cannot be read (some leave that wire out) is believed.
        """
        if self._driver and self._is_on and self._driver.tells_power and self._try(self._driver.is_off):
            self._driver = None
            raise ScreenLost(because(Code.SCREEN_NO_POWER, address=f"0x{self._address:02x}"))

    def contrast(self, value: int, precharge: int) -> None:
        """Brightness 0-255 and the pre-charge register; by night 0 and 0x11, as contrast alone dims little."""
        self._contrast, self._precharge = value, precharge
        if self._driver:
            self._command(self._driver.brightness(value, precharge))

    def power(self, on: bool) -> None:
        """Light the screen, or put it out; the picture stays in the chip and may be changed meanwhile."""
        self._is_on = on
        if self._driver:
            self._command(self._driver.lit(on))

    def shift(self, rows: int) -> None:
        """Move the picture up by `rows` (down if negative) against burn-in; what leaves comes in opposite."""
        self._rows = rows
        if self._driver:
            self._command(self._driver.moved_up(rows))

    def invert(self, on: bool) -> None:
        """Exchange lit and dark."""
        self._is_inverted = on
        if self._driver:
            self._command(self._driver.inverted(on))

    def _send_all(self, driver: ChipDriver) -> int:
        """Registers and picture for a chip that may hold anything; lit when all is in place."""
        wishes = driver.moved_up(self._rows) + driver.inverted(self._is_inverted)
        sent = driver.command(driver.setup + wishes + driver.brightness(self._contrast, self._precharge))
        sent += driver.send_window(WHOLE, self._frame)
        return sent + (driver.command(driver.lit(True)) if self._is_on else 0)

    def _send_windows(self, windows: Iterable[Window]) -> int:
        return self._send(lambda driver: sum(driver.send_window(window, self._frame) for window in windows))

    def _command(self, codes: bytes) -> int:
        return self._send(lambda driver: driver.command(codes))

    def _send(self, act: Callable[[ChipDriver], int]) -> int:
        if (driver := self._driver) is None:
            raise ScreenLost(_no_answer(self._bus, self._address, "it is not open"))
        return self._try(lambda: act(driver))

    def _try(self, act: Callable[[], Answer]) -> Answer:
        try:
            return act()
        except (OSError, ValueError) as error:  # ValueError is the driver's word for "nobody answered"
            self._driver = None
            raise ScreenLost(_no_answer(self._bus, self._address, error)) from error


def changed_windows(old: bytes, new: bytes) -> tuple[Window, ...]:
    """The windows that turn the frame `old` into `new` with few bytes on the bus.

    The lowest comes first: there is the band, which answers a hand.
    """
    windows = [window for page in range(PAGES) for window in _runs(page, _page(old, page), _page(new, page))]
    if len(windows) > RUNS_AT_MOST:
        return (reduce(Window.around, windows),)
    joined: list[Window] = []
    for window in windows:
        while (partner := _worth_joining(window, joined)) is not None:
            joined.remove(partner)
            window = window.around(partner)  # noqa: PLW2901  # it grows, and may now be worth joining to another
        joined.append(window)
    return tuple(sorted(joined, key=lambda window: -window.page1))


def frame_from_image(image: Image) -> bytes:
    """The bytes for `Screen.show` of a 128 x 64 picture in mode "1" or "L" (lit from 128 up)."""
    if image.size != (WIDTH, HEIGHT) or image.mode not in ("1", "L"):
        raise ValueError(f"a frame is {WIDTH} x {HEIGHT} in mode 1 or L, not {image.size} in {image.mode}")
    lit = image if image.mode == "1" else image.point(_BRIGHT, "1")
    columns = lit.transpose(Transpose.TRANSPOSE).tobytes("raw", "1;R")  # each from the top down, the lowest bit on top
    return b"".join(columns[page::PAGES] for page in range(PAGES))


def _page(frame: bytes, page: int) -> bytes:
    return frame[page * WIDTH : (page + 1) * WIDTH]


def _runs(page: int, old: bytes, new: bytes) -> Iterator[Window]:
    """Changed columns of one page; clean gaps that cost less than a second window are bridged."""
    changed = [x for x in range(WIDTH) if old[x] != new[x]] if old != new else []
    first = 0
    for at, x in enumerate(changed):
        if at + 1 == len(changed) or changed[at + 1] - x > WINDOW_BYTES + 1:
            yield Window(page, page, changed[first], x)
            first = at + 1


def _worth_joining(window: Window, others: list[Window]) -> Window | None:
    cost = window.cost
    return next((other for other in others if window.around(other).cost <= cost + other.cost), None)


def _no_answer(bus: Bus, address: int, what: object) -> Reason:
    name = getattr(bus, "name", "I2C")
    return because(Code.SCREEN_NO_ANSWER, address=f"0x{address:02x}", bus=name, what=what)


def takes_commands(bus: Bus, address: int) -> bool:
    """Whether someone takes a display's "no operation", which changes nothing for a service that draws on it."""
    try:
        bus.writeto(address, b"\x00\xe3")
    except OSError:
        return False
    return True
