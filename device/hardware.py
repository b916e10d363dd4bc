"""What differs between a Pi and a laptop: pins, screen, clock and speaker of the box that a program drives."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from device.clock.clock import system_clock, wall_by, zone_named
from device.config.settings import Settings
from device.rules.events import Wall
from firmware.gpio.board import REVISION_A, Board
from firmware.screen.bus import open_bus
from firmware.screen.screen import Screen
from firmware.speaker import OutputProfile, Report, Speaker
from firmware.speaker.sink import Sink

if TYPE_CHECKING:
    from firmware.simulator.sound_card import SoundCard  # a Pi never needs it


@dataclass(frozen=True, slots=True)
class Hardware:
    """One box's parts. `pin_factory` None: the Pi's own; `name` travels in the start entry; `wall`: None while no one
    knows the time; `speaker` makes one, not started, from its sink, whom it reports to, and its profile; `utcnow`: the
    time as entries carry it."""

    name: str
    board: Board
    pin_factory: Any
    screen: Callable[[], Screen]
    clock_ok: Callable[[], bool]
    wall: Callable[[], Wall | None]
    speaker: Callable[[Sink, Callable[[Report], None], OutputProfile], "Speaker | SoundCard"] = Speaker
    utcnow: Callable[[], datetime] = lambda: datetime.now(UTC)


def of_this_machine(settings: Settings) -> Hardware:
    """A Pi's own."""
    board, clock = REVISION_A, system_clock(settings.box.data)
    return Hardware(
        board.name,
        board,
        None,
        lambda: Screen(open_bus(board), settings.screen.address, settings.screen.chip),
        clock.known,
        wall_by(clock.known, zone_named(settings.box.time_zone), clock.utcnow),
        utcnow=clock.utcnow,
    )
