"""Benches for the speaker: tracks, a device moved by hand, and SDL's disk driver judged by its file's frames."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import soundfile
from numpy.typing import NDArray

from firmware.speaker import Failed, Measured, OutputProfile, Ready, Report, Sink, Speaker, parse_sink
from firmware.speaker.chain.chain import Transition
from firmware.speaker.chain.deck import Deck
from firmware.speaker.chain.downmix import Factors
from firmware.speaker.chain.frames import BLOCK, RATE, RING_FRAMES
from firmware.speaker.commands import Mute
from firmware.speaker.player.decode import TrackFile
from firmware.speaker.player.engine import Engine, Track
from firmware.speaker.player.ring import PERIOD
from firmware.speaker.player.ring_writer import Tally

FULL_SCALE_DBA = 78.0
PROFILE = OutputProfile(
    FULL_SCALE_DBA, ceiling_dba=120.0
)  # a ceiling that is never reached: each gain can be seen by itself
PATIENCE_S = 30.0  # a bench that waits longer than this is broken; nothing is judged by it

Pcm = NDArray[np.int16]


def tone(seconds: float, hz: float = 440.0, peak: float = 0.3) -> NDArray[np.float32]:
    """A stereo tone, left and right in quadrature."""
    phase = 2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE
    return (peak * np.stack([np.cos(phase), np.sin(phase)], axis=1)).astype(np.float32)


def write_flac(path: Path, samples: NDArray[np.float32], rate: int = RATE) -> Path:
    """A FLAC track."""
    soundfile.write(path, samples, rate, format="FLAC", subtype="PCM_24")
    return path


def write_opus(path: Path, samples: NDArray[np.float32]) -> Path:
    """An Ogg Opus track."""
    soundfile.write(path, samples, RATE, format="OGG", subtype="OPUS")
    return path


def track_of(
    play_id: int,
    path: Path,
    start_s: float = 0.0,
    gain_db: float = 0.0,
    *,
    mono: bool = False,
    mono_mix: Factors | None = None,
) -> Track:
    """A file as the player gives it to the engine."""

    def open_deck() -> Deck:
        source = TrackFile.open(path, start_s)
        deck = Deck(play_id, source, start_s=start_s, gain_db=gain_db, mono=mono, mono_mix=mono_mix)
        deck.decode_to(BLOCK)
        return deck

    return Track(play_id, open_deck)


def level_db(pcm: NDArray[np.generic]) -> float:
    """RMS in dB below 16-bit full scale."""
    return float(10 * np.log10(np.mean((pcm.astype(np.float64) / 32767) ** 2)))


class HandDevice:
    """An output whose mixer takes periods when told to; what it took is `heard`."""

    def __init__(self) -> None:
        self.ring: Pcm = np.zeros(RING_FRAMES * 2, np.int16)
        self.why_gone: str | None = None
        self.closed = False
        self.stands_s = 0.0
        self.underruns = 0
        self.clock_ahead = 0  # frames that are left alone, taken or not, while the audio thread is late
        self.into_period = 0  # frames since the last period was taken
        self._taken = 0
        self._playing = False
        self._heard: list[Pcm] = []

    def take(self, periods: int = 1) -> None:
        """Let the mixer take periods."""
        for _ in range(periods):
            place = self._taken % RING_FRAMES * 2
            taken = self.ring[place : place + PERIOD * 2] if self._playing else np.zeros(PERIOD * 2, np.int16)
            self._heard.append(taken.copy())
            self._taken += PERIOD if self._playing else 0

    @property
    def heard(self) -> Pcm:
        """Everything taken so far, frames by 2."""
        return np.concatenate(self._heard).reshape(-1, 2)

    def forget(self) -> None:
        """Let go of what was heard."""
        self._heard = []

    def begin(self) -> None:
        """Loop the ring from its first frame."""
        self._taken, self._playing = 0, True

    def halt(self) -> None:
        """Stop looping."""
        self._playing = False

    def mixed_frames(self) -> int:
        """Frames taken since `begin`; runs on between the periods."""
        return self._taken + self.clock_ahead + self.into_period

    def first_free_frame(self) -> int:
        """By hand a period is free until it is taken."""
        return self._taken + self.clock_ahead

    def stalled_s(self) -> float:
        """What the test says."""
        return self.stands_s

    def fault(self) -> str | None:
        """What the test says."""
        return self.why_gone

    def close(self) -> None:
        """Remember it."""
        self.closed = True


class HandBench:
    """A real engine on a device moved by hand: no thread, no clock, exact frames."""

    def __init__(self, profile: OutputProfile = PROFILE) -> None:
        self.device = HandDevice()
        self.reports: list[Report | Mute] = []  # without measures
        self.measures: list[Measured] = []
        self.tally = Tally()
        self.mono = profile.mono
        self._profile = profile
        self.attach(self.device)

    def attach(self, device: HandDevice) -> None:
        """Play on this device from now on."""
        self.device = device
        self.engine = Engine(device, self._told, self._profile, self.tally)
        self.engine.set_cap(self._profile.ceiling_dba)

    def _told(self, report: Report | Mute) -> None:
        if isinstance(report, Measured):
            self.measures.append(report)
        else:
            self.reports.append(report)

    def run(self, frames: int) -> None:
        """Let so many frames (whole periods) sound, the engine working whenever it asks to."""
        for _ in range(frames // PERIOD):
            self.work()
            self.device.take()
            self.engine.advance()

    def work(self) -> None:
        """Do all that is due."""
        self.engine.advance()
        while self.engine.is_behind:
            self.engine.render_some()

    def play(
        self,
        play_id: int,
        path: Path,
        level_dba: float = 70.0,
        rise_s: float = 0.0,
        crossfade_s: float = 0.06,
        *,
        in_fade: bool = False,
    ) -> None:
        """Play from the beginning."""
        transition = Transition(level_dba, rise_s, crossfade_s, in_fade)
        self.engine.play(track_of(play_id, path, mono=self.mono), transition)

    def cue(self, play_id: int, path: Path, crossfade_s: float = 0.0) -> None:
        """Say what follows."""
        self.engine.cue(track_of(play_id, path, mono=self.mono), crossfade_s)


class DiskBench:
    """A real speaker on SDL's disk driver; time is the file's length in frames."""

    def __init__(self, file: Path, sink: Sink | None = None, profile: OutputProfile = PROFILE) -> None:
        self.file = file
        self.reports: SimpleQueue[Report] = SimpleQueue()
        self.speaker = Speaker(sink or parse_sink(f"disk:{file}"), self.reports.put, profile)
        self.speaker.set_cap(profile.ceiling_dba)

    def frames(self) -> int:
        """Frames that have reached the sink."""
        return self.file.stat().st_size // 4 if self.file.exists() else 0

    def run(self, frames: int) -> int:
        """Wait until so many more frames have reached the sink; says where it is then."""
        until, give_up_at = self.frames() + frames, time.monotonic() + PATIENCE_S
        while self.frames() < until:
            assert time.monotonic() < give_up_at, f"the sink stands still at frame {self.frames()}"
            time.sleep(0.005)
        return self.frames()

    def play(self, play_id: int, path: Path, *, level_dba: float = 70.0, rise_s: float = 0.0) -> int:
        """Play from the beginning; says how many frames had reached the sink when it was asked for."""
        at = self.frames()
        self.speaker.play(play_id, path, start_s=0.0, level_dba=level_dba, rise_s=rise_s)
        return at

    def report(self, patience_s: float = PATIENCE_S) -> Report:
        """The next report that is not a measure."""
        while isinstance(report := self.reports.get(timeout=patience_s), Measured):
            pass
        return report

    def failure(self) -> Failed:
        """The next report, which must be a failure."""
        report = self.report()
        assert isinstance(report, Failed), report
        return report

    def pcm(self) -> Pcm:
        """What has reached the sink, frames by 2."""
        return np.fromfile(self.file, np.int16)[: self.frames() * 2].reshape(-1, 2)


@contextmanager
def disk_bench(folder: Path, profile: OutputProfile = PROFILE) -> Iterator[DiskBench]:
    """A started speaker that writes to a file; closed at the end, its PCM is whole after that."""
    bench = DiskBench(folder / "out.raw", profile=profile)
    bench.speaker.start()
    try:
        assert bench.report() == Ready()
        bench.run(4 * PERIOD)
        yield bench
    finally:
        bench.speaker.close()


def first_sound(pcm: Pcm, frame: int) -> int:
    """The first frame from `frame` on that is not exactly zero."""
    sounding = np.flatnonzero(pcm[frame:].any(axis=1))
    assert len(sounding), "nothing sounded"
    return frame + int(sounding[0])


def last_sound(pcm: Pcm) -> int:
    """The last frame that is not exactly zero."""
    return int(np.flatnonzero(pcm.any(axis=1))[-1])
