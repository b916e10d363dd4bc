"""Whether the box's clock can be trusted, and what it shows on the wall. Knows no rule of the night."""

import json
import logging
import math
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from device.clock import kernel_clock
from device.rules.events import Wall
from playlists.files import read_small
from playlists.index import write_atomically
from playlists.parsing import parse_json

FILE_NAME = "clock.json"
LOOK_EVERY_S = 1.0
_STEPPED_S = 1.0  # less than this between two looks is no setting of the clock, and costs the card no write
_EARLIEST_S, _LATEST_S = 1.6e9, 2**32  # September 2020 and 2106: a time outside of these is nobody's

log = logging.getLogger(__name__)


class SystemClock:
    """This machine's clock. Once it was set in this boot it stays known, however long no time server answers: a quartz
    is wrong by seconds a day, the night's rules by hours at noon.

    From then on time is counted from the boot. A clock that is set by hand, or jumps with no time server behind it,
    moves nothing here; one that a time server sets is followed. Any thread may ask; the kernel is asked once a second
    at most.
    """

    def __init__(
        self,
        kept: Path,
        *,
        was_set: Callable[[], bool] = lambda: False,
        is_kept: Callable[[], bool] = kernel_clock.is_synchronised,
        utc_s: Callable[[], float] = time.time,
        since_boot_s: Callable[[], float] = kernel_clock.since_boot_s,
        boot: str | None = None,
        keeps: bool = True,
    ) -> None:
        """`kept`: the file by which a service that starts again in this boot still knows, `keeps`: whether to write it;
        `was_set`: asked once, whether the clock had been set when this was made; `is_kept`: whether a time server keeps
        it; `boot`: this boot's id."""
        self._kept = kept
        self._is_kept = is_kept
        self._utc_s = utc_s
        self._since_boot_s = since_boot_s
        self._boot = kernel_clock.boot_id() if boot is None else boot
        self._keeps = keeps and bool(self._boot)
        self._lock = threading.Lock()
        self._ahead_s = self._kept_s = self._remembered()  # UTC minus the time since boot; None: not known
        self._looked_at = -math.inf
        self._heed(is_set=self._ahead_s is None and was_set())

    def known(self) -> bool:
        """Whether it was set in this boot."""
        return self._ahead() is not None

    def utcnow(self) -> datetime:
        """The time; while it is not known what the machine shows, whatever that is."""
        ahead_s = self._ahead()
        return datetime.fromtimestamp(self._utc_s() if ahead_s is None else self._since_boot_s() + ahead_s, UTC)

    def _ahead(self) -> float | None:
        with self._lock:
            if self._since_boot_s() - self._looked_at >= LOOK_EVERY_S:
                self._heed()
            return self._ahead_s

    def _heed(self, *, is_set: bool = False) -> None:
        """Look at the kernel's clock; believe it where somebody vouches for it."""
        utc_s, self._looked_at = self._utc_s(), self._since_boot_s()
        if _is_plausible(utc_s) and (is_set or self._is_kept()):
            self._ahead_s = utc_s - self._looked_at
        if self._ahead_s is None or not self._keeps:
            return
        if self._kept_s is None or abs(self._ahead_s - self._kept_s) > _STEPPED_S:
            self._kept_s = self._ahead_s
            # A disk may hang, and whoever asks for the time must not.
            threading.Thread(target=self._keep, args=(self._ahead_s,), name="clock-keeper", daemon=True).start()

    def _keep(self, ahead_s: float) -> None:
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._kept, json.dumps({"boot": self._boot, "ahead_s": ahead_s}).encode())
        except OSError as error:
            log.warning("clock=not_kept reason=%r", error.strerror)

    def _remembered(self) -> float | None:
        """What an earlier start in this boot knew."""
        try:
            found = parse_json(read_small(self._kept))
            ahead_s = float(found["ahead_s"])
            is_ours = bool(self._boot) and found["boot"] == self._boot
        except (OSError, ArithmeticError, LookupError, TypeError, ValueError):
            return None
        return ahead_s if is_ours and _is_plausible(ahead_s + self._since_boot_s()) else None


def system_clock(data: Path, *, keeps: bool = True) -> SystemClock:
    """The clock of the box whose data folder this is; without `keeps` it writes nothing there.

    What it keeps is true until the next boot, and yet no file for /run: systemd empties a unit's folder there at each
    restart unless it is told otherwise.
    """
    return SystemClock(data / FILE_NAME, was_set=lambda: kernel_clock.was_set(_last_alive_s(data)), keeps=keeps)


def _last_alive_s(data: Path) -> float:
    """When anything was last written into a data folder, in UTC seconds since 1970."""
    try:
        return max((file.stat().st_mtime for file in data.iterdir() if file.name != FILE_NAME), default=0.0)
    except OSError:
        return 0.0


def _is_plausible(utc_s: float) -> bool:
    return _EARLIEST_S <= utc_s <= _LATEST_S


def local_now() -> datetime:
    """The time in the zone that the system is set to."""
    return datetime.now(UTC).astimezone()


def zone_named(name: str) -> tzinfo | None:
    """The time zone of that name; None, the system's own, where it is empty. Raises ValueError for an unknown one."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone: write it like Europe/Berlin") from error


def wall_at(utc: datetime, zone: tzinfo | None) -> Wall:
    """What the wall's clock shows in this zone (None: the system's) at this moment."""
    local = utc.astimezone(zone)
    return Wall(local.toordinal(), local.hour * 60 + local.minute, utc.timestamp())


def wall_by(
    clock_ok: Callable[[], bool], zone: tzinfo | None, utcnow: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Callable[[], Wall | None]:
    """Reads the wall's clock; None while nobody knows what time it is. Where the system's zone is asked for (None) and
    somebody sets another one, it is that from the next minute on. For one thread."""
    minute = -1.0

    def wall() -> Wall | None:
        nonlocal minute
        if not clock_ok():
            return None
        utc = utcnow()
        if zone is None and minute != utc.timestamp() // 60:
            minute = utc.timestamp() // 60
            time.tzset()  # the C library reads the zone once and keeps it
        return wall_at(utc, zone)

    return wall
