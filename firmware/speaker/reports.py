"""What the speaker tells whoever listens; plain values, each with the identity of its play."""

from msgspec import Struct


class Started(Struct, frozen=True, tag=True):
    """The play's first samples are heard; of a cued play, its turn has come."""

    play_id: int


class Ended(Struct, frozen=True, tag=True):
    """The track's last sample was heard."""

    play_id: int
    heard_s: float


class Faded(Struct, frozen=True, tag=True):
    """The fade came to its end: silence."""

    play_id: int
    heard_s: float


class Failed(Struct, frozen=True, tag=True):
    """It made no sound; the reason is one line. What plays is ramped down for a play, and goes on for a cue."""

    play_id: int
    reason: str


class Broke(Struct, frozen=True, tag=True):
    """Cut short or damaged: what could be decoded plays, then what is cued. The reason is one line."""

    play_id: int
    reason: str


class Measured(Struct, frozen=True, tag=True):
    """Estimated level at the pillow since the play began: each 2 s while it sounds, and at its end.

    `seconds`: how much was measured; `mean_dba`: of the energy; `max_dba`: the loudest 400 ms.
    """

    play_id: int
    seconds: float
    mean_dba: float
    max_dba: float


class Ready(Struct, frozen=True, tag=True):
    """The sound device is open and settled, silent: at the first opening and each time after Lost or Died."""


class Lost(Struct, frozen=True, tag=True):
    """No sound device; whatever played is over and gets no other report. Told once until `Ready`."""

    reason: str


class Died(Struct, frozen=True, tag=True):
    """The player hung or died and was ended: silence. `play_id`: what played, `position_s` seconds into its track.

    `heard_dba`: at what level it was heard last, without a fade; None where nothing was heard.
    """

    play_id: int | None
    position_s: float
    reason: str
    heard_dba: float | None = None


Report = Started | Ended | Faded | Failed | Broke | Measured | Ready | Lost | Died
