"""The self-test of a box: a line a part, each that is not well with what to do. Starts no sound, makes no folder.

Beside a running service it touches nothing that the service holds: it says so, and asks the kernel about it.
"""

import fcntl
import os
import pwd
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from device import card_volume
from device.check.finding import Finding
from device.check.hardware import lines, screen, sound
from device.check.link import broker
from device.check.music import music
from device.clock.clock import system_clock
from device.config.settings import Settings
from device.health import disk_free_mb, temperature_c
from device.log import stores
from firmware.gpio.pins import reason_of

__all__ = ["Finding", "check", "findings", "tell"]

LEAST_FREE_MB = 200.0
ROOT = 0


@dataclass(frozen=True, slots=True)
class _Part:
    """One part's name, whether music needs it, and how it is looked at."""

    name: str
    look: Callable[[], Iterable[Finding]]
    needed: bool = False


def check(settings: Settings) -> int:
    """Print a line a part; 0 when music can play, 1 when a needed part is not well."""
    return tell(findings(settings))


def tell(found: Iterable[Finding]) -> int:
    """The lines of it and the exit code."""
    failed = False
    for finding in found:
        failed |= finding.needed and not finding.well
        word = "hint" if finding.hint else "ok" if finding.well else "MEND"
        print(f"{word:<4}  {finding.part:<9} {finding.line}", flush=True)
    return int(failed)


def findings(settings: Settings) -> Iterator[Finding]:
    """Each part in turn; none of them keeps another from being tested. Raises nothing."""
    running = is_running(settings.box.data)
    parts = (
        _Part("user", lambda: [_user(settings.box.data, running=running)]),
        _Part("music", lambda: music(settings), needed=True),
        _Part("sound", lambda: [sound(settings.sound.output, running=running)], needed=True),
        _Part("level", lambda: [_level(settings)]),
        _Part("disk", lambda: [_disk(settings.box.data)]),
        _Part("pins", lambda: lines(running=running), needed=True),
        _Part("screen", lambda: [screen(settings.screen, running=running)]),
        _Part("clock", lambda: [_clock(settings)]),
        _Part("link", lambda: _links(settings)),
    )
    for part in parts:
        yield from _guarded(part)


def _guarded(part: _Part) -> Iterator[Finding]:
    """Whatever a driver or a file raises is a line of its part."""
    try:
        yield from part.look()
    except Exception as error:  # noqa: BLE001  # a self-test that ends at the first broken part tests nothing
        what = f"{type(error).__name__}: {reason_of(error)}"
        line = f"could not be tested ({what}): send this line to whoever looks after the boxes"
        yield Finding(part.name, False, line, part.needed)


def is_running(data: Path) -> bool:
    """Whether the service holds this data folder now. Makes nothing."""
    try:
        handle = os.open(f"{data / stores.FILE_NAME}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False  # never started here, or not for this user's eyes: then its lines tell
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _user(data: Path, *, running: bool) -> Finding:
    service = "the service is running" if running else "the service is not running on this data folder"
    if os.geteuid() != ROOT:
        return Finding("user", True, f"looked at as {name_of(os.geteuid())}; {service}")
    line = f"looked at as root, who may do more than the service; {service}"
    remedy = f"look as its user too, `sudo -u {_owner(data)} nightingale-device check --config ...`"
    return Finding("user", True, f"{line}: {remedy}", hint=True)


def _owner(data: Path) -> str:
    """Whose the data folder is, where that tells the service's user."""
    try:
        uid = data.stat().st_uid
    except OSError:
        uid = ROOT
    return "USER" if uid == ROOT else f"'#{uid}'" if name_of(uid).startswith("user ") else name_of(uid)


def name_of(uid: int) -> str:
    """A user's name, or the number of one without."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _level(settings: Settings) -> Finding:
    line = settings.sound.calibration_line
    if not settings.sound.calibrated:
        return Finding("level", False, line)
    moved = card_volume.fault(settings.box.data, settings.sound.output)
    return Finding("level", not moved, f"{line}, but {moved}" if moved else line)


def _disk(folder: Path) -> Finding:
    """By writing a file that has no name; the folder itself is the service's to have."""
    try:
        owner = folder.stat().st_uid
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
    except FileNotFoundError:
        return Finding("disk", False, f"{folder} is not there: make it, and give it to the service's user")
    except OSError as error:
        remedy = "entries would be lost: give it to the service's user, or look at the card"
        return Finding("disk", False, f"{folder} cannot be written by this user ({error.strerror}), {remedy}")
    free_mb = disk_free_mb(folder)
    line = f"{free_mb:.0f} MB free in {folder}, which belongs to {name_of(owner)}"
    if free_mb < LEAST_FREE_MB:
        return Finding("disk", False, f"{line}: make room")
    if owner == ROOT:
        return Finding("disk", False, f"{line}: a service under a user of its own cannot write there")
    return Finding("disk", True, line)


def _clock(settings: Settings) -> Finding:
    temperature = temperature_c()
    heat = "" if temperature is None else f"; processor at {temperature:.0f} C"
    if system_clock(settings.box.data, keeps=False).known():
        return Finding("clock", True, f"set since the machine started{heat}")
    return Finding("clock", False, f"not set by any time server, so night rules hold: allow NTP{heat}")


def _links(settings: Settings) -> Iterator[Finding]:
    if not settings.link.brokers:
        yield Finding("link", True, "no broker named: this box works alone")
    for one in settings.link.brokers:
        yield from broker(one, settings.link)
