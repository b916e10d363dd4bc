"""The calibration's noise lets the amplifier sound for itself alone, on the real speaker and simulated pins."""

from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from device.calibrate.measurement import Trial
from device.calibrate.noise_player import NoisePlayer
from device.calibrate.pink_noise import pink_noise, write_wav
from device.config.calibration import CalibrationError
from firmware.gpio.board import REVISION_A
from firmware.gpio.outputs import Outputs
from firmware.simulator.box import SimulatedBox
from firmware.speaker import Report, Started, parse_sink

PATIENCE_S = 30.0
TRIAL = Trial(belief_dba=85.0, cap_dba=60.0)


@pytest.fixture
def box() -> Iterator[SimulatedBox]:
    simulated = SimulatedBox(REVISION_A)
    yield simulated
    simulated.close()


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("noise") / "noise.wav"
    write_wav(path, pink_noise(mono=True)[:48_000])
    return path


def started(player: NoisePlayer, reports: "SimpleQueue[Report]", play_id: int) -> None:
    """Hand it its reports until this play is heard."""
    while True:
        report = reports.get(timeout=PATIENCE_S)
        player.hear(report)
        if report == Started(play_id):
            return


def test_the_amplifier_sounds_from_the_first_noise_to_the_last(box: SimulatedBox, noise: Path) -> None:
    reports: SimpleQueue[Report] = SimpleQueue()
    with Outputs(REVISION_A, box.pin_factory) as outputs:
        with NoisePlayer(parse_sink("silent"), noise, TRIAL, mono=True, outputs=outputs, report=reports.put) as player:
            assert not box.unmuted, "the device is not ready yet"
            started(player, reports, play_id=2)
            assert box.unmuted
            assert player.steady_at is not None
        assert not box.unmuted


def test_the_noise_goes_on_when_its_file_is_over(noise: Path) -> None:
    reports: SimpleQueue[Report] = SimpleQueue()
    with NoisePlayer(parse_sink("silent"), noise, TRIAL, mono=False, outputs=None, report=reports.put) as player:
        started(player, reports, play_id=3)


@pytest.mark.parametrize("sink", ["silent", "system:nowhere"])
def test_an_error_leaves_the_amplifier_muted(box: SimulatedBox, tmp_path: Path, sink: str) -> None:
    reports: SimpleQueue[Report] = SimpleQueue()
    missing = tmp_path / "missing.wav"
    with Outputs(REVISION_A, box.pin_factory) as outputs:
        with (
            pytest.raises(CalibrationError, match=r"no sound \(.*\): see `nightingale-device check`"),
            NoisePlayer(parse_sink(sink), missing, TRIAL, mono=True, outputs=outputs, report=reports.put) as player,
        ):
            started(player, reports, play_id=1)
        assert not box.unmuted
