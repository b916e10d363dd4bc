"""Takes a window of sound apart into tracks whose place is known, and finds steps that none of them has. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.listening.records import WINDOW, Click, Part
from tests.listening.tracks import SCALE, Track

Samples = NDArray[np.float32]

MS = 48  # frames
AROUND_MS = 2  # a gain may move a little within what is compared
MOST_BEYOND = 1.6  # of the tracks' own steps; gains between two fits
DITHER_STEP = 7.0  # steps of 16 bits: six standard deviations of the second difference of the box's dither
UNKNOWN_BEYOND, UNKNOWN_STEP = 8.0, 60.0  # where no track is known: against the sound's own neighbourhood
_RAMP = np.linspace(0.0, 1.0, WINDOW, dtype=np.float32)


@dataclass(slots=True)
class Lock:
    """A track at its place: its frame is the sink's frame plus `offset`. `faint`: windows since it was heard."""

    sha256: str
    offset: int
    faint: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a window one lock is: the factors at its beginning and its end, and its strength."""

    lock: Lock
    begin: float
    end: float
    rms: float

    @property
    def most(self) -> float:
        """The larger factor."""
        return max(abs(self.begin), abs(self.end))

    def part(self) -> Part:
        """As the judges see it: the gain in its middle."""
        middle = max(1e-9, (self.begin + self.end) / 2 / SCALE)
        return Part(self.lock.sha256, self.lock.offset, 20 * float(np.log10(middle)), self.rms)


@dataclass(slots=True)
class Window:
    """One window on its way through the ear; `frames`: in steps of 16 bits, the mean of both channels."""

    frame: int
    frames: Samples
    is_zero: bool
    shares: list[Share] = field(default_factory=list)
    rest: Samples = field(default_factory=lambda: np.zeros(WINDOW, np.float32))

    @property
    def rms(self) -> float:
        """Of all that sounds."""
        return rms_of(self.frames)

    @property
    def rest_rms(self) -> float:
        """Of what no lock explains."""
        return rms_of(self.rest)


def fit(window: Window, locks: Sequence[Lock], tracks: Mapping[str, Track]) -> None:
    """Explain the window by these locks, each with a gain that runs straight from its beginning to its end.

    Least squares: in a crossfade each of two tracks gets what is its own, whatever their gains do.
    """
    window.shares, window.rest = [], window.frames
    spans = [(lock, tracks[lock.sha256].span(window.frame + lock.offset, WINDOW)) for lock in locks]
    spans = [(lock, span) for lock, span in spans if np.any(span)]
    if window.is_zero or not spans:
        return
    basis = np.stack([row for _, span in spans for row in (span, span * _RAMP)])
    square = (basis @ basis.T).astype(np.float64)
    square += np.eye(len(square)) * 1e-6 * np.trace(square) / len(square)  # two tracks that are alike for a moment
    factors = np.linalg.solve(square, (basis @ window.frames).astype(np.float64))
    window.rest = window.frames - factors.astype(np.float32) @ basis
    for (lock, span), (begin, slope) in zip(spans, factors.reshape(-1, 2), strict=True):
        strength = rms_of((begin + slope * _RAMP) * span)
        window.shares.append(Share(lock, float(begin), float(begin + slope), strength))


def worst_step(
    window: Window, before: Sequence[Window], after: Sequence[Window], tracks: Mapping[str, Track]
) -> Click | None:
    """The step that is furthest beyond what the tracks have there; None where all are theirs.

    A step is a second difference: music of pads and plucks is smooth to it, a cut or a jump is not.
    """
    if window.is_zero and not any(one.rms for one in before):
        return None
    lead = before[-1].frames[-2:] if before else np.zeros(2, np.float32)
    steps = np.abs(np.diff(np.concatenate([lead, window.frames]), 2)).reshape(-1, MS).max(axis=1)
    if not steps.max() > DITHER_STEP:
        return None
    neighbours = (*before[-1:], window, *after[:1])
    allowed = _allowed(window, neighbours, tracks) if not before or _is_explained(before[-1]) else None
    if allowed is None:
        calm = np.median(np.lib.stride_tricks.sliding_window_view(np.pad(steps, 10, "edge"), 21), axis=1)
        allowed = UNKNOWN_BEYOND * calm + UNKNOWN_STEP
    beyond = steps - allowed
    worst = int(np.argmax(beyond))
    if beyond[worst] <= 0:
        return None
    return Click(window.frame + worst * MS, float(steps[worst]), float(allowed[worst]))


def rms_of(samples: Samples) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(samples * samples)))


def _is_explained(window: Window) -> bool:
    """Whether its tracks stand where they are thought to: else their steps would be sought in the wrong place."""
    return window.rest_rms <= max(0.6, 0.03 * window.rms)


def _allowed(window: Window, neighbours: Sequence[Window], tracks: Mapping[str, Track]) -> NDArray[np.float32] | None:
    """The most that the second difference may be in each millisecond; None where no track is known."""
    most: dict[tuple[str, int], float] = {}
    for one in neighbours:
        for share in one.shares:
            key = (share.lock.sha256, share.lock.offset)
            most[key] = max(most.get(key, 0.0), share.most)
    if not most:
        return None
    allowed = np.full(WINDOW // MS, DITHER_STEP, np.float32)
    for (sha, offset), factor in most.items():
        margin = AROUND_MS * MS
        span = tracks[sha].span(window.frame + offset - 2 - margin, WINDOW + 2 + 2 * margin)
        steps = np.abs(np.diff(span, 2)).reshape(-1, MS).max(axis=1)
        around = np.lib.stride_tricks.sliding_window_view(steps, 2 * AROUND_MS + 1).max(axis=1)
        allowed += np.float32(MOST_BEYOND * factor) * around
    return allowed
