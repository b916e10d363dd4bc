"""What the bedside process asks of the player, and what only these two say to each other; plain values."""

from msgspec import Struct

from firmware.speaker.reports import Broke, Died, Ended, Faded, Failed, Lost, Measured, Ready, Started


class Open(Struct, frozen=True, tag=True):
    """Become the player: open this sink (its words) and sound like this (see `OutputProfile`); allow `cap_dba`."""

    sink: str
    full_scale_dba: float
    ceiling_dba: float
    cap_dba: float
    mono: bool
    presence: bool


class Play(Struct, frozen=True, tag=True):
    """Play a track from `start_s` on; what plays leaves over `crossfade_s`. Levels in dB(A) at the pillow.

    `back_dba`: in place of a start from silence it is back at this level within 0.3 s, then rises to its own.
    `mono_mix`: factors of left and right, where the box plays mono; `seconds`: the track's measured length. None: not
    known.
    """

    play_id: int
    path: str
    start_s: float
    level_dba: float
    rise_s: float
    crossfade_s: float
    gain_db: float
    in_fade: bool
    back_dba: float | None = None
    mono_mix: tuple[float, float] | None = None
    seconds: float | None = None


class Cue(Struct, frozen=True, tag=True):
    """What follows when the track that plays ends, `crossfade_s` before that end."""

    play_id: int
    path: str
    crossfade_s: float
    gain_db: float
    mono_mix: tuple[float, float] | None = None
    seconds: float | None = None


class SetGain(Struct, frozen=True, tag=True):
    """Bring the track of this play to the level of all by another gain: its track was measured meanwhile."""

    play_id: int
    gain_db: float


class SetLevel(Struct, frozen=True, tag=True):
    """Go to this level."""

    level_dba: float


class SetCap(Struct, frozen=True, tag=True):
    """Allow so much."""

    cap_dba: float


class Fade(Struct, frozen=True, tag=True):
    """Fade what plays to silence."""

    seconds: float


class Stop(Struct, frozen=True, tag=True):
    """Be silent after a ramp. Answered by `Stopped` as soon as the ramp is where the mixer will take it from, and by
    `Silent` when the device has taken silence."""

    stop_id: int
    ramp_s: float


class Close(Struct, frozen=True, tag=True):
    """Ramp down, give the device back and end."""


class Hello(Struct, frozen=True, tag=True):
    """A player was born: everything is loaded, nothing is open."""


class Opening(Struct, frozen=True, tag=True):
    """A device is about to be opened, which may take seconds: no heartbeat until Ready or Lost."""


class Stopped(Struct, frozen=True, tag=True):
    """The stop with this number is obeyed, or there was nothing to stop."""

    stop_id: int


class Silent(Struct, frozen=True, tag=True):
    """After the stop with this number the device has taken silence, or there is no device."""

    stop_id: int


class Stuck(Struct, frozen=True, tag=True):
    """The device takes no more sound: what it would take next is silence. Only the end of the player gives it back."""

    reason: str


class Mute(Struct, frozen=True, tag=True):
    """A play is said to sound and has not done so for `lasted_s`, though its track does: `position_s` into it."""

    play_id: int
    position_s: float
    lasted_s: float


Command = Open | Play | Cue | SetGain | SetLevel | SetCap | Fade | Stop | Close
Word = (
    Hello
    | Opening
    | Stopped
    | Silent
    | Mute
    | Stuck
    | Started
    | Ended
    | Faded
    | Failed
    | Broke
    | Measured
    | Ready
    | Lost
    | Died
)
