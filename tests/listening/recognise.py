"""Which track sounds, and where in it: normalised correlation with the decoded files. Knows no time and no box.

The product's chain only multiplies and adds, so the right track at the right frame correlates to nearly 1 whatever the
gain; dither is what is missing. Beside tracks that are known already (a crossfade) each place of a track is compared by
what of it they cannot explain: two recordings may hold the same note for a while.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.listening.records import RATE_HZ
from tests.listening.tracks import COARSE, Track, coarse

Samples = NDArray[np.float32]

CANDIDATES = 6  # of the rough search that are looked at frame by frame
PEAKS = 3  # of each span: at 4 kHz the right place may look a little worse than another one
NEAR_S = 3.0  # how far from a hint is looked
SURE = 0.93  # another place of the same note reaches 0.9; the right one is the same but for dither
DITHER_RMS = 0.4  # steps of 16 bits, in the mean of both channels
LEAST_NEW = 0.02  # of a place's power must be its own beside what is known
REACH = 2 * COARSE  # frames either side that the fine search tries


@dataclass(frozen=True, slots=True)
class Found:
    """A track whose frame `first` is where the sound that was asked about begins. `likeness`: 1 is the same."""

    sha256: str
    first: int
    likeness: float


class Recogniser:
    """All tracks that may sound; holds the spectrum of each for the search through all of it. Any thread may ask."""

    def __init__(self, tracks: Mapping[str, Track]) -> None:
        self._tracks = tracks
        self._rough = {sha: coarse(track.span(0, len(track.mono))) for sha, track in tracks.items()}
        longest = max(map(len, self._rough.values()))
        self._size = 1 << (longest + 4 * RATE_HZ // COARSE - 1).bit_length()
        self._spectra = {sha: np.fft.rfft(rough, self._size) for sha, rough in self._rough.items()}
        self._sums = {sha: _sums(rough) for sha, rough in self._rough.items()}

    def find(
        self,
        sound: Samples,
        hints: Iterable[tuple[str, int]] = (),
        known: Sequence[Samples] = (),
        *,
        everywhere: bool = True,
        least: float = SURE,
    ) -> list[Found]:
        """Where it may be, the likeliest first; empty where nothing is like it.

        `sound`: less what is `known`, the tracks that sound as well. Looks at beginnings and at `hints` (track, frame),
        then perhaps everywhere. `least`: how like it must be, beside the box's dither.
        """
        rough, beside = coarse(sound), _orthonormal([coarse(one) for one in known])
        fine_beside = _orthonormal(known)
        if not np.any(rough):
            return []
        power = float(np.mean(sound * sound))
        sure = least * float(np.sqrt(max(0.5, 1.0 - DITHER_RMS**2 / max(power, 1e-9))))
        places = [*((sha, 0) for sha in self._tracks), *hints]
        near = [one for sha, frame in places if sha in self._tracks for one in self._near(rough, beside, sha, frame)]
        found = self._best(sound, fine_beside, near, sure)
        if found or not everywhere:
            return found
        return self._best(sound, fine_beside, self._everywhere(rough), sure)

    def _best(self, sound: Samples, beside: Sequence[Samples], rough: Iterable[Found], sure: float) -> list[Found]:
        promising = sorted(rough, key=lambda one: -one.likeness)[:CANDIDATES]
        fine = sorted((self._fine(sound, beside, one) for one in promising), key=lambda one: -one.likeness)
        return [one for one in fine if one.likeness >= sure]

    def _near(self, rough: Samples, beside: Sequence[Samples], sha: str, frame: int) -> list[Found]:
        reach = round(NEAR_S * RATE_HZ / COARSE)
        begin = max(0, frame // COARSE - reach) - len(rough)  # a sound may have begun within what is looked at
        end = frame // COARSE + reach + len(rough)
        track = self._rough[sha]
        span = np.zeros(end - begin, np.float32)
        first, last = max(0, begin), min(len(track), end)
        if first < last:
            span[first - begin : last - begin] = track[first:last]
        likeness = _likeness(np.fft.rfft(span, 1 << (len(span) - 1).bit_length()), _sums(span), rough, beside)
        return [Found(sha, (begin + at) * COARSE, float(likeness[at])) for at in _peaks(likeness)]

    def _everywhere(self, rough: Samples) -> list[Found]:
        found = []
        for sha, spectrum in self._spectra.items():
            likeness = _likeness(spectrum, self._sums[sha], rough, ())
            found += [Found(sha, at * COARSE, float(likeness[at])) for at in _peaks(likeness)]
        return found

    def _fine(self, sound: Samples, beside: Sequence[Samples], rough: Found) -> Found:
        around = self._tracks[rough.sha256].span(rough.first - REACH, len(sound) + 2 * REACH)
        products = np.correlate(around, sound, "valid")
        explained = sum((np.correlate(around, one, "valid") ** 2 for one in beside), np.zeros(len(products)))
        likeness = _over_own_power(products, _sums(around), explained, sound)
        at = int(np.argmax(likeness))
        return Found(rough.sha256, rough.first - REACH + at, float(likeness[at]))


def _peaks(likeness: NDArray[np.floating]) -> list[int]:
    """The highest places, not next to each other."""
    left, found = likeness.copy(), []
    for _ in range(PEAKS):
        at = int(np.argmax(left))
        found.append(at)
        left[max(0, at - 2) : at + 3] = -1.0
    return found


def _orthonormal(rows: Sequence[Samples]) -> list[Samples]:
    """The same space by rows of length 1 that stand square on each other; what adds nothing is left out."""
    basis: list[Samples] = []
    for row in rows:
        rest = row.astype(np.float32)
        for one in basis:
            rest = rest - one * np.float32(np.dot(one, rest))
        length = float(np.sqrt(np.dot(rest, rest)))
        if length > 1e-3 * max(float(np.sqrt(np.dot(row, row))), 1e-9):
            basis.append(rest / np.float32(length))
    return basis


def _likeness(
    spectrum: NDArray[np.complexfloating], sums: NDArray[np.float64], sound: Samples, beside: Sequence[Samples]
) -> NDArray[np.floating]:
    """Normalised correlation of a sound with each place of a track whose spectrum and energy are known."""
    size, places = 2 * (len(spectrum) - 1), len(sums) - len(sound)

    def products(of: Samples) -> NDArray[np.floating]:
        return np.asarray(np.fft.irfft(spectrum * np.conj(np.fft.rfft(of, size)), size)[:places])

    explained = sum((products(one) ** 2 for one in beside), np.zeros(places))
    return _over_own_power(products(sound), sums, explained, sound)


def _over_own_power(
    products: NDArray[np.floating], sums: NDArray[np.float64], explained: NDArray[np.floating], sound: Samples
) -> NDArray[np.floating]:
    """The cosine between the sound and what each place has beside what is known."""
    power = sums[len(sound) :] - sums[: -len(sound)]
    least = max(1e-9, 1e-5 * float(power.max(initial=0.0)))  # silence is like nothing
    own = np.maximum(np.maximum(power, least) - explained, LEAST_NEW * np.maximum(power, least))
    return np.asarray(products / np.sqrt(own * max(float(np.dot(sound, sound)), 1e-12)))


def _sums(track: Samples) -> NDArray[np.float64]:
    """The energy before each sample."""
    return np.cumsum(np.concatenate([[0.0], track.astype(np.float64) ** 2]))
