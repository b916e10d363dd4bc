"""The screen: takes a finished 128 x 64 picture and sends what changed. Knows nothing of words, fonts or music."""

from collections.abc import Callable, Iterator
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from PIL.Image import Image, Transpose

from firmware import ScreenLost
from firmware.screen.ssd1306 import (
    COLUMNS,
    CONTRAST,
    DARK,
    FRAME_BYTES,
    HEIGHT,
    NORMAL,
    OFF,
    ON,
    PAGE_RANGE,
    PAGES,
    PRECHARGE,
    START_LINE,
    WIDTH,
)
from messages import Code, Reason, because

if TYPE_CHECKING:
    from firmware.screen.driver import DisplayDriver

WINDOW_BYTES = 10
"""What a window costs beside its pixels: two addresses, two control bytes, two commands of three bytes."""
RUNS_AT_MOST = 24
"""More scattered changes than these go as one window: looking for the best cut would cost more than it saves."""

ADDRESSES = (0x3C, 0x3D)
"""Where an SSD1306 can be, by a jumper on its back."""

_BRIGHT = [0] * 128 + [255] * 128  # of a grey picture's levels

Answer = TypeVar("Answer")


class Bus(Protocol):
    """The four methods of an I2C bus that Adafruit's driver uses; `firmware.screen.bus` has a real one."""

    def try_lock(self) -> bool: ...

    def unlock(self) -> None: ...

    def writeto(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None: ...

    def readfrom_into(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None: ...


class Window(NamedTuple):
    """Pages and columns that are sent together, both ends included."""

    page0: int
    page1: int
    x0: int
    x1: int

    @property
    def cost(self) -> int:
        """Bytes on the bus."""
        return (self.page1 - self.page0 + 1) * (self.x1 - self.x0 + 1) + WINDOW_BYTES

    def around(self, other: "Window") -> "Window":
        page0, page1, x0, x1 = other
        return Window(min(self.page0, page0), max(self.page1, page1), min(self.x0, x0), max(self.x1, x1))


class Screen:
    """A 128 x 64 SSD1306 (or SSD1309) behind an injected I2C bus.

    One thread owns it and the bus. Every method that sends raises ScreenLost when the bus does not answer;
    the screen is closed then, and `open()` may be tried again: it brings back all that was last asked for.
    Contrast, power, shift and inversion may be asked for while it is closed, and hold from `open()` on.
    """

    def __init__(self, bus: Bus, address: int = 0x3C) -> None:
        self._bus = bus
        self._address = address
        self._driver: Any = None
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
        self._driver = self._try(lambda: load_driver()(WIDTH, HEIGHT, self._bus, addr=self._address))
        self.forget()
        self.show(self._frame)

    def show(self, frame: bytes) -> int:
        """Show 1024 bytes, page after page, the lowest bit on top. Returns the bytes sent, addresses included."""
        if len(frame) != FRAME_BYTES:
            raise ValueError(f"a frame has {FRAME_BYTES} bytes, not {len(frame)}")
        self._frame = bytes(frame)
        if self._sent is None:
            sent = self._send_all(self._frame)
        else:
            windows = changed_windows(self._sent, self._frame)
            sent = sum(self._send_window(window, self._frame) for window in windows)
        self._sent = self._frame
        return sent

    def forget(self) -> None:
        """Rely on nothing that the chip may hold: the next `show` sets it up anew and sends the whole picture, unlit.

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
        if self.is_open:
            self._command(CONTRAST, value, PRECHARGE, precharge)

    def power(self, on: bool) -> None:
        """Light the screen, or put it out; the picture stays in the chip and may be changed meanwhile."""
        self._is_on = on
        if self.is_open:
            self._command(ON if on else OFF)

    def shift(self, rows: int) -> None:
        """Move the picture up by `rows` (down if negative) against burn-in; what leaves comes in opposite."""
        self._rows = rows
        if self.is_open:
            self._command(START_LINE | rows % HEIGHT)

    def invert(self, on: bool) -> None:
        """Exchange lit and dark."""
        self._is_inverted = on
        if self.is_open:
            self._command(NORMAL | on)

    def _send_all(self, frame: bytes) -> int:
        """Registers and picture for a chip that may hold anything; lit when all is in place."""
        setup = self._driver.setup if self._driver else b""
        wishes = START_LINE | self._rows % HEIGHT, NORMAL | self._is_inverted
        light = CONTRAST, self._contrast, PRECHARGE, self._precharge
        sent = self._command(*setup, *wishes, *light)
        sent += self._send_window(Window(0, PAGES - 1, 0, WIDTH - 1), frame)
        return sent + (self._command(ON) if self._is_on else 0)

    def _command(self, *codes: int) -> int:
        return self._send(b"\x00", bytes(codes))

    def _send_window(self, window: Window, frame: bytes) -> int:
        page0, page1, x0, x1 = window
        content = b"".join(_page(frame, page)[x0 : x1 + 1] for page in range(page0, page1 + 1))
        return self._command(COLUMNS, x0, x1, PAGE_RANGE, page0, page1) + self._send(b"\x40", content)

    def _send(self, control: bytes, content: bytes) -> int:
        if self._driver is None:
            raise ScreenLost(_no_answer(self._bus, self._address, "it is not open"))
        sent: int = self._try(lambda: self._driver.send(control, content))
        return sent

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


def load_driver() -> "type[DisplayDriver]":
    """Import the driver and with it Blinka, which a box without a screen need not wait for.

    Raises ScreenLost: Blinka looks for the board it runs on, and fails there in many ways.
    """
    try:
        from firmware.screen.driver import DisplayDriver
    except Exception as error:
        raise ScreenLost(because(Code.SCREEN_BROKEN, what=error)) from error
    return DisplayDriver
