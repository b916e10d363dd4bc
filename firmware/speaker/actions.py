"""What the supervision of the players wants done; plain values."""

from dataclasses import dataclass

from firmware.speaker.commands import Command
from firmware.speaker.reports import Report


@dataclass(frozen=True, slots=True)
class Spawn:
    """Give birth to the player with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Send:
    """Send it to this player."""

    number: int
    command: Command


@dataclass(frozen=True, slots=True)
class Kill:
    """End this player, however it is."""

    number: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell whoever listens to the speaker."""

    report: Report


Action = Spawn | Send | Kill | Tell
