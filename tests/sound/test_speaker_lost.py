"""A sound device that is not there, goes, or comes back: told once, tried for ever, never a hang."""

from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from firmware.speaker import Back, DeviceError, Failed, LevelError, Lost, Report, Sink, Speaker, Started, parse_sink
from firmware.speaker.output import Output
from tests.sound.speaker_bench import (
    FULL_SCALE_DBA,
    PATIENCE_S,
    DiskBench,
    HandDevice,
    first_sound,
    tone,
    write_flac,
)


@pytest.fixture
def piece(tmp_path: Path) -> Path:
    """A piece of 2 s."""
    return write_flac(tmp_path / "piece.flac", tone(2.0))


class Lab:
    """A speaker with a clock and a device moved by hand; each ask is answered, so nothing is waited for by luck."""

    def __init__(self) -> None:
        self.now = 100.0
        self.devices: list[HandDevice | str] = []
        self.tried_at: list[float] = []
        self.reports: SimpleQueue[Report] = SimpleQueue()
        self.speaker = Speaker(
            parse_sink("silent"),
            self.reports.put,
            full_scale_dba=FULL_SCALE_DBA,
            clock=lambda: self.now,
            open_output=self._open,
        )

    def _open(self, _sink: Sink) -> Output:
        self.tried_at.append(self.now)
        device = self.devices.pop(0)
        if isinstance(device, str):
            raise DeviceError(device)
        return device

    def nudge(self) -> None:
        """Wake the speaker, so that it looks at the clock."""
        self.speaker.set_level(50.0)

    def ask(self) -> Report:
        """Nudge, then ask for a play of nothing: its answer shows that the nudge has been worked through."""
        self.nudge()
        self.speaker.play(0, Path("nothing"), start_s=0.0, level_dba=50.0, rise_s=0.0)
        return self.report()

    def report(self) -> Report:
        """The next report."""
        return self.reports.get(timeout=PATIENCE_S)


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab, closed at the end."""
    lab = Lab()
    yield lab
    lab.speaker.close()


NO_CARD = Failed(0, "no sound card: no such card")


def test_a_missing_device_is_told_once_and_tried_ever_more_slowly(lab: Lab) -> None:
    lab.devices = ["no such card"] * 9
    lab.speaker.start()
    assert lab.report() == Lost("no such card")
    for _ in range(4 * 40):
        lab.now += 0.25
        assert lab.ask() == NO_CARD
    assert [at - 100.0 for at in lab.tried_at] == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 25.5, 35.5]


def test_a_device_that_comes_back_is_told_and_plays(lab: Lab, piece: Path) -> None:
    lab.devices = ["no such card", "no such card", HandDevice()]
    lab.speaker.start()
    assert lab.report() == Lost("no such card")
    lab.now += 0.5
    assert lab.ask() == NO_CARD
    lab.now += 1.0
    lab.nudge()
    assert lab.report() == Back()
    lab.speaker.play(5, piece, start_s=0.0, level_dba=50.0, rise_s=0.0)
    assert lab.report() == Started(5)


def test_a_device_that_goes_is_closed_told_once_and_opened_again(lab: Lab, piece: Path) -> None:
    first = HandDevice()
    lab.devices = [first, "no such card", HandDevice()]
    lab.speaker.start()
    lab.speaker.play(5, piece, start_s=0.0, level_dba=50.0, rise_s=0.0)
    assert lab.report() == Started(5)
    first.why_gone = "the sound device was removed"
    lab.now += 1.0
    lab.nudge()
    assert lab.report() == Lost("the sound device was removed")
    assert first.closed
    lab.now += 0.5
    assert lab.ask() == NO_CARD
    lab.now += 1.0
    lab.nudge()
    assert lab.report() == Back()


def test_a_listener_that_raises_does_not_end_the_speaker(piece: Path) -> None:
    heard: SimpleQueue[Report] = SimpleQueue()

    def listen(report: Report) -> None:
        heard.put(report)
        raise RuntimeError("listener's own mistake")

    device = HandDevice()
    speaker = Speaker(parse_sink("silent"), listen, full_scale_dba=78.0, open_output=lambda _sink: device)
    speaker.start()
    for play_id in (1, 2):
        speaker.play(play_id, piece, start_s=0.0, level_dba=50.0, rise_s=0.0)
        assert heard.get(timeout=PATIENCE_S) == Started(play_id)
    speaker.close()


def test_numbers_that_are_none_are_refused_at_the_door(lab: Lab, piece: Path) -> None:
    calls: list[Callable[[], None]] = [
        lambda: lab.speaker.set_level(float("nan")),
        lambda: lab.speaker.fade(float("inf")),
        lambda: lab.speaker.stop(float("nan")),
        lambda: lab.speaker.play(1, piece, start_s=0.0, level_dba=float("nan"), rise_s=0.0),
    ]
    for call in calls:
        with pytest.raises(LevelError, match="must be a finite number"):
            call()


def test_an_unknown_card_is_told_by_its_driver_and_plays_fail(tmp_path: Path, piece: Path) -> None:
    bench = DiskBench(tmp_path / "none", parse_sink("system:NoSuchCard"))
    bench.speaker.start()
    lost = bench.report()
    assert isinstance(lost, Lost)
    assert "Couldn't open audio device" in lost.reason
    bench.play(3, piece)
    assert bench.failure() == Failed(3, f"no sound card: {lost.reason}")
    bench.speaker.close()


def test_a_real_sink_that_breaks_is_noticed_and_plays_again_when_it_is_whole(tmp_path: Path, piece: Path) -> None:
    link = tmp_path / "out.raw"
    link.symlink_to("/dev/full")
    bench = DiskBench(link)
    bench.speaker.start()
    assert bench.report() == Lost("the sound device was removed")
    link.unlink()
    link.symlink_to(tmp_path / "whole.raw")
    assert bench.report() == Back()
    bench.run(2048)
    played_at = bench.play(7, piece)
    assert bench.report() == Started(7)
    bench.run(9600)
    bench.speaker.close()
    assert first_sound(bench.pcm(), played_at) - played_at <= 4800
