"""How one box sounds and what it has counted; plain values."""

from dataclasses import dataclass

HARD_CEILING_DBA = 65.0  # no box plays louder at the pillow, whoever asks
FIRST_CAP_DBA = 45.0  # until a cap is told: the night's


@dataclass(frozen=True, slots=True)
class OutputProfile:
    """Levels in dB(A) at the pillow.

    `full_scale_dba`: what pink noise of -20 LUFS gives with every gain at 0 dB; `ceiling_dba`: the highest cap that the
    box allows; `mono`: both channels carry their mean; `presence`: +6 dB from 2 to 4 kHz, inside the same cap.
    """

    full_scale_dba: float
    ceiling_dba: float = HARD_CEILING_DBA
    mono: bool = False
    presence: bool = False


@dataclass(frozen=True, slots=True)
class GlitchCounts:
    """What went wrong unheard or hardly heard, since the service started.

    `late_rewrites`: a change came too late for a period that the mixer had taken; `buffer_underruns`: the mixer ran out
    of sound; `restarts`: players that hung or died; `underruns`: the sound card ran dry, counted once a second at most;
    `silences`: times when music was said to play and could not be heard for 2 s.
    """

    late_rewrites: int = 0
    buffer_underruns: int = 0
    restarts: int = 0
    underruns: int = 0
    silences: int = 0

    def __add__(self, other: "GlitchCounts") -> "GlitchCounts":
        return GlitchCounts(
            self.late_rewrites + other.late_rewrites,
            self.buffer_underruns + other.buffer_underruns,
            self.restarts + other.restarts,
            self.underruns + other.underruns,
            self.silences + other.silences,
        )
