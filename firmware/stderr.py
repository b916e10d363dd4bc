"""Standard error on which no writer ever waits: journald may hang, a terminal may stand still. Knows no log's format.

Everything that this process writes there (logging, warnings, tracebacks, C libraries, its children) goes into a pipe
that takes what it has room for. One thread carries it on to where it belongs, and says how much was dropped meanwhile.
"""

import atexit
import contextlib
import fcntl
import io
import os
import select
import sys
import threading

_STDERR = 2
_AT_ONCE = select.PIPE_BUF  # so much goes into a pipe whole or not at all
_READ_BYTES = 1 << 16
_ROOM_BYTES = 1 << 20  # some thousand lines, and as much as any user may ask of a pipe
_FLUSH_S = 0.5  # at the end of the process; what does not go by then is lost


def never_block() -> None:
    """Put the pipe in the place of standard error, for the whole process and for good. Before any thread starts.

    A process that was started with closed files gets /dev/null there: the next file to be opened, the log's, would
    otherwise take the place and be written into.
    """
    for handle in range(_STDERR + 1):
        with contextlib.suppress(OSError):
            os.fstat(handle)
            continue
        os.open(os.devnull, os.O_RDWR)  # takes the lowest free place, this one
    onward = os.dup(_STDERR)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with contextlib.suppress(OSError):  # 64 KB is what a pipe has anyway
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _ROOM_BYTES)
    os.dup2(writing, _STDERR)
    os.close(writing)
    sys.stderr = lines = _Lines()
    pump = threading.Thread(target=_pump, args=(reading, onward, lines), name="stderr", daemon=True)
    pump.start()
    atexit.register(_end, pump)


class _Lines(io.TextIOBase):
    """What Python calls `sys.stderr`: takes any text, at once, and raises nothing. Any thread may write."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self) -> None:
        self._dropped = 0
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        contents = text.encode(self.encoding, self.errors)
        for at in range(0, len(contents), _AT_ONCE):
            try:
                os.write(_STDERR, contents[at : at + _AT_ONCE])
            except OSError:  # it is full, or closed
                with self._lock:
                    self._dropped += 1
                break
        return len(text)

    def fileno(self) -> int:
        return _STDERR

    def writable(self) -> bool:
        return True

    def take_dropped(self) -> int:
        """How many texts there was no room for since this was last asked."""
        with self._lock:
            dropped, self._dropped = self._dropped, 0
        return dropped


def _pump(reading: int, onward: int, lines: _Lines) -> None:
    while contents := os.read(reading, _READ_BYTES):
        _carry(onward, contents)
        if dropped := lines.take_dropped():
            _carry(onward, f"stderr=blocked dropped={dropped}\n".encode())


def _carry(onward: int, contents: bytes) -> None:
    """Until all is there, however long that takes; where nobody reads any more it is gone."""
    while contents:
        try:
            contents = contents[os.write(onward, contents) :]
        except BlockingIOError:
            select.select([], [onward], [])
        except OSError:
            return


def _end(pump: threading.Thread) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDERR)  # the last one who writes into the pipe is gone: the pump comes to its end
    os.close(nowhere)
    pump.join(_FLUSH_S)
