"""GlitchCounts the mixer's callbacks: what the sound device has really taken. Knows no frame and no ring.

pygame's own play head runs on by the wall clock when the device takes nothing, and Python in the audio thread would
wait for the interpreter's lock. So SDL_mixer is given libc's `sem_post` as its source of music: it calls it once for
each period, before it mixes that period, with our semaphore as the first argument; the others are not looked at.
"""

import ctypes
import functools

_ROOM = 64  # bytes; a sem_t has 32 at most


class Callbacks:
    """A semaphore that is never waited for. Lives as long as the process: the mixer may post to it until it ends."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._semaphore = ctypes.create_string_buffer(_ROOM)
        self._value = ctypes.c_int()
        if self._libc.sem_init(self._semaphore, 0, 0):
            raise OSError(ctypes.get_errno(), "no semaphore")

    def attach(self, mixer_library: str) -> None:
        """Count from now on. `mixer_library`: a loaded library that is linked against SDL_mixer. Raises OSError."""
        try:
            hook = ctypes.CDLL(mixer_library).Mix_HookMusic
        except AttributeError as error:
            raise OSError(f"{mixer_library} knows no SDL_mixer") from error
        hook.argtypes, hook.restype = [ctypes.c_void_p, ctypes.c_void_p], None
        hook(ctypes.cast(self._libc.sem_post, ctypes.c_void_p), ctypes.addressof(self._semaphore))

    def count(self) -> int:
        """Periods that were taken, or are being taken now, since the process began. Stands still after 530 days."""
        self._libc.sem_getvalue(self._semaphore, ctypes.byref(self._value))
        return self._value.value


@functools.cache
def callbacks() -> Callbacks:
    """The one of this process. Raises OSError."""
    return Callbacks()
