"""The box's health: temperature, space, memory, unsent entries, sent to the ward each minute. Decides nothing.

Each number is kept within the contract's limits, because the ward would drop the whole message otherwise.
"""

import logging
import shutil
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from device import __version__
from device.config.settings import Settings
from device.link.link import Link
from device.log.log import Log
from device.rules.state import State
from firmware.speaker import GlitchCounts
from messages import Health, Part

EVERY_S = 60.0
SOON_S = 1.0  # until the box has taken in what came; many at once are one report
LONGEST_S = 10 * 365 * 86_400.0  # an entry that seems older was written before the clock was set
COLDEST_C, HOTTEST_C = -60.0, 200.0  # beyond, a sensor is broken
_TEMPERATURE = Path("/sys/class/thermal/thermal_zone0/temp")
_THROTTLED = Path("/sys/devices/platform/soc/soc:firmware/get_throttled")  # Raspberry Pi OS

_logger = logging.getLogger(__name__)


class HealthReporter:
    """Reads the machine and the log once a minute on its own thread and passes the message to the link."""

    def __init__(
        self,
        settings: Settings,
        state: Callable[[], State],
        log: Log,
        link: Link,
        *,
        utcnow: Callable[[], datetime],
        clock_ok: Callable[[], bool],
        counts: Callable[[], GlitchCounts] = GlitchCounts,
        calibrated: Callable[[], bool] | None = None,
        fetched_kb_s: Callable[[], int] = lambda: 0,
    ) -> None:
        """`calibrated`: whether the calibration is valid now; None: as in the settings; `fetched_kb_s`: how fast a
        track comes now."""
        self._settings = settings
        self._state = state
        self._log = log
        self._link = link
        self._utcnow = utcnow
        self._clock_ok = clock_ok
        self._counts = counts
        self._calibrated = calibrated or (lambda: settings.sound.calibrated)
        self._fetched_kb_s = fetched_kb_s
        self._number = 0
        self._closing = False
        self._asked = threading.Event()
        self._thread = threading.Thread(target=self._run, name="health", daemon=True)

    def start(self) -> None:
        """Report now and then each minute."""
        self._thread.start()

    def hurry(self) -> None:
        """Report soon: a track came. Returns at once; any thread may ask."""
        self._asked.set()

    def close(self) -> None:
        """End the thread."""
        self._closing = True
        self._asked.set()
        self._thread.join(timeout=2.0)

    def _run(self) -> None:
        while not self._closing:
            self._number += 1
            try:
                self._link.say_health(self.report(self._number))
            except Exception:  # one broken reading must not end the reports
                _logger.exception("health=unexpected")
            if self._asked.wait(EVERY_S) and not self._closing:
                time.sleep(SOON_S)
            self._asked.clear()

    def report(self, number: int) -> Health:
        """The message as of now."""
        state, now = self._state(), self._utcnow()
        unsent, oldest_at = self._log.unsent()
        needed = {
            track.sha256 for music in (state.assigned.playlists if state.assigned else ()) for track in music.tracks
        }
        lost = {part for part, _ in state.faults}
        sound, counts = self._settings.sound, self._counts()
        return Health(
            boot=state.boot,
            number=number,
            at=now,
            software=__version__,
            clock_ok=self._clock_ok(),
            temperature_c=temperature_c(),
            throttled=throttled(),
            disk_free_mb=disk_free_mb(self._settings.box.data),
            memory_mb=memory_mb(),
            unsent=unsent,
            oldest_unsent_s=0.0 if oldest_at is None else self._age_s(oldest_at, now, number),
            sound="lost" if Part.SOUND in lost else "ok",
            display="lost" if Part.SCREEN in lost else "ok",
            calibrated_on=sound.calibrated_on.isoformat() if sound.calibrated_on and self._calibrated() else None,
            tracks_held=len(needed & state.held),
            tracks_needed=len(needed),
            dropped_messages=self._link.dropped,
            late_rewrites=counts.late_rewrites,
            buffer_underruns=counts.buffer_underruns,
            underruns=counts.underruns,
            silences=counts.silences,
            player_restarts=counts.restarts,
            fetched_kb_s=self._fetched_kb_s(),
        )

    def _age_s(self, oldest_at: datetime, now: datetime, number: int) -> float:
        """Age of the oldest entry; if one of the two clocks was not set, the time since the first report."""
        age_s = (now - oldest_at).total_seconds()
        return age_s if 0 <= age_s <= LONGEST_S else (number - 1) * EVERY_S


def temperature_c() -> float | None:
    """Of the processor, in degrees Celsius; None if unknown or impossible."""
    try:
        degrees_c = int(_read(_TEMPERATURE)) / 1000
    except ValueError:
        return None
    return degrees_c if COLDEST_C <= degrees_c <= HOTTEST_C else None


def throttled() -> bool | None:
    """Whether the Pi lacked power or was too hot since it started; None on other machines."""
    text = _read(_THROTTLED)
    try:
        return int(text, 16) != 0
    except ValueError:
        return None


def disk_free_mb(folder: Path) -> float:
    """Free space on the log's disk, in MB; 0 if the disk does not answer."""
    try:
        return round(shutil.disk_usage(folder).free / 1e6, 1)
    except OSError:
        return 0.0


def memory_mb() -> float:
    """Resident memory of this process, in MB."""
    lines = _read(Path("/proc/self/status")).splitlines()
    kib = next((line.split()[1] for line in lines if line.startswith("VmRSS:")), "0")
    return round(int(kib) * 1024 / 1e6, 1)


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
