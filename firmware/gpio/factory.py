"""gpiozero's pins on the kernel's GPIO character device, through libgpiod. Knows no line of the board.

gpiozero's own lgpio pins are not used. lgpio looks for edges a thousand times a second, makes a FIFO in the working
directory when it is imported, knows a duty in whole per cent only, and its factories close each other's pins. Here the
kernel stamps each edge and wakes us for it, and each factory has its own pins.
"""

import errno
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import gpiod
from gpiod import LineSettings
from gpiod.line import Bias, Direction, Edge, Value
from gpiozero.exc import PinInvalidFunction, PinInvalidPull, PinSetInput, PinUnknownPi
from gpiozero.pins.local import get_pi_revision
from gpiozero.pins.pi import PiFactory, PiPin

from firmware import PinsLost
from firmware.gpio.edges import EdgeReader
from firmware.gpio.pins import CONSUMER, LineUse
from firmware.gpio.pwm import KernelPwm, SoftwarePwm, kernel_pwm
from messages import Code, because

KERNEL = "the kernel"
HEADER_CHIPS = ("pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1")
"""The labels of the chip behind the 40-pin header: Pi 0 to 3, 4, 5. Its number changes with the kernel."""
DEVICES = Path("/dev")

_ZERO_2_W = 0x902120  # any Pi with 40 pins has the same header
_EVENTS_KEPT = 64  # by the kernel, for a line; the oldest go first, so that the last level is always known
_BIAS = {"up": Bias.PULL_UP, "down": Bias.PULL_DOWN, "floating": Bias.DISABLED}


def header_chip(devices: Path = DEVICES) -> gpiod.Chip:
    """The chip behind the header, open. Raises PinsLost where there is none or it may not be opened."""
    refused: OSError | None = None
    for path in sorted(devices.glob("gpiochip*")):
        try:
            chip = gpiod.Chip(str(path))
        except OSError as error:
            refused = error
            continue
        if chip.get_info().label in HEADER_CHIPS:
            return chip
        chip.close()
    if refused:
        raise PinsLost(because(Code.GPIO_REFUSED, what=refused.strerror))
    raise PinsLost(because(Code.GPIO_MISSING, folder=devices))


class GpiodFactory(PiFactory):  # type: ignore[misc]
    """Pins of one chip, by BCM number. `close()` frees them and the chip. One thread opens and closes pins."""

    def __init__(self, chip: Any, pwm_class: Path | None = None) -> None:
        super().__init__()
        self.pin_class = GpiodPin
        self.chip = chip
        self.edges = EdgeReader()
        self._pwm_class = pwm_class

    def __str__(self) -> str:
        info = self.chip.get_info()
        return f"{info.name} ({info.label})"

    def uses(self, numbers: Iterable[int]) -> tuple[LineUse, ...]:
        """Who has these lines now, by the kernel's word."""
        infos = ((number, self.chip.get_line_info(number)) for number in numbers)
        return tuple(LineUse(number, info.consumer or KERNEL if info.used else "") for number, info in infos)

    def close(self) -> None:
        """May be called twice."""
        super().close()
        self.edges.close()
        if self.chip is not None:
            self.chip.close()
            self.chip = None

    def ticks(self) -> float:
        """Monotonic seconds, the clock that the kernel stamps edges with."""
        return time.monotonic()

    def ticks_diff(self, later: float, earlier: float) -> float:
        return later - earlier

    def kernel_pwm(self, number: int) -> KernelPwm | None:
        """The kernel's PWM on this pin, where config.txt asks for one."""
        return kernel_pwm(number, self._pwm_class) if self._pwm_class else kernel_pwm(number)

    def _get_revision(self) -> int:
        try:
            return int(get_pi_revision())
        except (PinUnknownPi, OSError):  # what counts is the chip, which is there
            return _ZERO_2_W


class GpiodPin(PiPin):  # type: ignore[misc]
    """One line. It is asked for when its function is set and freed by `close()`; OSError is what the kernel says."""

    def __init__(self, factory: GpiodFactory, info: Any) -> None:
        super().__init__(factory, info)
        self.fault = ""  # why the kernel took the line away while it was watched
        self._request: Any = None
        self._is_output = self._is_watched = False
        self._pull = "floating"
        self._level: float = 0.0  # what an output was last given
        self._pwm: KernelPwm | SoftwarePwm | None = None

    @property
    def wakes_to_dim(self) -> bool:
        """Whether a level between low and high keeps a thread of ours busy."""
        return isinstance(self._pwm, SoftwarePwm)

    def close(self) -> None:
        """An output should be low by now: some kernels go on driving it."""
        if self._is_watched:
            self._disable_event_detect()
        self._when_changed = None
        if self._pwm:
            self._pwm.close()
        if self._request:
            self._request.release()
        self._pwm, self._request, self._is_output, self.fault = None, None, False, ""

    def output_with_state(self, state: float) -> None:
        """Drive the line from its first moment with this level."""
        self.close()
        self._is_output, self._level = True, state
        self._pwm = self.factory.kernel_pwm(self._number)
        if self._pwm is None:
            self._ask(LineSettings(direction=Direction.OUTPUT, output_value=_value(state)))

    def _get_function(self) -> str:
        return "output" if self._is_output else "input"

    def _set_function(self, value: str) -> None:
        if value not in ("input", "output"):
            raise PinInvalidFunction(f"invalid function {value!r} for pin {self!r}")
        if value == "output":
            self.output_with_state(False)
        else:
            self.close()
            self._ask(self._input())

    def _get_state(self) -> float:
        return self._level if self._is_output else self._request.get_value(self._number) is Value.ACTIVE

    def _set_state(self, value: float) -> None:
        if not self._is_output:
            raise PinSetInput(f"cannot set state of pin {self!r}")
        self._level = value
        if self._pwm:
            self._pwm.duty(value)
        else:
            self._drive(bool(value))

    def _get_pull(self) -> str:
        return self._pull

    def _set_pull(self, value: str) -> None:
        if value not in _BIAS:
            raise PinInvalidPull(f"invalid pull {value!r} for pin {self!r}")
        self._pull = value
        self._ask(self._input())

    def _get_frequency(self) -> float | None:
        return self._pwm.hz if self._pwm else None

    def _set_frequency(self, value: float | None) -> None:
        if isinstance(self._pwm, KernelPwm):
            self._pwm.hz = value
        elif value:
            self._pwm = SoftwarePwm(self._drive, value)
        elif self._pwm:
            self._pwm.close()
            self._pwm = None

    def _get_bounce(self) -> None:
        return None

    def _set_bounce(self, value: float | None) -> None:
        """Ours is firmware.inputs.debounce."""

    def _get_edges(self) -> str:
        return "both"

    def _set_edges(self, value: str) -> None:
        """Always both."""

    def _enable_event_detect(self) -> None:
        self._is_watched = True
        self._ask(self._input())
        self.factory.edges.watch(self._request, self)

    def _disable_event_detect(self) -> None:
        self._is_watched = False
        self.factory.edges.unwatch(self._request)

    def _call_when_changed(self, ticks: float, state: bool) -> None:
        """On the reader's thread; the pin may have been closed meanwhile."""
        when_changed = self._get_when_changed()
        if when_changed:
            when_changed(ticks, state)

    def changed(self, event: gpiod.EdgeEvent) -> None:
        """An edge, from the reader."""
        self._call_when_changed(event.timestamp_ns / 1e9, event.event_type is event.Type.RISING_EDGE)

    def _input(self) -> LineSettings:
        edges = Edge.BOTH if self._is_watched else Edge.NONE
        return LineSettings(direction=Direction.INPUT, bias=_BIAS[self._pull], edge_detection=edges)

    def _ask(self, settings: LineSettings) -> None:
        if self._request:
            self._request.reconfigure_lines({self._number: settings})
            return
        try:
            self._request = self.factory.chip.request_lines(
                {self._number: settings}, CONSUMER, event_buffer_size=_EVENTS_KEPT
            )
        except OSError as error:
            raise self._explained(error) from error

    def _explained(self, error: OSError) -> OSError:
        """With the name of who has the line."""
        if error.errno != errno.EBUSY:
            return error
        user = self.factory.chip.get_line_info(self._number).consumer or KERNEL
        return OSError(errno.EBUSY, f"in use by {user}")

    def _drive(self, high: bool) -> None:
        self._request.set_value(self._number, _value(high))


def _value(state: float) -> Value:
    return Value.ACTIVE if state else Value.INACTIVE
