"""Decoded frames of any kind into runs of float samples at 48 kHz, two channels, without a step where kinds change."""

from collections.abc import Callable, Iterator
from typing import Any

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from firmware.speaker.chain.frames import CHANNELS, RATE

_JOINT_FRAMES = RATE // 100  # over which a step is spread: 10 ms
Frames = NDArray[np.float32]


class Converter:
    """One stream's frames, and what is joined to it. One thread. Raises what FFmpeg raises."""

    def __init__(self) -> None:
        self._kind: tuple[str, int, str] | None = None
        self._plain: Callable[[Any], Frames] | None = None
        self._resampler: Any = None
        self._before: Frames | None = None  # the run that was made last
        self._earlier: Frames | None = None  # the one before
        self._is_joint = False

    @staticmethod
    def can_mix_down(layout: str) -> bool:
        """Whether FFmpeg knows where the channels of a layout belong."""
        try:
            frame = av.AudioFrame(format="fltp", layout=layout, samples=64)
            frame.sample_rate = RATE
            av.AudioResampler(format="flt", layout="stereo", rate=RATE).resample(frame)
        except (av.error.FFmpegError, ValueError):
            return False
        return True

    def convert(self, frame: Any) -> Iterator[Frames]:
        """Runs of samples, none of them empty."""
        kind = (frame.format.name, frame.sample_rate, frame.layout.name)
        if kind != self._kind:
            yield from self.flush()
            self._become(kind, frame.layout.nb_channels)
        if self._plain is not None:
            yield self._joined(self._plain(frame))
        else:
            yield from self._resampled(frame)

    def flush(self) -> Iterator[Frames]:
        """What a resampler still holds. What comes next is joined on smoothly."""
        if self._resampler is not None:
            yield from self._resampled(None)
        self._kind = self._resampler = self._plain = None
        self._is_joint = self._before is not None

    def drop(self) -> None:
        """The last run is not used: what comes next is joined on to the one before."""
        self._before = self._earlier
        self._is_joint = self._before is not None

    def silence(self) -> None:
        """Silence was put in behind the last run."""
        self._before = np.zeros((1, CHANNELS), np.float32)
        self._is_joint = True

    @property
    def ending(self) -> Frames:
        """From the last sample to silence without a step."""
        if self._before is None:
            return np.empty((0, CHANNELS), np.float32)
        return np.asarray(_fall(_JOINT_FRAMES) * self._before[-1])

    def _become(self, kind: tuple[str, int, str], channels: int) -> None:
        form, rate, layout = self._kind = kind
        if rate == RATE and layout == "stereo" and form in _PLAIN:
            self._plain = _PLAIN[form]
            return
        # One channel is spread by ourselves: FFmpeg would take 3 dB off.
        self._resampler = av.AudioResampler(format="flt", layout="mono" if channels == 1 else "stereo", rate=RATE)

    def _resampled(self, frame: Any) -> Iterator[Frames]:
        for made in self._resampler.resample(frame):
            if made.samples:
                yield self._joined(_spread(made))

    def _joined(self, samples: Frames) -> Frames:
        if self._is_joint and self._before is not None:
            fall = _fall(min(len(samples), _JOINT_FRAMES))
            samples[: len(fall)] += fall * (self._before[-1] - samples[0])
        self._is_joint, self._earlier, self._before = False, self._before, samples
        return samples


def _fall(frames: int) -> Frames:
    """From 1 to 0, as half a cosine."""
    return (0.5 + 0.5 * np.cos(np.pi * np.arange(frames) / frames)).astype(np.float32).reshape(-1, 1)


def _spread(frame: Any) -> Frames:
    """What the resampler made, copied out of its frame; one channel goes to both sides."""
    channels = frame.layout.nb_channels
    samples = np.frombuffer(frame.planes[0], np.float32, frame.samples * channels)
    return np.repeat(samples, CHANNELS // channels).reshape(-1, CHANNELS)


def _packed(frame: Any, kind: type) -> NDArray[Any]:
    return np.frombuffer(frame.planes[0], kind, frame.samples * CHANNELS).reshape(-1, CHANNELS)


def _from_int16(frame: Any) -> Frames:
    return np.asarray(np.multiply(_packed(frame, np.int16), np.float32(1 / 32_768), dtype=np.float32))


def _from_int32(frame: Any) -> Frames:
    return np.asarray(np.multiply(_packed(frame, np.int32), np.float32(1 / 2_147_483_648), dtype=np.float32))


def _from_planes(frame: Any) -> Frames:
    samples = np.empty((frame.samples, CHANNELS), np.float32)
    for channel, plane in enumerate(frame.planes):
        samples[:, channel] = np.frombuffer(plane, np.float32, frame.samples)
    return samples


# The usual kinds, without a detour by the resampler.
_PLAIN: dict[str, Callable[[Any], Frames]] = {"s16": _from_int16, "s32": _from_int32, "fltp": _from_planes}
