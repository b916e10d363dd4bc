"""`nightingale-device simulate`: a complete box on a laptop, its front as a web page. Decides no rule."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from math import ceil
from queue import SimpleQueue

from device.app import Box, on_signal, start
from device.clock.clock import wall_at, zone_named
from device.config.settings import Broker, Settings
from device.hardware import Hardware
from device.loop import Stop
from device.panel_state import panel_state
from device.rules.events import Tick, Wall
from firmware.gpio.board import REVISION_A
from firmware.screen.screen import Screen
from firmware.simulator.box import SimulatedBox
from firmware.simulator.network import Network
from firmware.simulator.panel import Panel
from firmware.simulator.sound_card import SoundCard
from firmware.speaker import OutputProfile, Report, Speaker
from firmware.speaker.sink import Sink


class MovableClock:
    """The simulated clock: the actual time until it is changed or unset. Any thread may do so.

    It moves by whole minutes, so that its minutes begin when real ones do.
    """

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone
        self._ahead = timedelta()
        self.known = True

    def set(self, local: datetime | None) -> None:
        """Show this local time (naive) and continue from there; None: the actual time."""
        if local is None:
            self._ahead = timedelta()
            return
        utc = (local.replace(tzinfo=self._zone) if self._zone else local.astimezone()).astimezone(UTC)
        self._ahead = timedelta(minutes=ceil((utc - datetime.now(UTC)).total_seconds() / 60))

    @property
    def moved(self) -> bool:
        """Whether it shows another time than the actual one."""
        return self._ahead != timedelta()

    def local(self) -> datetime:
        """The time it shows."""
        return (datetime.now(UTC) + self._ahead).astimezone(self._zone)

    def wall(self) -> Wall | None:
        """The time the box reads."""
        return wall_at(datetime.now(UTC) + self._ahead, self._zone) if self.known else None


class Training:
    """One simulated box, started again each time its plug is put back or the ward asks. Its handles are called on
    the panel's threads; `run` belongs to the main thread."""

    def __init__(self, settings: Settings, simulated: SimulatedBox, parts: ExitStack) -> None:
        self._clock = MovableClock(zone_named(settings.box.time_zone))
        self._network = Network((broker.host, broker.port) for broker in settings.link.brokers)
        self._network.repair()
        parts.callback(self._network.close)
        brokers = tuple(Broker(host, port) for host, port in self._network.addresses)
        self._settings = replace(settings, link=replace(settings.link, brokers=brokers))
        self._simulated = simulated
        self._card: SoundCard | None = None
        self._box: Box | None = None
        self._has_power = self._has_card = True
        self._is_ending = False
        self._powered: SimpleQueue[None] = SimpleQueue()

    def set_clock(self, local: datetime | None) -> None:
        """Move the clock; the box reads it at once."""
        self._clock.set(local)
        self._wake()

    def know_clock(self, known: bool) -> None:
        """Unset the clock, or set it again."""
        self._clock.known = known
        self._wake()

    def power(self, plugged: bool) -> None:
        """Disconnect the mains, or connect it and start."""
        if plugged != self._has_power:
            self._has_power = plugged
            self._turn_over()

    def sound_card(self, plugged: bool) -> None:
        """Disconnect or connect the sound card."""
        self._has_card = plugged
        if self._card:
            (self._card.plug if plugged else self._card.unplug)()

    def network(self, plugged: bool) -> None:
        """Disconnect or connect the network."""
        (self._network.repair if plugged else self._network.cut)()

    def told(self) -> dict[str, object]:
        """What `GET /state` answers. Any thread."""
        box, local = self._box, self._clock.local()
        state = panel_state(self._settings, box.loop if box else None, box.log if box else None)
        return state | {
            "clock": local.strftime("%Y-%m-%dT%H:%M") if self._clock.known else None,
            "clock_moved": self._clock.moved,
            "zone": self._settings.box.time_zone,
            "power": self._has_power,
            "sound_card": self._has_card,
            "network": not self._network.is_cut,
        }

    def run(self, ready: Callable[[], None]) -> None:
        """Until SIGTERM or SIGINT; `ready` is called once, when the box first is."""
        on_signal(self._end)
        self._live(ready)
        while not self._is_ending:
            if self._has_power:
                self._live(lambda: None)
            else:
                self._powered.get()

    def _live(self, ready: Callable[[], None]) -> None:
        """One run of the box, from power on to power off."""
        with ExitStack() as parts:
            self._box = start(self._settings, self._hardware(), parts)
            ready()
            if self._is_ending or not self._has_power:
                self._box.inbox.put(Stop())
            self._box.loop.run()
            self._box = None

    def _end(self) -> None:
        self._is_ending = True
        self._turn_over()

    def _turn_over(self) -> None:
        """End the current run, or start the next one."""
        if self._box:
            self._box.inbox.put(Stop())
        self._powered.put(None)

    def _wake(self) -> None:
        if self._box:
            self._box.inbox.put(Tick())

    def _hardware(self) -> Hardware:
        board, simulated = REVISION_A, self._simulated
        return Hardware(
            "simulated",
            board,
            simulated.pin_factory,
            lambda: Screen(simulated.bus, board.screen_address),
            clock_ok=lambda: self._clock.known,
            wall=self._clock.wall,
            speaker=self._speaker,
        )

    def _speaker(self, sink: Sink, report: Callable[[Report], None], profile: OutputProfile) -> SoundCard:
        self._card = SoundCard(lambda listener: Speaker(sink, listener, profile), report)
        if not self._has_card:
            self._card.unplug()
        return self._card


def simulate(settings: Settings, panel: Broker, at: datetime | None = None) -> int:
    """A complete box on a laptop with its front as a page on `panel`, until SIGTERM or SIGINT. `at`: the time on its
    clock at the start, local time without a zone; None: the actual time."""
    with ExitStack() as parts:
        simulated = SimulatedBox(REVISION_A)
        parts.callback(simulated.close)
        training = Training(settings, simulated, parts)
        training.set_clock(at)
        front = Panel(simulated, training.told, panel.host, panel.port, training)
        front.start()  # first, so that a port in use is reported at once
        parts.callback(front.close)
        training.run(lambda: print(f"panel {front.url}", flush=True))
    return 0
