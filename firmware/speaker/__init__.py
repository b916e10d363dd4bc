"""The speaker: plays pieces on a sound device at a level in dB(A). Knows no set, no session and no patient.

SoundError
 +- SinkError      the sink's description means nothing
 +- DeviceError    the sound device cannot be opened or has gone
 +- DecodeError    a piece cannot be decoded
 +- LevelError     a level or a time is not a finite number
"""

import firmware.speaker.environment  # noqa: F401 - first: numpy reads the environment when it is loaded

# isort: split
from firmware.speaker.errors import DecodeError, DeviceError, LevelError, SinkError, SoundError
from firmware.speaker.player import Speaker
from firmware.speaker.reports import Back, Ended, Faded, Failed, Lost, Report, Started
from firmware.speaker.sink import Sink, SinkKind, parse_sink

__all__ = [
    "Back",
    "DecodeError",
    "DeviceError",
    "Ended",
    "Faded",
    "Failed",
    "LevelError",
    "Lost",
    "Report",
    "Sink",
    "SinkError",
    "SinkKind",
    "SoundError",
    "Speaker",
    "Started",
    "parse_sink",
]
