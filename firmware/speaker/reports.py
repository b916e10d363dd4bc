"""What the speaker tells whoever listens; plain values, each with the identity of its play."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Started:
    """The play's first samples are in the device's hands."""

    play_id: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The piece's last sample was heard; also of a piece whose file is cut short or breaks in the middle."""

    play_id: int
    heard_s: float


@dataclass(frozen=True, slots=True)
class Faded:
    """The fade came to its end: silence."""

    play_id: int
    heard_s: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The play made no sound; the reason is one line. Whatever played before was ramped down."""

    play_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """No sound device; whatever played is over and gets no other report. Told once until `Back`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Back:
    """The sound device is there again, silent."""


Report = Started | Ended | Faded | Failed | Lost | Back
