"""Which track sounds, and where in it: normalised correlation with the decoded files. Knows no time and no box.

The product's chain only multiplies and adds, so the right track at the right frame correlates to nearly 1 whatever the
gain; dither and a second track in a crossfade are what is missing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.listening.records import RATE_HZ
from tests.listening.tracks import COARSE, Track, coarse

CANDIDATES = 4  # of the rough search that are looked at frame by frame
NEAR_S = 3.0  # how far from a hint is looked first
SURE = 0.93  # another place of the same note reaches 0.9; the right one is the same but for dither
DITHER_RMS = 0.4  # steps of 16 bits, in the mean of both channels
REACH = 2 * COARSE  # frames either side that the fine search tries


@dataclass(frozen=True, slots=True)
class Found:
    """A track whose frame `first` is where the sound that was asked about begins. `likeness`: 1 is the same."""

    sha256: str
    first: int
    likeness: float


class Recogniser:
    """All tracks that may sound; holds the spectrum of each for the search through all of it."""

    def __init__(self, tracks: Mapping[str, Track]) -> None:
        self._tracks = tracks
        self._rough = {sha: coarse(track.span(0, len(track.mono))) for sha, track in tracks.items()}
        longest = max(map(len, self._rough.values()))
        self._size = 1 << (longest + 4 * RATE_HZ // COARSE - 1).bit_length()
        self._spectra = {sha: np.fft.rfft(rough, self._size) for sha, rough in self._rough.items()}
        self._sums = {sha: _sums(rough) for sha, rough in self._rough.items()}

    def find(
        self, sound: NDArray[np.float32], hints: Iterable[tuple[str, int]] = (), *, everywhere: bool = True
    ) -> Found | None:
        """The track that sounds, or None. Looks at beginnings and at `hints` (track, frame), then perhaps everywhere."""
        rough = coarse(sound)
        if not np.any(rough):
            return None
        near = [self._near(rough, sha, 0) for sha in self._tracks]
        near += [self._near(rough, sha, frame) for sha, frame in hints if sha in self._tracks]
        power = float(np.mean(sound * sound))
        sure = SURE * float(np.sqrt(max(0.5, 1.0 - DITHER_RMS**2 / max(power, 1e-9))))
        found = self._best(sound, near)
        if found.likeness >= sure:
            return found
        if not everywhere:
            return None
        found = self._best(sound, self._everywhere(rough))
        return found if found.likeness >= sure else None

    def _best(self, sound: NDArray[np.float32], rough: Iterable[Found]) -> Found:
        promising = sorted(rough, key=lambda one: -one.likeness)[:CANDIDATES]
        return max((self._fine(sound, one) for one in promising), key=lambda one: one.likeness)

    def _near(self, rough: NDArray[np.float32], sha: str, frame: int) -> Found:
        reach = round(NEAR_S * RATE_HZ / COARSE)
        begin = max(0, frame // COARSE - reach) - len(rough)  # a sound may have begun within what is looked at
        end = frame // COARSE + reach + len(rough)
        track = self._rough[sha]
        span = np.zeros(end - begin, np.float32)
        first, last = max(0, begin), min(len(track), end)
        if first < last:
            span[first - begin : last - begin] = track[first:last]
        likeness = _likeness(np.fft.rfft(span, _power_of_two(len(span))), _sums(span), rough)
        at = int(np.argmax(likeness))
        return Found(sha, (begin + at) * COARSE, float(likeness[at]))

    def _everywhere(self, rough: NDArray[np.float32]) -> list[Found]:
        found = []
        for sha, spectrum in self._spectra.items():
            likeness = _likeness(spectrum, self._sums[sha], rough)
            at = int(np.argmax(likeness))
            found.append(Found(sha, at * COARSE, float(likeness[at])))
        return found

    def _fine(self, sound: NDArray[np.float32], rough: Found) -> Found:
        around = self._tracks[rough.sha256].span(rough.first - REACH, len(sound) + 2 * REACH)
        products = np.correlate(around, sound, "valid")
        sums = _sums(around)
        power = (sums[len(sound) :] - sums[: -len(sound)]) * float(np.dot(sound, sound))
        likeness = products / np.sqrt(np.maximum(power, 1e-12))
        at = int(np.argmax(likeness))
        return Found(rough.sha256, rough.first - REACH + at, float(likeness[at]))


def _sums(track: NDArray[np.float32]) -> NDArray[np.float64]:
    """The energy before each sample."""
    return np.cumsum(np.concatenate([[0.0], track.astype(np.float64) ** 2]))


def _likeness(
    spectrum: NDArray[np.complexfloating], sums: NDArray[np.float64], sound: NDArray[np.float32]
) -> NDArray[np.floating]:
    """Normalised correlation of a sound with each place of a track whose spectrum and energy are known."""
    size = 2 * (len(spectrum) - 1)
    products = np.fft.irfft(spectrum * np.conj(np.fft.rfft(sound, size)), size)[: len(sums) - len(sound)]
    power = sums[len(sound) :] - sums[: -len(sound)]
    least = max(1e-9, 1e-5 * float(power.max(initial=0.0)))  # silence is like nothing
    return np.asarray(products / np.sqrt(np.maximum(power, least) * max(float(np.dot(sound, sound)), 1e-12)))


def _power_of_two(length: int) -> int:
    return 1 << (length - 1).bit_length()
