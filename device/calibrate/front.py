"""The parts of a box that a calibration uses: screen, CHOOSE, PLAY and the amplifier. Knows no question."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from device.config.settings import Settings
from device.display.painter import Painter
from device.hardware import Hardware
from device.rules.events import Event, PartBack, PartLost
from device.rules.view import View
from firmware.gpio.controls import Controls
from firmware.inputs.inputs import Input, Inputs
from firmware.inputs.lines import Edge


class Front:
    """The box's screen and controls inside a `with`, the screen dark again at its end. Raises PinsLost at its
    beginning.

    `put` is called on the threads of pins and screen and must return at once; the owner passes its items to `inputs`
    and `hear` on its own thread.
    """

    def __init__(self, hardware: Hardware, settings: Settings, put: Callable[[Edge | Event], None]) -> None:
        self._language = settings.box.language
        self._inputs = Inputs(hardware.board)
        self._controls = Controls(hardware.board, put, pin_factory=hardware.pin_factory)
        chip = settings.screen.chip
        self._painter = Painter(hardware.screen, put, chip=chip) if settings.screen.fitted else None
        self._is_lost = False

    def __enter__(self) -> Self:
        self._controls.__enter__()
        if self._painter:
            self._painter.warm((), self._language)
            self._painter.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controls.close()
        if self._painter:
            self._painter.close()

    @property
    def is_seen(self) -> bool:
        """Whether there is a working screen, as far as is known."""
        return self._painter is not None and not self._is_lost

    @property
    def language(self) -> str:
        """The language of the screen."""
        return self._language

    def show(self, view: View) -> None:
        """Show this view from now on."""
        if self._painter:
            self._painter.show(view)

    def inputs(self, edge: Edge) -> tuple[Input, ...]:
        """What hands did by this edge."""
        return self._inputs.feed(edge)

    def next_deadline(self) -> float | None:
        """When to call `tick` next, in monotonic seconds."""
        return self._inputs.next_deadline()

    def tick(self, now: float) -> tuple[Input, ...]:
        """What hands did, as far as only time could show."""
        return self._inputs.tick(now)

    def hear(self, event: Event) -> None:
        """The screen stopped working, or works again."""
        match event:
            case PartLost():
                self._is_lost = True
            case PartBack():
                self._is_lost = False
            case _:
                pass
