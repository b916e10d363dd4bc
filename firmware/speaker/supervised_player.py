"""One player as the supervision sees it: how far it has come, what is due from it, and when. Pure."""

from dataclasses import dataclass, field
from enum import Enum, auto

from firmware.speaker.actions import Send
from firmware.speaker.commands import Command
from firmware.speaker.starvation import HeldUp

ANSWER_WITHIN_S = 0.5  # a command brings the player's next heartbeat at once
HEARTBEAT_S = 1.0
LOWERED_WITHIN_S = 1.0  # until a lower level or cap is taken, whatever holds the player up: old sound is louder sound
STARTED_WITHIN_S = 20.0  # Python and numpy from a slow card
NEVER = float("inf")


class Phase(Enum):
    """From its birth to its sound."""

    STARTING = auto()
    STANDING_BY = auto()
    OPENING = auto()
    RUNNING = auto()


@dataclass(slots=True)
class SupervisedPlayer:
    """One process and what is due from it."""

    number: int
    phase: Phase = Phase.STARTING
    silent_at: float = NEVER  # without a word until then it has hung
    asked_at: float = NEVER  # the first command that no heartbeat followed
    sent: int = 0  # commands
    lowering: list[tuple[int, float]] = field(default_factory=list)  # lower the sound, not taken: number, by when
    held_up: HeldUp = field(default_factory=HeldUp)

    def is_alive(self, at: float) -> None:
        """A sign of life of a running player."""
        self.silent_at = max(self.silent_at, at + HEARTBEAT_S)
        if at > self.asked_at:
            self.asked_at = NEVER

    def took(self, obeyed: int) -> None:
        """So many of its commands are obeyed."""
        self.lowering = [(number, by) for number, by in self.lowering if number > obeyed]

    @property
    def lower_by(self) -> float:
        """When a lower level or cap must be taken."""
        return min((by for _, by in self.lowering), default=NEVER)

    @property
    def due_at(self) -> float:
        """When a word is due."""
        return min(self.silent_at, self.asked_at + ANSWER_WITHIN_S)

    @property
    def waits_s(self) -> float:
        """How long it has for that word."""
        return ANSWER_WITHIN_S if self.asked_at + ANSWER_WITHIN_S < self.silent_at else HEARTBEAT_S

    @property
    def ends_at(self) -> float:
        """When it has to be ended, as far as is known."""
        return max(self.due_at, self.held_up.until)

    def send(self, command: Command, lowers_at: float = NEVER) -> Send:
        """A command for it; one that lowers the sound at a time must be taken within LOWERED_WITHIN_S."""
        self.sent += 1
        if self.phase is Phase.RUNNING and lowers_at != NEVER:
            self.lowering.append((self.sent, lowers_at + LOWERED_WITHIN_S))
        return Send(self.number, command)

    def why_silent(self) -> str:
        """Why it has to be ended, where its word did not come."""
        match self.phase:
            case Phase.STARTING:
                return f"was not ready within {STARTED_WITHIN_S:.0f} s"
            case Phase.OPENING:
                return "did not open the sound device in time"
            case _ if self.held_up.until > self.due_at:
                return "was held up by other work for too long"
            case _:
                return f"gave no heartbeat for {self.waits_s * 1000:.0f} ms"
