"""Whatever changes comes without a click, however far the device comes on while the change is made."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from firmware.speaker.chain.frames import RATE, RING_FRAMES
from firmware.speaker.player.ring import PERIOD
from tests.sound.speaker_bench import FULL_SCALE_DBA, HandBench, HandDevice, Pcm, tone, write_flac

LEVEL_DBA = FULL_SCALE_DBA - 3.0
AMPLITUDE = 0.2
FREQUENCIES_HZ = (220.0, 247.0)
PATIENCE = 60  # periods in which all is as it will be

Change = Callable[[HandBench, Path], None]


class HastyDevice(HandDevice):
    """An output that takes some periods whenever it is looked at, as if the player had waited for a processor."""

    haste: list[int]

    def mixed_frames(self) -> int:
        self._come_on()
        return super().mixed_frames()

    def first_free_frame(self) -> int:
        self._come_on()
        return super().first_free_frame()

    def _come_on(self) -> None:
        if self.haste:
            self.take(self.haste.pop())


CHANGES: dict[str, Change] = {
    "play": lambda bench, tones: bench.play(2, tones / "1.flac", LEVEL_DBA, crossfade_s=0.06),
    "quieter": lambda bench, _: bench.engine.set_level(LEVEL_DBA - 20.0),
    "louder": lambda bench, _: bench.engine.set_level(LEVEL_DBA + 3.0),
    "cap": lambda bench, _: bench.engine.set_cap(LEVEL_DBA - 15.0),
    "gain": lambda bench, _: bench.engine.set_gain(1, -15.0),
    "stop": lambda bench, _: bench.engine.stop(0.06),
    "fade": lambda bench, _: bench.engine.fade(0.2),
}


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seams")
    for number, frequency_hz in enumerate(FREQUENCIES_HZ):
        write_flac(folder / f"{number}.flac", tone(20.0, frequency_hz, AMPLITUDE))
    return folder


def playing(tones: Path) -> tuple[HandBench, HastyDevice]:
    bench = HandBench()
    device = HastyDevice()
    device.haste = []
    bench.attach(device)
    bench.play(1, tones / "0.flac", LEVEL_DBA)
    bench.run(20 * PERIOD)
    return bench, device


def step_of_tone(heard: Pcm) -> float:
    """The greatest step from sample to sample that a tone as loud as this has."""
    return float(np.abs(heard[-10 * PERIOD :].astype(np.int64)).max()) * 2 * np.pi * max(FREQUENCIES_HZ) / RATE


def greatest_step(heard: Pcm) -> int:
    return int(np.abs(np.diff(heard[:, 0].astype(np.int64))).max())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=3), st.lists(st.integers(0, 5), max_size=9))
@example(["play"], [1, 0, 0, 0])
@example(["stop"], [1, 0])
@example(["quieter"], [3, 0, 0])
@example(["stop"], [5, 0])
@example(["stop"], [5, 5, 0])
@example(["play", "cap", "cap"], [1, 0, 0, 0])
@example(["play", "cap", "cap"], [1, 0, 0, 1])
def test_no_change_clicks_however_late_it_comes(tones: Path, names: list[str], haste: list[int]) -> None:
    bench, device = playing(tones)
    of_tone = step_of_tone(device.heard)
    for name in names:
        device.haste = list(haste)
        CHANGES[name](bench, tones)
    device.haste = []
    bench.run(PATIENCE * PERIOD)
    assert greatest_step(device.heard) <= 2.5 * of_tone


def test_sound_comes_back_without_a_click_after_the_device_had_run_out_of_it(tones: Path) -> None:
    bench, device = playing(tones)
    of_tone = step_of_tone(device.heard)
    device.take(RING_FRAMES // PERIOD + 1)
    device.forget()
    bench.run(PATIENCE * PERIOD)
    sounding = np.flatnonzero(device.heard[:, 0])
    assert len(sounding), "it came back"
    assert greatest_step(device.heard[max(0, sounding[0] - 1) :]) <= 1.5 * of_tone


def test_what_came_late_is_heard_within_a_tenth_of_a_second_all_the_same(tones: Path) -> None:
    bench, device = playing(tones)
    device.haste = [0, 2, 0, 2]
    device.forget()
    bench.engine.stop(0.06)
    device.haste = []
    bench.run(PATIENCE * PERIOD)
    assert not device.heard[4 * PERIOD + RATE // 10 :].any()
    assert bench.tally.late_rewrites
