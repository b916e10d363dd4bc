"""The tempo meter on music of a known tempo: half of it was there when it was made, half was not."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from playlists.preparing.tempo import Tempo, TempoMeter
from tests.preparing.tempo_trials import CHECKED_BY, TUNED_ON, Mono, Trial

NEAR = 0.04


def tempo(sound: Mono) -> Tempo:
    meter = TempoMeter()
    for begin in range(0, len(sound), 1 << 16):
        meter.add(np.repeat(sound[begin : begin + (1 << 16), None], 2, axis=1))
    return meter.result()


def judged(trial: Trial) -> str:
    """right; octave: the other of the pair; wrong; refused; found: a beat where there is none."""
    said = tempo(trial.sound())
    if said.bpm is None or said.pair is None:
        return "refused"
    if trial.bpm is None:
        return "found"
    if abs(said.bpm / trial.bpm - 1) < NEAR:
        return "right"
    return "octave" if any(abs(one / trial.bpm - 1) < NEAR for one in said.pair) else "wrong"


def counted(trials: Sequence[Trial]) -> tuple[Counter[str], Counter[str]]:
    """Of those with a beat, and of those without."""
    beat, none = Counter[str](), Counter[str]()
    for trial in trials:
        (none if trial.bpm is None else beat)[judged(trial)] += 1
    return beat, none


@pytest.mark.parametrize("trials", [TUNED_ON, CHECKED_BY], ids=["tuned on", "checked by"])
def test_the_pair_holds_the_true_tempo_of_nine_in_ten(trials: Sequence[Trial]):
    beat, none = counted(trials)
    assert beat["right"] + beat["octave"] >= 0.9 * (40 - beat["refused"]), beat
    assert beat["right"] >= 28, beat
    assert beat["refused"] <= 4, beat
    assert none["found"] <= 1, none


@pytest.mark.parametrize("bpm", [40.0, 60.0, 73.9, 74.0, 120.0])
def test_a_pair_is_two_octaves_with_the_usual_tempi_between(bpm: float):
    pair = Tempo(bpm, 0.5, 1.0).pair
    assert pair is not None
    assert pair[1] == 2 * pair[0]
    assert bpm in pair


def test_silence_and_a_moment_have_no_tempo():
    assert tempo(np.zeros(10 * 48_000, np.float32)).bpm is None
    assert tempo(np.zeros(480, np.float32)) == Tempo(None, 0.0, 0.0)
    assert TempoMeter().result().pair is None
