"""How a recording is brought to the loudness of all others: one gain for the whole of it. Pure.

Never what follows the loudness and evens it out: music breathes. Only peaks that stick out are held down; the encoder
raises them again, so what was stored is measured, and made again with a lower ceiling where it is over.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from playlists.preparing.loudness import Loudness
from playlists.preparing.shape import Shape
from playlists.preparing.verdicts import Remark, Told

RECIPE = 1  # counted up when a file prepared by this would sound otherwise
TARGET_LUFS, TOLERANCE_LU = -20.0, 0.5
CEILING_DBTP = -3.0
BOOST_MOST_DB = 12.0  # beyond it the noise of the recording comes up
TRIES = 3
MARGIN_DB = 0.1
QUIET_LEAST_S = 0.5  # a shorter silence at an end is part of the music
KEPT_BEFORE_S, KEPT_AFTER_S = 0.3, 1.5  # a fade rings out
TRIMMED_MOST_S, TRIMMED_MOST_SHARE = 15.0, 0.2  # more is asked about, not taken off
LONG_SILENCE_S = 8.0  # inside a track: a hidden one may follow
THIN_HZ = 22_000
CUT_SHORT_SHARE = 0.98
ONE_SIDED_DB, OUT_OF_PHASE_DB = 10.0, -6.0  # left against right; what the sum of both leaves


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done with a recording: from `begins_s` to `ends_s`, `gain_db` louder, held under `ceiling_dbtp` (None:
    nothing sticks out)."""

    begins_s: float
    ends_s: float
    gain_db: float
    ceiling_dbtp: float | None = None


def planned(loudness: Loudness, shape: Shape, seconds: float) -> Plan:
    """The first plan for a recording that is this loud."""
    gain_db = min(TARGET_LUFS - loudness.lufs, BOOST_MOST_DB)
    begins_s, ends_s = _edges(shape, gain_db, seconds)
    sticks_out = loudness.true_peak_dbtp + gain_db > CEILING_DBTP
    return Plan(begins_s, ends_s, gain_db, CEILING_DBTP if sticks_out else None)


def better(plan: Plan, made: Loudness, tries: int) -> Plan | None:
    """The plan after this one, whose result was measured; None where it is good. `tries`: how many there were.

    After the third the whole is made softer instead.
    """
    over_db = made.true_peak_dbtp - CEILING_DBTP
    ceiling = CEILING_DBTP if plan.ceiling_dbtp is None else plan.ceiling_dbtp
    lower = replace(plan, ceiling_dbtp=ceiling - over_db - MARGIN_DB)
    if over_db > 0 and tries >= TRIES:  # both by as much: the same sound, softer
        return replace(lower, gain_db=plan.gain_db - over_db - MARGIN_DB)
    if over_db > 0:
        return lower
    gain_db = min(plan.gain_db + TARGET_LUFS - made.lufs, BOOST_MOST_DB)
    is_off = abs(made.lufs - TARGET_LUFS) > TOLERANCE_LU and tries < TRIES and gain_db != plan.gain_db
    return replace(plan, gain_db=gain_db) if is_off else None


def about_shape(shape: Shape, plan: Plan) -> Iterator[Told]:
    """What is told of its sides and silences."""
    if abs(shape.side_db) > ONE_SIDED_DB:
        yield Told(Remark.ONE_SIDED, {"side": "left" if shape.side_db > 0 else "right"})
    if shape.mono_db < OUT_OF_PHASE_DB:
        yield Told(Remark.OUT_OF_PHASE)
    first, last = shape.sounding(plan.gain_db)
    left_over = max(plan.begins_s and first - plan.begins_s, plan.ends_s - last) - KEPT_AFTER_S
    if left_over > QUIET_LEAST_S:
        yield Told(Remark.LONG_EDGES, {"seconds": round(left_over)})
    silence = shape.longest_silence(plan.gain_db)
    if silence > LONG_SILENCE_S:
        yield Told(Remark.LONG_SILENCE, {"seconds": round(silence)})
    if plan.gain_db == BOOST_MOST_DB:
        yield Told(Remark.BOOST_LIMITED, {"db": round(BOOST_MOST_DB)})


def about_result(plan: Plan, made: Loudness) -> Iterator[Told]:
    """What is told of what was stored."""
    if plan.ceiling_dbtp is not None:
        yield Told(Remark.EASED)
    if made.lufs < TARGET_LUFS - TOLERANCE_LU:
        yield Told(Remark.SOFTER, {"lufs": round(made.lufs, 1)})


def _edges(shape: Shape, gain_db: float, seconds: float) -> tuple[float, float]:
    """What stays when the silence at both ends is taken off, as far as that may be done without asking."""
    first, last = shape.sounding(gain_db)
    most = min(TRIMMED_MOST_S, TRIMMED_MOST_SHARE * seconds) / 2
    begins_s = max(first - KEPT_BEFORE_S, 0.0) if first >= QUIET_LEAST_S else 0.0
    ends_s = min(last + KEPT_AFTER_S, seconds) if seconds - last >= QUIET_LEAST_S else seconds
    return min(begins_s, most), max(ends_s, seconds - most)
