"""The speaker: plays tracks on a sound device at a level in dB(A). Knows no playlist, no session and no patient.

Here is the bedside process's side: commands out, reports in, and the supervision of the players. The sound is made by
`firmware.speaker.player`, a process of its own, with the arithmetic of `firmware.speaker.chain`.

SoundError
 +- SinkError      the sink's description means nothing
 +- DeviceError    the sound device cannot be opened or has gone
 +- DecodeError    a track cannot be decoded
 +- LevelError     a level or a time is not a finite number
"""

from firmware.speaker.errors import DecodeError, DeviceError, LevelError, SinkError, SoundError
from firmware.speaker.profile import GlitchCounts, OutputProfile
from firmware.speaker.reports import Broke, Died, Ended, Faded, Failed, Lost, Measured, Ready, Report, Started
from firmware.speaker.sink import Sink, SinkKind, parse_sink
from firmware.speaker.speaker import Speaker

__all__ = [
    "Broke",
    "DecodeError",
    "DeviceError",
    "Died",
    "Ended",
    "Faded",
    "Failed",
    "GlitchCounts",
    "LevelError",
    "Lost",
    "Measured",
    "OutputProfile",
    "Ready",
    "Report",
    "Sink",
    "SinkError",
    "SinkKind",
    "SoundError",
    "Speaker",
    "Started",
    "parse_sink",
]
