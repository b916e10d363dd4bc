"""One life of the box, from plug to plug: real loop, inputs, outputs, screen and log under the month's clock."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from device.clock.clock import wall_at
from device.display.painter import Painter
from device.display.screen_owner import ScreenOwner
from device.hardware_events import from_speaker
from device.log.log import Log
from device.log.stores import FILE_NAME
from device.loop import Item, Loop, Parts, Stop
from device.music.music import Music
from device.rules import hours
from device.rules.events import NO_RULES, Event, PartBack, PartLost, Wall
from device.rules.memory import recall
from device.rules.state import Limits, Overlay, State
from device.rules.view import Scene, View
from device.rules.view_of import BOOT_SHOWN_S
from firmware.gpio.board import REVISION_A
from firmware.gpio.controls import Controls
from firmware.gpio.outputs import Outputs
from firmware.inputs.inputs import Inputs
from firmware.screen.screen import Screen
from firmware.simulator.box import SimulatedBox
from firmware.speaker import Speaker
from messages import BoxStarted, Part, Reason
from tests.rules.bed import ALL_TRACKS, BUILT_IN
from tests.rules.month.days import LATE_S, Days, Inbox
from tests.rules.month.loudspeaker import Loudspeaker

BOOTED_S = 15.0  # the monotonic clock begins with the machine


@dataclass(frozen=True, slots=True)
class Clockless:
    """How a box without a battery for its clock wakes: so far behind, and so long until someone tells it."""

    behind_s: float = 0.0
    unknown_s: float = 0.0


class Panes:
    """The painter's work on the loop's own thread: the real screen, brought to each view and looked after when due."""

    def __init__(self, screen: ScreenOwner, life: "Life") -> None:
        self._screen = screen
        self._life = life
        self._view: View | None = None
        self._due: float | None = None

    def show(self, view: View) -> None:
        """As the painter's."""
        self._screen.look()
        if view != self._view:
            self._view = view
            self._bring(view)

    def watch(self, on: bool) -> None:
        """Nobody looks at this bed's page."""

    def warm(self, labels: Iterable[str], language: str = "en") -> None:
        """Nothing waits here: letters are shaped when they are wanted."""

    def _bring(self, view: View) -> None:
        self._screen.show(view)
        due = self._screen.due
        if due is not None and due != self._due:
            self._due = due
            self._life.after(max(LATE_S, due - self._life.clock()), lambda: self._look(due))

    def _look(self, due: float) -> None:
        if due == self._due and self._view is not None:
            self._due = None
            self._bring(self._view)


class Life:
    """The box between two power cuts. Whatever was to happen to it later does not happen after its end."""

    def __init__(
        self,
        days: Days,
        panel: SimulatedBox,
        folder: Path,
        number: int,
        clockless: Clockless,
        settled: Callable[[], None],
        passing: Callable[[], None],
    ) -> None:
        self._days = days
        self._booted_s = days.now_s
        self._behind_s = clockless.behind_s
        self.clock_known = clockless.unknown_s == 0.0
        self.is_over = False
        self.inbox = Inbox(days, settled, passing)
        self._parts = ExitStack()
        boot = f"boot-{number}"
        self.log = Log(
            folder / FILE_NAME,
            boot=boot,
            utcnow=self.utcnow,
            clock_ok=lambda: self.clock_known,
            trouble=self._on_trouble,
            clock=self.clock,
        )
        state = self._first_state(boot)
        self.speaker = Loudspeaker(lambda report: self.inbox.put(from_speaker(report)), self.after, self.clock)
        self.loop = self._loop(state, panel, folder)
        self.after(clockless.unknown_s, self._learns_the_time)
        self.after(0.5, lambda: self.speaker.plug(plugged=True))

    def run(self) -> None:
        """Until the plug is pulled."""
        with self._parts:
            self.loop.run()
            self.is_over = True

    def cut(self) -> None:
        """Pull the plug."""
        self.inbox.put(Stop())

    def tell(self, event: Event) -> None:
        """Something that a part or the ward says."""
        item: Item = event
        self.inbox.put(item)

    def clock(self) -> float:
        """Seconds since the machine was switched on."""
        return BOOTED_S + self._days.now_s - self._booted_s

    def utcnow(self) -> datetime:
        """What the box takes for the time."""
        return self._days.utc - timedelta(seconds=self._behind_s)

    def wall(self) -> Wall | None:
        """What the box knows of the wall's clock."""
        return wall_at(self.utcnow(), self._days.zone) if self.clock_known else None

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Something that happens to this box in so many seconds, if it lives then."""
        self._days.after(seconds, lambda: None if self.is_over else act())

    def _learns_the_time(self) -> None:
        self._behind_s, self.clock_known = 0.0, True

    def _first_state(self, boot: str) -> State:
        """As the service makes it."""
        opened = self.log.open()
        self._parts.callback(self.log.close)
        assert opened.set_aside is None
        wall, now = self.wall(), self.clock()
        state = State(
            boot=boot,
            code="7F3A",
            builtin=BUILT_IN,
            held=ALL_TRACKS,
            level_dba=Limits().start_day_dba,
            touched_at=now,
            wall=wall,
            night=hours.is_night(wall, NO_RULES),
        )
        state = recall(state, opened.memory, now, self.utcnow().timestamp() - now, clock_ok=self.clock_known)
        self.log.put([(BoxStarted(software="0.1.0", board="simulated"), state.stay)])
        return state if state.night else replace(state, overlay=Overlay(Scene.BOOT, now + BOOT_SHOWN_S))

    def _loop(self, state: State, panel: SimulatedBox, folder: Path) -> Loop:
        screen = ScreenOwner(lambda: Screen(panel.bus, REVISION_A.screen_address), self.tell, self.clock)
        outputs = self._parts.enter_context(Outputs(REVISION_A, panel.pin_factory))
        controls = Controls(REVISION_A, self.inbox.put, pin_factory=panel.pin_factory, clock=self.clock)
        self._parts.enter_context(controls)
        parts = Parts(
            Inputs(REVISION_A),
            cast("Speaker", self.speaker),
            Music(folder),
            self.log,
            cast("Painter", Panes(screen, self)),
            outputs,
            None,
        )
        return Loop(state, parts, self.inbox, clock=self.clock, utcnow=self.utcnow, wall=self.wall)

    def _on_trouble(self, reason: Reason | None) -> None:
        self.tell(PartBack(Part.LOG) if reason is None else PartLost(Part.LOG, reason))
