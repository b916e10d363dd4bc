"""A sound device that stands still for a while, or for good: told, silent, and never old music afterwards."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.speaker import Died, Lost, Measured, Ready, Report, Started, parse_sink
from firmware.speaker.chain.frames import RATE
from firmware.speaker.player.ring import PERIOD
from tests.sound.pipe_sink import CardSink, alsa_card
from tests.sound.speaker_bench import PATIENCE_S, DiskBench, tone, write_flac

HELD = 4 * PERIOD  # what a driver and a pipe have taken already: two periods each
STANDS = "the sound device takes no more sound"
STANDS_S = float(os.environ.get("STANDS_S", "2.5"))  # 6 and 20 take the same way, with more tries to open it


class CardBench(DiskBench):
    """A speaker on a card that can stand still."""

    def __init__(self, sink: CardSink, words: str) -> None:
        self.sink = sink
        super().__init__(sink.path, parse_sink(words))

    def frames(self) -> int:
        return self.sink.frames

    def stands_for(self, seconds: float) -> int:
        """The card stands still for so long; says at which frame."""
        at = self.sink.stand()
        threading.Timer(seconds, self.sink.go_on).start()
        return at

    def hears_after(self, frame: int) -> int:
        """How many frames after this one are not exactly zero."""
        return int(self.sink.pcm(frame).any(axis=1).sum())


@pytest.fixture(params=["disk", "alsa"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CardBench]:
    """Ready, under SDL's disk driver and under its ALSA driver."""
    sink = CardSink(tmp_path / "sink")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(alsa_card(tmp_path, sink.path)))
    made = CardBench(sink, f"disk:{sink.path}" if request.param == "disk" else "system:bedside:X=1")
    made.speaker.start()
    try:
        assert made.report() == Ready()
        yield made
    finally:
        sink.go_on()
        made.speaker.close()
        sink.close()


@pytest.fixture
def track(tmp_path: Path) -> Path:
    """A minute of a tone."""
    return write_flac(tmp_path / "track.flac", tone(60.0))


def sounding(bench: CardBench, track: Path) -> None:
    """Two seconds of music."""
    bench.play(1, track)
    assert bench.report() == Started(1)
    bench.run(2 * RATE)


def test_a_card_that_stands_still_is_lost_and_brings_no_old_sound_when_it_goes_on(
    bench: CardBench, track: Path
) -> None:
    sounding(bench, track)
    stood_at = bench.stands_for(STANDS_S)
    assert bench.report() == Lost(STANDS)
    assert bench.report(STANDS_S + 2 * PATIENCE_S) == Ready()
    bench.run(RATE)
    assert bench.hears_after(stood_at + HELD) == 0
    bench.play(2, track)
    assert bench.report() == Started(2)
    bench.run(RATE // 2)
    assert bench.hears_after(stood_at + HELD) > RATE // 4


def test_a_stop_while_the_card_stands_still_is_silence_and_not_a_confirmation(bench: CardBench, track: Path) -> None:
    sounding(bench, track)
    stood_at = bench.stands_for(2.5)
    bench.speaker.stop()
    died = bench.report()
    assert isinstance(died, Died)
    assert died.reason == "gave the sound device no silence in time after a stop"
    reports: list[Report] = [bench.report()]
    while reports[-1] != Ready():
        reports.append(bench.report())
    bench.run(RATE)
    assert bench.hears_after(stood_at + HELD) == 0


def test_a_card_that_stands_still_for_good_is_told_once_and_music_is_refused(bench: CardBench, track: Path) -> None:
    sounding(bench, track)
    bench.sink.stand()
    assert bench.report() == Lost(STANDS)
    bench.play(2, track)
    failed = bench.failure()
    assert failed.play_id == 2
    assert failed.reason.startswith("no sound card: ")
    assert bench.speaker.counts.restarts == 0


def test_a_card_that_is_late_by_less_than_half_a_second_goes_on_as_if_nothing_had_been(
    bench: CardBench, track: Path
) -> None:
    sounding(bench, track)
    bench.stands_for(0.3)
    bench.run(RATE)
    bench.speaker.set_level(64.0)
    bench.run(RATE)
    bench.speaker.stop()
    silent_at = bench.run(RATE // 2)
    bench.run(RATE)
    assert bench.hears_after(silent_at) == 0
    bench.speaker.close()
    told = [bench.reports.get() for _ in range(bench.reports.qsize())]
    assert [report for report in told if not isinstance(report, Measured)] == []
    assert bench.speaker.counts.restarts == 0


def test_a_card_that_lives_while_silent_and_then_stands_still_is_lost_too(bench: CardBench) -> None:
    bench.sink.stand()
    assert bench.report() == Lost(STANDS)
    bench.sink.go_on()
    assert bench.report() == Ready()
