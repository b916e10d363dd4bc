"""A line that is high for a fraction of the time: by the kernel where it can, else by a thread of ours."""

from collections.abc import Callable
from pathlib import Path
from threading import Condition, Thread

PWM_CLASS = Path("/sys/class/pwm")
OVERLAY = "dtoverlay=pwm-gpio,gpio={}"
"""What /boot/firmware/config.txt must say for `kernel_pwm` to find one."""
SOFTWARE_MOST_HZ = 100.0
"""A thread wakes twice as often while the line is neither dark nor full; slower would flicker for some eyes."""

_CELL = 4  # bytes; a device tree's numbers, high byte first


class KernelPwm:
    """One channel of the kernel's PWM, in nanoseconds: no wake-up of ours, no step in the dim. Raises OSError."""

    def __init__(self, chip: Path) -> None:
        self._channel = chip / "pwm0"
        self._period_ns = 0
        self._duty = 0.0
        if not self._channel.exists():
            (chip / "export").write_text("0")

    @property
    def hz(self) -> float | None:
        """Its frequency; None or 0 puts it out."""
        return 1e9 / self._period_ns if self._period_ns else None

    @hz.setter
    def hz(self, hz: float | None) -> None:
        if not hz:
            self.close()
            return
        self._write("duty_cycle", 0)  # a duty above the new period would be refused
        self._period_ns = round(1e9 / hz)
        self._write("period", self._period_ns)
        self._write("enable", 1)
        self.duty(self._duty)

    def duty(self, fraction: float) -> None:
        """From 0 to 1."""
        self._duty = fraction
        if self._period_ns:
            self._write("duty_cycle", round(fraction * self._period_ns))

    def close(self) -> None:
        """Low. May be called twice."""
        if self._period_ns:
            self.duty(0.0)
            self._write("enable", 0)
        self._period_ns = 0

    def _write(self, name: str, value: int) -> None:
        (self._channel / name).write_text(str(value))


def kernel_pwm(number: int, pwm_class: Path = PWM_CLASS) -> KernelPwm | None:
    """The kernel's PWM on this GPIO; None where the device tree has none on it."""
    for chip in sorted(pwm_class.glob("pwmchip*")):
        if _gpio_of(chip) == number:
            return KernelPwm(chip)
    return None


def has_kernel_pwm(number: int, pwm_class: Path = PWM_CLASS) -> bool:
    """Whether `kernel_pwm` would find one; opens nothing."""
    return any(_gpio_of(chip) == number for chip in pwm_class.glob("pwmchip*"))


def _gpio_of(chip: Path) -> int | None:
    """`gpios = <&gpio NUMBER FLAGS>` of a pwm-gpio node."""
    try:
        cells = (chip / "device" / "of_node" / "gpios").read_bytes()
    except OSError:
        return None
    return int.from_bytes(cells[_CELL : 2 * _CELL], "big") if len(cells) >= 2 * _CELL else None


class SoftwarePwm:
    """Switches a line by a thread, which sleeps for as long as the line is wholly dark or full.

    `write` sets the line; it is called under a lock, on the thread or in `duty`. What it raises there is raised by the
    next `duty`. A busy processor makes it flicker a little, so the kernel's is better.
    """

    def __init__(self, write: Callable[[bool], None], hz: float) -> None:
        self.hz = min(hz, SOFTWARE_MOST_HZ)
        self._write = write
        self._changed = Condition()
        self._duty = 0.0
        self._is_closing = False
        self._error: Exception | None = None
        self._thread: Thread | None = None

    def duty(self, fraction: float) -> None:
        """From 0 to 1; the ends are set at once."""
        with self._changed:
            if self._error:
                raise self._error
            was_moving, self._duty = self._is_moving, fraction
            if not self._is_moving:
                self._write(fraction >= 1)
            if was_moving != self._is_moving:
                self._changed.notify_all()
        if self._is_moving and self._thread is None:
            self._thread = Thread(target=self._run, name="light", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Low, if it can be; ends the thread. May be called twice."""
        with self._changed:
            self._is_closing, self._duty = True, 0.0
            self._changed.notify_all()
        if self._thread:
            self._thread.join()
        if not self._error:
            self._write(False)

    @property
    def _is_moving(self) -> bool:
        return 0 < self._duty < 1 and not self._is_closing

    def _run(self) -> None:
        with self._changed:
            try:
                while not self._is_closing:
                    self._cycle()
            except Exception as error:  # noqa: BLE001  # told to whoever sets it next
                self._error = error

    def _cycle(self) -> None:
        """One period; a wait lets `duty` in."""
        if not self._is_moving:
            self._changed.wait()
            return
        on_s = self._duty / self.hz
        self._write(True)
        self._changed.wait(on_s)
        if self._is_moving:
            self._write(False)
            self._changed.wait(1 / self.hz - on_s)
