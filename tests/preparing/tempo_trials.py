"""Music of a known tempo, made from a seed: what a tempo meter is tried with. 30 s each, mono.

Played as people play: each note a few milliseconds early or late, no two equally loud.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
SECONDS = 30.0
EARLY_OR_LATE_S = 0.008
CHORDS = ((0, 4, 7), (-3, 0, 4), (5, 9, 12), (-5, -1, 2))

Mono = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Trial:
    """`bpm`: None where there is no beat."""

    kind: str
    bpm: float | None
    seed: int
    play: Callable[[float, np.random.Generator], Mono]

    def sound(self) -> Mono:
        """Its 30 s."""
        return self.play(self.bpm or 0.0, np.random.default_rng(self.seed))


def metronome(bpm: float, chance: np.random.Generator) -> Mono:
    hz = chance.uniform(700, 1500)
    return _played(_beats(bpm), lambda _beat: _pluck(hz, 0.03), chance, loose=0.0)


def arpeggio(bpm: float, chance: np.random.Generator) -> Mono:
    """Two notes a beat up and down a chord that changes each bar."""
    root = chance.uniform(180, 260)

    def note(number: int) -> Mono:
        chord = CHORDS[number // 8 % 4]
        step = (0, 1, 2, 1, 0, 1, 2, 1)[number % 8]
        return (1.4 if number % 8 == 0 else 0.8) * _pluck(root * 2 ** (chord[step] / 12), 0.6)

    return _played(_beats(2 * bpm), note, chance)


def ballad(bpm: float, chance: np.random.Generator) -> Mono:
    """Bass drum on one and three, snare on two and four, a soft cymbal twice a beat, chords each bar."""
    root = chance.uniform(130, 200)
    cymbal = 0.25 if bpm < 100 else 0.1
    drums = _played(_beats(bpm), lambda beat: _drum(60.0, 0.15) if beat % 2 == 0 else _hiss(0.12, chance), chance)
    high = _played(_beats(2 * bpm), lambda _half: cymbal * _hiss(0.03, chance), chance)
    chords = _played(_beats(bpm / 4), lambda bar: _chord(root, bar, 240 / bpm), chance)
    return drums + high + 0.8 * chords


def waltz(bpm: float, chance: np.random.Generator) -> Mono:
    root = chance.uniform(110, 160)

    def beat_of(number: int) -> Mono:
        if number % 3 == 0:
            return 1.3 * _pluck(root * 2 ** (CHORDS[number // 6 % 4][0] / 12), 0.8)
        return 0.5 * _chord(2 * root, number // 6, 0.35)

    return _played(_beats(bpm), beat_of, chance)


def plucks_over_pad(bpm: float, chance: np.random.Generator) -> Mono:
    root = chance.uniform(150, 220)
    return 0.5 * pad(0.0, chance) + _played(
        _beats(bpm), lambda beat: 0.5 * _pluck(2 * root * 2 ** (CHORDS[beat // 8 % 4][beat % 3] / 12), 1.0), chance
    )


def pad(_bpm: float, chance: np.random.Generator) -> Mono:
    """A chord of doubled tones that come and go within seconds, one into the next, and a breath of hiss."""
    at = np.arange(round(SECONDS * RATE)) / RATE
    root, made = chance.uniform(100, 200), 0.02 * chance.standard_normal(len(at))
    for step in (0, 7, 12, 16, 19, 24):
        slow, phase, hz = chance.uniform(0.03, 0.11), chance.uniform(0, 2 * np.pi), root * 2 ** (step / 12)
        swell = (0.5 + 0.5 * np.sin(2 * np.pi * slow * at + phase)) ** 2
        made += swell * (np.sin(2 * np.pi * hz * at) + np.sin(2 * np.pi * hz * chance.uniform(1.001, 1.004) * at))
    return (0.05 * made).astype(np.float32)


def rain(_bpm: float, chance: np.random.Generator) -> Mono:
    """Hiss, and drops at no time in particular."""
    made = 0.03 * chance.standard_normal(round(SECONDS * RATE))
    for place in chance.integers(0, len(made) - 4800, 900):
        drop = _pluck(chance.uniform(900, 4000), 0.02)
        made[place : place + len(drop)] += chance.uniform(0.02, 0.2) * drop
    return made.astype(np.float32)


def _beats(bpm: float) -> NDArray[np.float64]:
    return np.arange(0.2, SECONDS - 0.1, 60 / bpm)


def _played(
    times: NDArray[np.float64], note: Callable[[int], Mono], chance: np.random.Generator, loose: float = EARLY_OR_LATE_S
) -> Mono:
    made = np.zeros(round((SECONDS + 12) * RATE), np.float32)
    for number, time in enumerate(times):
        place = round(max(time + chance.normal(0, loose), 0.0) * RATE)
        played = note(number) * np.float32(chance.uniform(0.75, 1.0))
        made[place : place + len(played)] += 0.3 * played
    return made[: round(SECONDS * RATE)]


def _pluck(hz: float, rings_s: float) -> Mono:
    at = np.arange(round(min(5 * rings_s, 3.0) * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * hz * part * at) * np.exp(-at * part / rings_s) / part for part in (1, 2, 3))
    return (np.minimum(at / 0.004, 1) * tone).astype(np.float32)


def _chord(root: float, bar: int, seconds: float) -> Mono:
    at = np.arange(round(min(seconds, 8.0) * RATE)) / RATE
    swell = np.minimum(at / 0.05, 1) * np.exp(-at / max(seconds, 0.1))
    tones = sum(np.sin(2 * np.pi * root * 2 ** (step / 12) * at) for step in CHORDS[bar % 4])
    return (0.3 * swell * tones).astype(np.float32)


def _drum(hz: float, rings_s: float) -> Mono:
    at = np.arange(round(5 * rings_s * RATE)) / RATE
    return (np.sin(2 * np.pi * hz * (at + 0.03 * (1 - np.exp(-at / 0.02)))) * np.exp(-at / rings_s)).astype(np.float32)


def _hiss(rings_s: float, chance: np.random.Generator) -> Mono:
    at = np.arange(round(5 * rings_s * RATE)) / RATE
    return (0.4 * chance.standard_normal(len(at)) * np.exp(-at / rings_s)).astype(np.float32)


KINDS = (
    ("metronome", metronome, (50, 60, 70, 80, 90, 100, 110, 120)),
    ("arpeggio", arpeggio, (48, 52, 56, 60, 63, 66, 70, 76)),
    ("ballad with drums", ballad, (62, 68, 74, 80, 88, 96, 104, 112, 120, 126)),
    ("waltz", waltz, (60, 72, 84, 96, 120, 150)),
    ("plucks over a pad", plucks_over_pad, (48, 52, 56, 60, 66, 70, 76, 82)),
)


def with_a_beat(first_seed: int, faster: float = 1.0) -> tuple[Trial, ...]:
    """40 trials. `faster`: all of their tempos by so much."""
    return tuple(
        Trial(kind, bpm * faster, first_seed + seed, play)
        for kind, play, bpms in KINDS
        for seed, bpm in enumerate(bpms)
    )


def without_a_beat(first_seed: int) -> tuple[Trial, ...]:
    """6 pads and 4 times rain."""
    pads = tuple(Trial("bare pad", None, first_seed + seed, pad) for seed in range(6))
    return pads + tuple(Trial("rain", None, first_seed + seed, rain) for seed in range(4))


TUNED_ON = (*with_a_beat(0), *without_a_beat(0))
CHECKED_BY = (*with_a_beat(1000, 1.027), *without_a_beat(1000))  # never looked at while the meter was made
