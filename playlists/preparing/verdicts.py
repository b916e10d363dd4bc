"""What can be said of a file: why it is refused, what a therapist should look at. Codes; the pages have the words."""

from enum import StrEnum
from typing import Any

import msgspec


class Refused(StrEnum):
    """Why a file becomes no track."""

    EMPTY = "empty"
    ARCHIVE = "archive"
    PICTURE = "picture"
    DOCUMENT = "document"
    PLAYLIST = "playlist"
    MIDI = "midi"
    PROTECTED = "protected"
    VIDEO = "video"
    UNKNOWN = "unknown"
    NO_SOUND = "no_sound"  # it holds no stream of sound
    BROKEN = "broken"  # too much of it cannot be decoded
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    SILENT = "silent"
    NOT_NUMBERS = "not_numbers"  # samples that are no numbers, or far over full scale


class Remark(StrEnum):
    """What a therapist is told of a track; none of them holds it back."""

    CUT_SHORT = "cut_short"  # decodes to less than its file says
    DAMAGED = "damaged"  # some packets could not be decoded
    THIN = "thin"  # under 22 kHz: no treble
    DOWNMIXED = "downmixed"
    ONE_SIDED = "one_sided"
    OUT_OF_PHASE = "out_of_phase"  # much of it goes when a box plays mono
    LONG_SILENCE = "long_silence"
    LONG_EDGES = "long_edges"  # more silence at its ends than is taken off without asking
    SOFTER = "softer"  # stored under the usual loudness
    EASED = "eased"  # peaks were held down
    BOOST_LIMITED = "boost_limited"  # a very quiet recording


class Reason(StrEnum):
    """What ended a process that gave no verdict."""

    TIME = "time"  # of the clock or of the processor
    MEMORY = "memory"
    DISK = "disk"  # full, or the output went over its limit
    DIED = "died"  # a signal, or an error that no one foresaw


class Told(msgspec.Struct, frozen=True):
    """A remark with its numbers by name."""

    remark: Remark
    args: dict[str, Any] = {}


class Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    """A file that became no track, with numbers by name."""

    refused: Refused
    args: dict[str, Any] = {}


class RefusedError(Exception):
    """This file becomes no track. `args`: numbers for the words, by name."""

    def __init__(self, refused: Refused, **args: Any) -> None:
        super().__init__(str(refused))
        self.refused = refused
        self.args_by_name = args
