"""`python -m tests.benchmarks.latency [--rounds N]`: from the edge at a pin to the sample at the sink, in a whole box.

The real box in this process on mock pins and the emulated screen, its player a process of its own, SDL's disk driver
into a pipe. Latency is the arrival of the sample less the edge's time; the driver adds up to 21 ms of its own, since it
writes whole periods of 1,024 frames through a buffer of 4,096 bytes.
"""

import argparse
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import soundfile

from device.app import Box, start
from device.clock.clock import wall_by
from device.config.settings import Settings, default_settings
from device.hardware import Hardware
from device.loop import Stop
from firmware.gpio.board import REVISION_A
from firmware.screen.screen import Screen
from firmware.simulator.box import SimulatedBox
from firmware.speaker import parse_sink
from firmware.speaker.chain.weighting import pink_a_db
from playlists.catalogue import catalogue_playlists
from playlists.index import Recording, hash_file, write_index
from tests.benchmarks.arrivals import Arrivals
from tests.rules.bed import level_of
from tests.sound.pipe_sink import holds, is_alive, players_of

RATE = 48_000
DBA = 50.0  # full scale and start level: the test tone passes at 0 dB
PEAK, HZ = 0.25, 1000.0  # from its first sample on
AUDIBLE = 8  # steps of 16 bits
HUMAN_S = 0.45  # between two presses of one button: sooner it would be taken for tremor


class Bench:
    """A box with one endless track, pressed by hand."""

    def __init__(self, folder: Path, ending: str, parts: ExitStack) -> None:
        self.sink = Arrivals(folder / "sink")
        parts.callback(self.sink.close)
        self.panel = SimulatedBox(REVISION_A)
        parts.callback(self.panel.close)
        self.box = _box(folder, ending, self.panel, self.sink.path, parts)
        self._loop = threading.Thread(target=self.box.loop.run)
        self._loop.start()
        parts.callback(self._end)
        _until(lambda: self.box.loop.state.sound_ready)

    def press_play(self) -> float:
        """Press it; says when."""
        at = time.monotonic()
        self.panel.press("play")
        return at

    def play_and_stop(self) -> tuple[float, float, float]:
        """Seconds from PLAY to the first sample, and from the next PLAY to the ramp and to silence."""
        before, pressed = self.sink.frames, self.press_play()
        _until(lambda: self.sink.frames > before + RATE * HUMAN_S)
        first = self.sink.over(2, before)
        before, full, stopped = self.sink.frames, self.sink.loudness, self.press_play()
        _until(lambda: self.sink.frames > before + RATE * HUMAN_S)
        reacted = self.sink.under(0.9 * full, before)
        silent = self.sink.under(AUDIBLE, before)
        return first - pressed, reacted - stopped, silent - stopped

    def turn(self) -> float:
        """Seconds from a detent down to the first quieter sample; then up again."""
        before, full, turned = self.sink.frames, self.sink.loudness, time.monotonic()
        self.panel.turn("volume", -1)
        _until(lambda: self.sink.frames > before + RATE // 4)
        heard = self.sink.under(0.95 * full, before)
        self.panel.turn("volume", 1)
        _until(lambda: self.sink.frames > before + RATE * 5 // 4)
        return heard - turned

    def stop_frozen(self) -> tuple[float, float]:
        """Seconds from PLAY to the end of a player that is frozen, and then from PLAY to sound again."""
        before = self.sink.frames
        self.press_play()
        _until(lambda: self.sink.frames > before + RATE)
        frozen = next(pid for pid in players_of(os.getpid()) if holds(pid, self.sink.path))
        os.kill(frozen, signal.SIGSTOP)
        pressed = self.press_play()
        _until(lambda: not is_alive(frozen))
        gone = time.monotonic()
        _until(lambda: time.monotonic() > pressed + 2.0 and self.box.loop.state.sound_ready)
        before, again = self.sink.frames, self.press_play()
        _until(lambda: self.sink.frames > before + RATE * HUMAN_S)
        first = self.sink.over(2, before)
        self.press_play()
        time.sleep(12.0)  # a new standby is born, and the deaths are no longer many in short time
        return gone - pressed, first - again

    def _end(self) -> None:
        self.box.inbox.put(Stop())
        self._loop.join()


def _box(folder: Path, ending: str, panel: SimulatedBox, sink: Path, parts: ExitStack) -> Box:
    music = folder / "music"
    (music / "tracks").mkdir(parents=True)
    second = PEAK * np.cos(2 * np.pi * HZ * np.arange(RATE) / RATE).astype(np.float32)
    # The ending is what the box knows a track by; what it is the decoder sees for itself.
    with soundfile.SoundFile(music / "tone.opus", "w", RATE, 2, **_FORMATS[ending]) as file:
        for _ in range(600):
            file.write(np.stack([second, second], axis=1))
    sha256, slug = hash_file(music / "tone.opus"), catalogue_playlists()[0].tracks[0].slug
    (music / "tone.opus").rename(music / f"tracks/{sha256}.opus")
    write_index(music, {slug: Recording(slug, sha256, 600.0, "Test tone", -20.0, -20.0, 0.0, level=AS_IT_IS)})
    settings = _settings(folder, sink)
    hardware = Hardware(
        "bench",
        REVISION_A,
        panel.pin_factory,
        lambda: Screen(panel.bus, REVISION_A.screen_address),
        lambda: True,
        wall_by(lambda: True, UTC, lambda: NOON),
    )
    return start(settings, hardware, parts)


AS_IT_IS = level_of(pink_a_db())  # a track that measures so is played with no gain of its own
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)  # the bench is one of the day
_FORMATS: dict[str, dict[str, str]] = {
    "flac": {"format": "FLAC", "subtype": "PCM_16"},
    "opus": {"format": "OGG", "subtype": "OPUS"},
}


def _settings(folder: Path, sink: Path) -> Settings:
    made = default_settings(folder)
    sound = replace(
        made.sound,
        output=parse_sink(f"disk:{sink}"),
        uncalibrated_dba=DBA,
        cap_night_dba=made.sound.cap_day_dba,
        start_night_dba=DBA,
    )
    return replace(made, sound=sound, box=replace(made.box, music=folder / "music"))


def _until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 30.0
    while not condition():
        if time.monotonic() > give_up_at:
            raise TimeoutError("the box does not get on")
        time.sleep(0.005)


def _say(what: str, seconds: list[float]) -> None:
    ms = np.array(seconds) * 1000
    print(
        f"{what}\t{len(ms)}\t{np.median(ms):.0f}\t{np.percentile(ms, 99):.0f}\t{ms.max():.0f}",
        flush=True,
    )


def measure(ending: str, rounds: int) -> None:
    """One kind of file: tab-separated lines."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as parts:
        bench = Bench(Path(folder), ending, parts)
        heard = [bench.play_and_stop() for _ in range(rounds)]
        for place, what in enumerate(("press to first sample", "stop to reaction", "stop to silence")):
            _say(f"{what}, {ending}", [times[place] for times in heard])
        bench.press_play()
        time.sleep(7.0)  # the start has risen
        _say(f"knob to sink, {ending}", [bench.turn() for _ in range(rounds // 2)])
        bench.press_play()
        time.sleep(1.0)
        frozen = [bench.stop_frozen() for _ in range(max(2, rounds // 40))]
        _say(f"player frozen: PLAY to its end, {ending}", [times[0] for times in frozen])
        _say(f"player frozen: the next press to sound, {ending}", [times[1] for times in frozen])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--kind", choices=tuple(_FORMATS), help="one kind of file only")
    options = parser.parse_args()
    print("what\tn\tmedian ms\tp99 ms\tworst ms")
    for ending in [options.kind] if options.kind else _FORMATS:
        measure(ending, options.rounds)


if __name__ == "__main__":
    main()
