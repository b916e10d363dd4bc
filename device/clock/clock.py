"""Whether the box's clock is set, and the local time. Knows no night rules."""

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
_STEPPED_S = 1.0  # a smaller difference is not a change of the clock, and is not written to the card
_EARLIEST_S, _LATEST_S = 1.6e9, 2**32  # September 2020 and 2106: a time outside is wrong

log = logging.getLogger(__name__)


class SystemClock:
    """This machine's clock. Once set in this boot it counts as set, even if no time server answers any more: a quartz
    drifts by seconds a day, but night rules at noon would be wrong by hours.

    From then on time is counted from the boot. Changes by hand, or without a time server, are ignored; those of a time
    server are followed. Any thread may ask; the kernel is asked at most once a second.
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
        """`kept`: the file that tells a restarted service that the clock is set, `keeps`: whether to write it;
        `was_set`: asked once, whether the clock was set before; `is_kept`: whether a time server keeps it;
        `boot`: this boot's id."""
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
        """Whether the clock was set in this boot."""
        return self._ahead() is not None

    def utcnow(self) -> datetime:
        """The time; the machine's own, right or wrong, while the clock is not set."""
        ahead_s = self._ahead()
        return datetime.fromtimestamp(self._utc_s() if ahead_s is None else self._since_boot_s() + ahead_s, UTC)

    def _ahead(self) -> float | None:
        with self._lock:
            if self._since_boot_s() - self._looked_at >= LOOK_EVERY_S:
                self._heed()
            return self._ahead_s

    def _heed(self, *, is_set: bool = False) -> None:
        """Read the kernel's clock; trust it if a time server keeps it."""
        utc_s, self._looked_at = self._utc_s(), self._since_boot_s()
        if _is_plausible(utc_s) and (is_set or self._is_kept()):
            self._ahead_s = utc_s - self._looked_at
        if self._ahead_s is None or not self._keeps:
            return
        if self._kept_s is None or abs(self._ahead_s - self._kept_s) > _STEPPED_S:
            self._kept_s = self._ahead_s
            # A disk may hang, but a caller that asks for the time must not.
            threading.Thread(target=self._keep, args=(self._ahead_s,), name="clock-keeper", daemon=True).start()

    def _keep(self, ahead_s: float) -> None:
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._kept, json.dumps({"boot": self._boot, "ahead_s": ahead_s}).encode())
        except OSError as error:
            log.warning("clock=not_kept reason=%r", error.strerror)

    def _remembered(self) -> float | None:
        """The time stored by an earlier start in this boot."""
        try:
            found = parse_json(read_small(self._kept))
            ahead_s = float(found["ahead_s"])
            is_ours = bool(self._boot) and found["boot"] == self._boot
        except (OSError, ArithmeticError, LookupError, TypeError, ValueError):
            return None
        return ahead_s if is_ours and _is_plausible(ahead_s + self._since_boot_s()) else None


def system_clock(data: Path, *, keeps: bool = True) -> SystemClock:
    """The clock of the box with this data folder; without `keeps` it writes nothing there.

    The file is valid until the next boot, but is not in /run: by default systemd empties a unit's folder there at each
    restart.
    """
    return SystemClock(data / FILE_NAME, was_set=lambda: kernel_clock.was_set(_last_alive_s(data)), keeps=keeps)


def _last_alive_s(data: Path) -> float:
    """When a data folder was last written to, in UTC seconds since 1970."""
    try:
        return max((file.stat().st_mtime for file in data.iterdir() if file.name != FILE_NAME), default=0.0)
    except OSError:
        return 0.0


def _is_plausible(utc_s: float) -> bool:
    return _EARLIEST_S <= utc_s <= _LATEST_S


def local_now() -> datetime:
    """The time in the system's time zone."""
    return datetime.now(UTC).astimezone()


def zone_named(name: str) -> tzinfo | None:
    """The time zone of that name; None, the system's own, if empty. Raises ValueError for an unknown one."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone: use a name like Europe/Berlin") from error


def wall_at(utc: datetime, zone: tzinfo | None) -> Wall:
    """The local time in this zone (None: the system's) at this moment."""
    local = utc.astimezone(zone)
    return Wall(local.toordinal(), local.hour * 60 + local.minute, utc.timestamp())


def wall_by(
    clock_ok: Callable[[], bool], zone: tzinfo | None, utcnow: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Callable[[], Wall | None]:
    """Returns a function for the local time; None while the clock is not set. If `zone` is None, a change of the
    system's zone counts from the next minute on. For one thread."""
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
