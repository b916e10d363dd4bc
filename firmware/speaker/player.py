"""The speaker: one thread that owns the sound device, takes commands and reports. Decides nothing.

It sleeps in one wait, until a command comes or the engine wants to work; a lost device is tried again for ever.
"""

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from firmware.speaker.engine import Engine
from firmware.speaker.errors import DeviceError, LevelError
from firmware.speaker.mixer import MixerOutput
from firmware.speaker.output import Output
from firmware.speaker.reports import Back, Failed, Lost, Report
from firmware.speaker.sink import Sink

_log = logging.getLogger(__name__)

FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 10.0
CHECK_S = 1.0  # between two looks at the device while nothing plays
CLOSE_RAMP_S = 0.05
CLOSE_WAIT_S = 2.0


@dataclass(frozen=True, slots=True)
class _Play:
    play_id: int
    path: Path
    start_s: float
    level_dba: float
    rise_s: float


@dataclass(frozen=True, slots=True)
class _SetLevel:
    level_dba: float


@dataclass(frozen=True, slots=True)
class _Fade:
    seconds: float


@dataclass(frozen=True, slots=True)
class _Stop:
    ramp_s: float


@dataclass(frozen=True, slots=True)
class _Close:
    pass


_Command = _Play | _SetLevel | _Fade | _Stop | _Close


class Speaker:
    """Plays pieces on one sound device.

    All methods but `close` return at once and may be called from any one thread; reports come from the
    speaker's own thread. Levels are dB(A) at the pillow, times are seconds.
    """

    def __init__(
        self,
        sink: Sink,
        report: Callable[[Report], None],
        *,
        full_scale_dba: float,
        clock: Callable[[], float] = time.monotonic,
        open_output: Callable[[Sink], Output] = MixerOutput,
    ) -> None:
        """full_scale_dba: what a piece of -20 LUFS gives at the pillow at full scale.

        `open_output` opens the device (raising DeviceError) on the speaker's thread.
        """
        _check_finite(full_scale_dba=full_scale_dba)
        self._sink = sink
        self._tell = report
        self._full_scale_dba = full_scale_dba
        self._clock = clock
        self._open_output = open_output
        self._commands: SimpleQueue[_Command] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="speaker", daemon=True)
        self._output: Output | None = None
        self._engine: Engine | None = None
        self._lost: str | None = None
        self._retry_s = FIRST_RETRY_S
        self._look_at = 0.0  # when to look for a lost device, or at the one that is there

    def start(self) -> None:
        """Open the device and wait for plays. A device that is not there is reported and tried again."""
        self._thread.start()

    def close(self) -> None:
        """Ramp down, give the device back and end the thread; waits for it, 2 s at most."""
        self._commands.put(_Close())
        if self._thread.is_alive():
            self._thread.join(CLOSE_WAIT_S)

    def play(self, play_id: int, path: Path, *, start_s: float, level_dba: float, rise_s: float) -> None:
        """Play a piece from `start_s`; what plays ramps down under it. Reports Started or Failed.

        It stands 20 dB under its level at once and rises to it over `rise_s`.
        """
        _check_finite(start_s=start_s, level_dba=level_dba, rise_s=rise_s)
        self._commands.put(_Play(play_id, path, start_s, level_dba, rise_s))

    def set_level(self, level_dba: float) -> None:
        """Move what plays to another level: down at once, up at 3 dB/s. Without effect while nothing plays."""
        _check_finite(level_dba=level_dba)
        self._commands.put(_SetLevel(level_dba))

    def fade(self, seconds: float) -> None:
        """Fade what plays, straight in dB, 60 dB down and then to silence. Reports Faded; the level stays."""
        _check_finite(seconds=seconds)
        self._commands.put(_Fade(seconds))

    def stop(self, ramp_s: float = 0.15) -> None:
        """Ramp what plays down and fall silent. Its play gets no further report."""
        _check_finite(ramp_s=ramp_s)
        self._commands.put(_Stop(ramp_s))

    def _run(self) -> None:
        self._work(None)  # opens the device
        while True:
            command = self._next_command()
            if isinstance(command, _Close):
                break
            self._work(command)
        self._ramp_out()
        self._shut()

    def _ramp_out(self) -> None:
        self._work(_Stop(CLOSE_RAMP_S))
        # The real clock: the thread must end whatever clock it was given.
        give_up_at = time.monotonic() + CLOSE_WAIT_S / 4
        while self._engine is not None and not self._engine.is_silent and time.monotonic() < give_up_at:
            time.sleep(min(0.02, self._engine.wait_s() or 0.0))
            self._work(None)

    def _next_command(self) -> _Command | None:
        wait_s = self._engine.wait_s() if self._engine else None
        if wait_s is None:  # else the engine wakes often enough to look at the device on the way
            wait_s = max(0.0, self._look_at - self._clock())
        try:
            return self._commands.get(timeout=wait_s) if wait_s > 0 else self._commands.get_nowait()
        except Empty:
            return None

    def _work(self, command: _Command | None) -> None:
        try:
            if command is not None:
                self._obey(command)
            if self._engine is not None:
                self._engine.advance()
            if self._clock() >= self._look_at:
                self._look()
        except DeviceError as error:
            self._lose(str(error))
        except Exception as error:  # noqa: BLE001 - whatever it was, a fresh device must bring the music back
            _log.exception("speaker fault")
            self._lose(f"speaker fault: {error}")

    def _obey(self, command: _Command) -> None:
        match command:
            case _Play(play_id) if self._engine is None:
                self._report(Failed(play_id, f"no sound card: {self._lost}"))
            case _Play(play_id, path, start_s, level_dba, rise_s) if self._engine is not None:
                self._engine.play(play_id, path, start_s, level_dba, rise_s)
            case _SetLevel(level_dba) if self._engine is not None:
                self._engine.set_level(level_dba)
            case _Fade(seconds) if self._engine is not None:
                self._engine.fade(seconds)
            case _Stop(ramp_s) if self._engine is not None:
                self._engine.stop(ramp_s)
            case _:
                pass

    def _look(self) -> None:
        """Look whether the device is still there, or there again."""
        if self._output is not None:
            self._look_at = self._clock() + CHECK_S
            fault = self._output.fault()
            if fault is None:
                self._retry_s = FIRST_RETRY_S  # only now: one that opens and goes at once is no better than none
            else:
                self._lose(fault)
            return
        try:
            self._output = self._open_output(self._sink)
        except DeviceError as error:
            self._lose(str(error))
            return
        self._engine = Engine(self._output, self._report, self._full_scale_dba)
        self._look_at = self._clock() + CHECK_S
        if self._lost is not None:
            self._lost = None
            _log.info("sound device back sink=%s", self._sink)
            self._report(Back())

    def _lose(self, reason: str) -> None:
        self._shut()
        self._look_at = self._clock() + self._retry_s
        self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)
        first = self._lost is None
        self._lost = reason
        if first:
            _log.warning("sound device lost sink=%s reason=%s", self._sink, reason)
            self._report(Lost(reason))

    def _shut(self) -> None:
        engine, self._engine, self._output = self._engine, None, None
        if engine is None:
            return
        try:
            engine.close()
        except Exception:  # noqa: BLE001 - it is gone already; the next one must still be opened
            _log.exception("sound device did not close")

    def _report(self, report: Report) -> None:
        try:
            self._tell(report)
        except Exception:  # noqa: BLE001 - a listener's mistake must not end the music
            _log.exception("listener failed report=%s", report)


def _check_finite(**numbers: float) -> None:
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise LevelError(f"{name} is {number}: it must be a finite number")
