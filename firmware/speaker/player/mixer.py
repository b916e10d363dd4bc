"""pygame's mixer as an output: the looped ring and the play head. Knows no track, no level and no command."""

import functools
import importlib
import importlib.util
import os
import struct
import sys
import time
import types
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from firmware.speaker import environment
from firmware.speaker.chain.frames import CHANNELS, RATE, RING_FRAMES
from firmware.speaker.errors import DeviceError, DeviceStuckError
from firmware.speaker.player.callbacks import callbacks
from firmware.speaker.player.cards import Substream, audio_thread_waits
from firmware.speaker.player.ring import PERIOD, first_free_frame, since_taken_ms, taken_frames
from firmware.speaker.sink import Sink, SinkKind

_SETTLE_STEP_S = 0.0005
_FIRST_STEPS = 2000  # a second
_ATTEMPTS = 20
_LATE_MS = 200  # sound servers and busy machines are late by up to half of this
_AT_ONCE = 32  # periods, 0.7 s: no device's buffer takes so many at once
_NO_CLOCK = "the sound device has no clock: it takes sound as fast as it comes"


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
            pygame.mixer.init(RATE, -16, CHANNELS, PERIOD, allowedchanges=0)
            self._prepare()
            self._settle(self._zero)
            self._substream = Substream.of_this_process() if sink.kind is SinkKind.SYSTEM else None
            self._have_the_kernel_wait()
        except pygame.base.error as error:
            pygame.mixer.quit()
            raise DeviceError(f"{sink} does not open ({error})") from error
        self._looked = (time.monotonic(), self._count())
        self._runs_since = self._substream.runs_since() if self._substream else ""
        self.underruns = 0

    def _prepare(self) -> None:
        self._mixer.set_num_channels(1)
        self._channel = self._mixer.Channel(0)
        self._sound: object = self._mixer.Sound(buffer=bytes(RING_FRAMES * CHANNELS * 2))
        self._ring: NDArray[np.int16] = np.frombuffer(self._sound, dtype=np.int16)  # type: ignore[call-overload]
        self._open = True
        self._callbacks = callbacks()
        self._callbacks.attach(self._mixer.__file__)
        self._mixer.music.load(_silent_wav())
        # The clock: get_pos() tells the length of what was taken from here on, and the time since.
        self._zero = self._between_callbacks(lambda: self._mixer.music.play(loops=-1))
        self._base = self._free = 0

    def _settle(self, count: int) -> None:
        """Wait until the device has taken silence after `count`: what opens and takes nothing is no device."""
        for _ in range(_FIRST_STEPS):
            if self._count() > count:
                break
            time.sleep(_SETTLE_STEP_S)
        else:
            raise DeviceStuckError("the sound device opens but takes no sound")
        time.sleep(2 * _SETTLE_STEP_S)
        if self._count() - self._zero > _AT_ONCE:
            self.close()
            raise DeviceError(_NO_CLOCK)

    def _have_the_kernel_wait(self) -> None:
        """Have SDL's thread sleep until there is room for a period, and not look for room each millisecond.

        SDL 2.28 opens a card for calls that return at once, and asks for calls that wait when the card is prepared
        already: the kernel takes that over when it is prepared the next time (`snd_pcm_pre_prepare`), which is after an
        underrun. So it has one now, in silence, some milliseconds after the start that opening is. Not a USB card: one
        that was pulled and put back was lost once more a second later (tests/pi/test_cards.py).
        """
        if self._substream is None or not self._substream.is_written_by_calls or self._substream.is_usb:
            return
        for _ in range(_ATTEMPTS):
            if self._substream.run_dry():
                break
            time.sleep(_SETTLE_STEP_S)
        self._settle(self._count() + 1)  # the first may have been taken before

    @property
    def ring(self) -> NDArray[np.int16]:
        """The samples that are looped."""
        return self._ring

    def begin(self) -> None:
        """Loop the ring from its first frame, at a period that is known for certain."""
        base = self._between_callbacks(lambda: self._channel.play(self._sound, loops=-1))  # type: ignore[arg-type]
        self._base, self._free = base - self._zero, 0

    def halt(self) -> None:
        """Stop looping."""
        self._channel.stop()

    def mixed_frames(self) -> int:
        """Frames taken since `begin`."""
        return taken_frames(*self._taken()) - self._base * PERIOD

    def first_free_frame(self) -> int:
        """The first frame that can still be rewritten in time."""
        # After a late callback the next one is near: never hand out a frame before an earlier answer.
        self._free = max(self._free, first_free_frame(*self._taken()) - self._base * PERIOD)
        return self._free

    def stalled_s(self) -> float:
        """Seconds since it took a period; 0 while its thread waits for a processor, which is no fault of the device."""
        _, since_ms = self._taken()
        if since_ms < _LATE_MS or not audio_thread_waits():
            return since_ms / 1000
        return 0.0

    def fault(self) -> str | None:
        """Why the device is gone: SDL tells by an event, the kernel by a status file; the mixer never does."""
        from pygame.constants import AUDIODEVICEREMOVED

        for event in self._event.get():
            # An opened device has a number; 0 is a card that nobody here uses.
            if event.type == AUDIODEVICEREMOVED and event.which and not event.iscapture:
                return "the sound device was removed"
        if self._runs_away():
            return _NO_CLOCK
        if self._substream is None:
            return None
        self._count_underruns(self._substream)
        return self._substream.fault()

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

    def _count_underruns(self, substream: Substream) -> None:
        """SDL starts a card again that ran dry, and tells nobody."""
        since, self._runs_since = self._runs_since, substream.runs_since()
        if "" not in {since, self._runs_since} and since != self._runs_since:
            self.underruns += 1

    def _taken(self) -> tuple[int, int]:
        """Periods since the clock began, and milliseconds since the last of them. The count first: a callback between
        the two makes the time too short, and never the count too high."""
        periods = self._count() - self._zero
        return periods, since_taken_ms(periods, self._mixer.music.get_pos())

    def _count(self) -> int:
        return self._callbacks.count()

    def _between_callbacks(self, act: Callable[[], object]) -> int:
        """Do it while no callback begins: it counts from the period after the one that is told. The mixer's own lock
        keeps it apart from a callback that runs."""
        for _ in range(_ATTEMPTS):
            before = self._count()
            act()
            if self._count() == before:
                return before
        self._channel.stop()
        raise DeviceError(_NO_CLOCK)

    def _runs_away(self) -> bool:
        """Whether it took far more since the last look than can have sounded."""
        (at, count), self._looked = self._looked, (time.monotonic(), self._count())
        can_have = (self._looked[0] - at) * RATE / PERIOD
        return self._looked[1] - count > 2 * can_have + _AT_ONCE
