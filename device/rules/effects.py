"""What the controller may ask for. What follows from the state alone (screen, status, memory) is no effect."""

from dataclasses import dataclass

from device.rules.state import Shown, State
from messages import Data, PartResult, Reason


@dataclass(frozen=True, slots=True)
class Play:
    """Play a track from `start_s` on at `level_dba` (dB(A) at the pillow); what plays leaves over `crossfade_s`.

    With `rise_s` it stands 20 dB lower at first and rises over so many seconds. `in_fade`: joins the fade that runs.
    `back_dba`: sound that broke off at this level is back there in a moment, and rises from there.
    """

    play_id: int
    sha256: str
    start_s: float
    level_dba: float
    rise_s: float
    crossfade_s: float
    in_fade: bool = False
    back_dba: float | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """What follows when the track that plays ends: `crossfade_s` before its end, at its level and within its fade."""

    play_id: int
    sha256: str
    crossfade_s: float


@dataclass(frozen=True, slots=True)
class SetGain:
    """Bring the play that sounds to the level that was measured of its track meanwhile; rises are slewed."""

    play_id: int
    sha256: str


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
    reason: Reason | None = None
    results: tuple[PartResult, ...] = ()


@dataclass(frozen=True, slots=True)
class RunTest:
    """Test the parts of the box, without sound and light; `SelfTested` tells the results."""

    command_id: str


@dataclass(frozen=True, slots=True)
class SendLines:
    """Reply with the newest lines of the technical log."""

    command_id: str


@dataclass(frozen=True, slots=True)
class TellScreen:
    """Tell the ward what the screen shows."""

    shown: Shown


@dataclass(frozen=True, slots=True)
class Restart:
    """End the service, so that whoever runs it starts it again."""


Effect = Play | Cue | SetGain | SetLevel | Fade | Silence | Record | Answer | RunTest | SendLines | TellScreen | Restart

Step = tuple[State, tuple[Effect, ...]]
"""What a rule says: the state from now on, and what to do about it, sound first."""
