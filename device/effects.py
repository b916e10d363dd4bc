"""What the controller may ask for. What follows from the state alone (screen, status, memory) is no effect."""

from dataclasses import dataclass

from messages import Data


@dataclass(frozen=True, slots=True)
class Play:
    """Play a piece from `start_s` on, rising to `level_dba` (dB(A) at the pillow) over `rise_s`."""

    play_id: int
    sha256: str
    start_s: float
    level_dba: float
    rise_s: float


@dataclass(frozen=True, slots=True)
class SetLevel:
    """Go to this level, dB(A) at the pillow; rises are slewed by the speaker."""

    level_dba: float


@dataclass(frozen=True, slots=True)
class Fade:
    """Fade what plays to silence over so many seconds, on its own gain line."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Silence:
    """Be silent after a ramp of so many seconds."""

    ramp_s: float


@dataclass(frozen=True, slots=True)
class Record:
    """Write an entry of this stay (None: between stays)."""

    data: Data
    stay: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Reply to a command of the ward."""

    command_id: str
    done: bool
    reason: str = ""


Effect = Play | SetLevel | Fade | Silence | Record | Answer
