"""pygame's mixer as an output: the looped ring and the play head. Knows no piece, no level and no command."""

import contextlib
import functools
import importlib
import importlib.util
import os
import struct
import sys
import time
import types
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from firmware.speaker import environment
from firmware.speaker.chain.frames import CHANNELS, RATE, RING_FRAMES
from firmware.speaker.errors import DeviceError
from firmware.speaker.player.cards import Substream
from firmware.speaker.player.ring import PERIOD, first_free_frame, frames_of, whole_periods
from firmware.speaker.sink import Sink, SinkKind

_SETTLE_FRAMES = 3 * RATE // 1000  # after this much of a period its callback has surely run
_SETTLE_STEP_S = 0.0005
_SETTLE_STEPS = 200
_FIRST_STEPS = 2000  # a second
_BEGIN_ATTEMPTS = 20


def load() -> None:
    """Load pygame's mixer and what it needs, alone: `pygame/__init__` loads fonts, surfaces, sprites, 100-250 ms.

    Opens nothing. Raises DeviceError.
    """
    if "pygame" not in sys.modules:
        spec = importlib.util.find_spec("pygame")  # finds, does not run it
        if spec is None:
            raise DeviceError("pygame is not installed: run `pip install pygame`")
        package = types.ModuleType("pygame")
        package.__path__ = list(spec.submodule_search_locations or ())
        package.__spec__ = spec
        sys.modules["pygame"] = package
    try:
        for module in ("base", "display", "event", "mixer"):
            importlib.import_module(f"pygame.{module}")
    except (ImportError, NotImplementedError) as error:
        raise DeviceError(f"pygame's mixer cannot be loaded ({error}): install libglib2.0-0") from error


@functools.cache
def _silent_wav() -> str:
    """The path of a second of silence: a real file, or the audio thread would need the interpreter's lock."""
    data = bytes(RATE * CHANNELS * 2)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, CHANNELS, RATE, RATE * CHANNELS * 2, CHANNELS * 2, 16)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    handle = os.memfd_create("silence.wav")
    with os.fdopen(os.dup(handle), "wb") as file:
        file.write(struct.pack("<4sI", b"RIFF", len(body)) + body)
    return f"/proc/self/fd/{handle}"


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No words of SDL and alsa-lib on standard error: eight lines at each retry, and the reason is raised anyway.

    The file descriptor is moved for the whole process: the player has no other thread that speaks.
    """
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class MixerOutput:
    """The open mixer; see `Output`. Everything on the thread that opened it."""

    def __init__(self, sink: Sink) -> None:
        """Open the device and wait until it runs. Raises DeviceError with a reason, 0.1 to 1 s later."""
        environment.prepare(sink.variables)
        load()
        import pygame.base  # here, not above: only a loaded part may be named
        import pygame.display
        import pygame.event
        import pygame.mixer

        self._mixer = pygame.mixer
        self._event = pygame.event
        try:
            pygame.display.init()  # or SDL keeps the news of a lost device to itself
            pygame.event.get()  # forgets the one that was lost before
            with _quiet():
                pygame.mixer.init(RATE, -16, CHANNELS, PERIOD, allowedchanges=0)
            self._prepare()
            self._settle()
        except pygame.base.error as error:
            pygame.mixer.quit()
            raise DeviceError(str(error)) from error
        self._substream = Substream.of_this_process() if sink.kind is SinkKind.SYSTEM else None

    def _prepare(self) -> None:
        self._mixer.set_num_channels(1)
        self._channel = self._mixer.Channel(0)
        self._sound: object = self._mixer.Sound(buffer=bytes(RING_FRAMES * CHANNELS * 2))
        self._ring: NDArray[np.int16] = np.frombuffer(self._sound, dtype=np.int16)  # type: ignore[call-overload]
        self._mixer.music.load(_silent_wav())
        self._mixer.music.play(loops=-1)  # the clock: get_pos() counts every frame mixed from here on
        self._base = 0
        self._free = 0
        self._open = True

    def _settle(self) -> None:
        """Wait until the device has taken its first silence: what opens and takes nothing is no device."""
        for _ in range(_FIRST_STEPS):
            if self._position_ms() >= 0:
                return
            time.sleep(_SETTLE_STEP_S)
        self.close()
        raise DeviceError("the sound device opens but takes no sound")

    @property
    def ring(self) -> NDArray[np.int16]:
        """The samples that are looped."""
        return self._ring

    def begin(self) -> None:
        """Loop the ring from its first frame, at a period that is known for certain."""
        for _ in range(_BEGIN_ATTEMPTS):
            before = self._settled_count()
            self._channel.play(self._sound, loops=-1)  # type: ignore[arg-type]
            if self._count() == before:
                self._base, self._free = before, 0
                return
        self._channel.stop()
        raise DeviceError("the sound device's clock is too restless to start")

    def halt(self) -> None:
        """Stop looping."""
        self._channel.stop()

    def mixed_frames(self) -> int:
        """Frames taken since `begin`."""
        return frames_of(self._position_ms()) - self._base

    def first_free_frame(self) -> int:
        """The first frame that can still be rewritten in time."""
        # A late callback lets the clock run ahead and step back: never hand out a frame before an earlier answer.
        self._free = max(self._free, first_free_frame(self._position_ms(), self._base))
        return self._free

    def fault(self) -> str | None:
        """Why the device is gone: SDL tells by an event, the kernel by a status file; the mixer never does."""
        from pygame.constants import AUDIODEVICEREMOVED

        for event in self._event.get():
            # An opened device has a number; 0 is a card that nobody here uses.
            if event.type == AUDIODEVICEREMOVED and event.which and not event.iscapture:
                return "the sound device was removed"
        return self._substream.fault() if self._substream else None

    def close(self) -> None:
        """Give the device back."""
        if not self._open:
            return
        self._open = False
        self._channel.stop()
        self._mixer.music.stop()
        self._mixer.music.unload()
        self._ring = np.zeros(0, np.int16)
        self._sound = None  # frees its memory while the mixer still lives
        self._mixer.quit()

    def _position_ms(self) -> int:
        return self._mixer.music.get_pos()

    def _count(self) -> int:
        return whole_periods(frames_of(self._position_ms() + 1))  # + 1: it rounds down

    def _settled_count(self) -> int:
        # Just after a period's time its callback may be late, and the count would be one too many.
        for _ in range(_SETTLE_STEPS):
            if frames_of(self._position_ms() + 1) % PERIOD >= _SETTLE_FRAMES:
                return self._count()
            time.sleep(_SETTLE_STEP_S)
        raise DeviceError("the sound device's clock stands still")
