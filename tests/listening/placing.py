"""Where in a sink's stream each play of a recording lies, to the frame, and which mix of its sides it is. Pure.

The order of plays is known, so that only a few seconds round what the log says are searched, with the whole recording:
music that repeats itself is told apart by what does not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.listening.records import RATE_HZ
from tests.listening.tracks import COARSE, SCALE, coarse

Samples = NDArray[np.float32]

MIXES = {"sum": (0.5, 0.5), "difference": (0.5, -0.5), "left": (1.0, 0.0), "right": (0.0, 1.0)}
EARLY_S, LATE_S = 3.0, 1.5  # a beginning is told late, hardly ever early
REACH = 6 * COARSE
PEAKS = 5
COMPARED = 20 * RATE_HZ  # frames that are compared one by one, where a recording has most
LIKE = 0.3  # an easing over all that sounds leaves less than 1; what is not there has 0.1 at most
LEAST_HZ = 25.0  # below it a box may take out what is no sound
LEAD = 1 << 16  # frames before and after what is filtered at once
CHUNK = (1 << 20) - 2 * LEAD
SAME = 0.002  # a recording whose sides are alike is the same in three mixes


@dataclass(frozen=True, slots=True)
class Place:
    """The sink's frame where a recording's first one lies. `mono`: the mix that was heard, full scale is `SCALE`."""

    begin: int
    mix: str
    likeness: float
    mono: Samples


def place(sound: Samples, guess: int, sides: Samples, told_mix: str) -> Place | None:
    """Find a recording's beginning near a frame; None where nothing there is like it.

    `sound`: one channel, in steps of 16 bits; `sides`: of the recording, no longer than what was played of it.
    """
    first = guess - round(EARLY_S * RATE_HZ)
    span = span_of(sound, first, len(sides) + round((EARLY_S + LATE_S) * RATE_HZ))
    found = [one for mix in _in_order(told_mix) if (one := _placed(span, sides, mix)) is not None]
    if not found:
        return None
    # A box mixes one way and begins once: the mixes are held against the same sound.
    likest = max(found, key=lambda one: one.likeness)
    part = _fullest(likest.mono)
    found = [_fine(span, one.mono, one.mix, likest.begin, part) for one in found]
    best = max(one.likeness for one in found)
    right = next(one for one in found if one.likeness >= best - SAME)
    return Place(first + right.begin, right.mix, right.likeness, right.mono) if best >= LIKE else None


def mixed(sides: Samples, mix: str) -> Samples:
    """One channel of two, in steps of 16 bits."""
    return np.asarray(sides @ np.array(MIXES[mix], np.float32) * np.float32(SCALE), np.float32)


def audible(sound: Samples) -> Samples:
    """One channel without what lies under 25 Hz and is no sound, like an offset that some recordings have."""
    out = np.empty(len(sound), np.float32)
    for first in range(0, len(sound), CHUNK):
        run = span_of(sound, first - LEAD, CHUNK + 2 * LEAD)
        hz = np.fft.rfftfreq(len(run), 1 / RATE_HZ)
        rest = np.fft.irfft(np.fft.rfft(run) * (hz**4 / (hz**4 + LEAST_HZ**4)), len(run))[LEAD : LEAD + CHUNK]
        out[first : first + CHUNK] = rest[: len(sound) - first]
    return out


def _placed(span: Samples, sides: Samples, mix: str) -> Place | None:
    mono = mixed(sides, mix)
    if not float(np.dot(mono, mono)) > 1e-6 * float(np.sum(sides * sides)) * SCALE**2:
        return None
    part = _fullest(mono)
    found = [_fine(span, mono, mix, at * COARSE, part) for at in _peaks(_rough_likeness(coarse(span), coarse(mono)))]
    return max(found, key=lambda one: one.likeness)


def _rough_likeness(span: Samples, mono: Samples) -> NDArray[np.floating]:
    """Normalised correlation of the slopes at 4 kHz with each place: bass says little of places."""
    span, mono = np.diff(span), np.diff(mono)
    size, places = 1 << (len(span) - 1).bit_length(), max(1, len(span) - len(mono))
    products = np.fft.irfft(np.fft.rfft(span, size) * np.conj(np.fft.rfft(mono, size)), size)[:places]
    sums = np.concatenate([[0.0], np.cumsum(span.astype(np.float64) ** 2)])
    power = sums[len(mono) : len(mono) + places] - sums[:places]
    return np.asarray(products / np.sqrt(power + 1e-3 * power.max() + 1e-12))


def _peaks(products: NDArray[np.floating]) -> list[int]:
    """The highest places, not next to each other: a phrase that comes again is nearly as good as the right one."""
    left, found = products.copy(), []
    for _ in range(PEAKS):
        at = int(np.argmax(left))
        found.append(at)
        left[max(0, at - REACH // COARSE) : at + REACH // COARSE + 1] = -np.inf
    return found


def _fine(span: Samples, mono: Samples, mix: str, at: int, first: int) -> Place:
    """The likest place near a rough one, frame by frame, by the part that begins at `first`."""
    part = mono[first : first + COMPARED]
    reach = span_of(span, at + first - REACH, len(part) + 2 * REACH)
    fine = np.array([np.dot(reach[by : by + len(part)], part) for by in range(2 * REACH + 1)])
    by = int(np.argmax(fine))
    heard = reach[by : by + len(part)]
    likeness = float(fine[by] / max(1e-9, np.sqrt(float(np.dot(heard, heard)) * float(np.dot(part, part)))))
    return Place(at - REACH + by, mix, likeness, mono)


def _fullest(mono: Samples) -> int:
    """Where the part begins that has most of it."""
    sums = np.concatenate([[0.0], np.cumsum(mono.astype(np.float64) ** 2)])
    return int(np.argmax(sums[COMPARED:] - sums[:-COMPARED])) if len(mono) > COMPARED else 0


def _in_order(told_mix: str) -> list[str]:
    return [told_mix, *(mix for mix in MIXES if mix != told_mix)]


def span_of(sound: Samples, first: int, frames: int) -> Samples:
    """So many frames from `first` on, silence where there are none."""
    out = np.zeros(frames, np.float32)
    begin, end = max(0, first), min(len(sound), first + frames)
    if begin < end:
        out[begin - first : end - first] = sound[begin:end]
    return out
