"""The self-test of a box: one line for each part, and what to do if something is wrong. Makes no sound and no folder.

While the service is running it opens nothing that the service uses: it says so, and asks the kernel instead.
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
    """One part: its name, how it is tested, and whether music needs it."""

    name: str
    look: Callable[[], Iterable[Finding]]
    needed: bool = False


def check(settings: Settings) -> int:
    """Print a line for each part; returns 0 if music can play, 1 if a needed part must be fixed."""
    return tell(findings(settings))


def tell(found: Iterable[Finding]) -> int:
    """Print the findings; returns the exit code."""
    failed = False
    for finding in found:
        failed |= finding.needed and not finding.well
        word = "NOTE" if finding.hint else "OK" if finding.well else "FIX"
        print(f"{word:<4}  {finding.part:<9} {finding.line}", flush=True)
    return int(failed)


def findings(settings: Settings) -> Iterator[Finding]:
    """Each part in turn; a part that fails does not stop the next test. Raises nothing."""
    running = is_running(settings.box.data)
    parts = (
        _Part("user", lambda: [_user(settings.box.data, running=running)]),
        _Part("music", lambda: music(settings), needed=True),
        _Part("sound", lambda: [sound(settings.sound.output, running=running)], needed=True),
        _Part("level", lambda: [level(settings)]),
        _Part("disk", lambda: [_disk(settings.box.data)]),
        _Part("pins", lambda: lines(running=running), needed=True),
        _Part("screen", lambda: [screen(settings.screen, running=running)]),
        _Part("clock", lambda: [_clock(settings)]),
        _Part("link", lambda: _links(settings)),
    )
    for part in parts:
        yield from _guarded(part)


def _guarded(part: _Part) -> Iterator[Finding]:
    """Whatever a driver or a file raises becomes a line for its part."""
    try:
        yield from part.look()
    except Exception as error:  # noqa: BLE001  # the self-test must go on to the other parts
        what = f"{type(error).__name__}: {reason_of(error)}"
        line = f"could not be tested ({what}): send this line to the person who maintains the boxes"
        yield Finding(part.name, False, line, part.needed)


def is_running(data: Path) -> bool:
    """Whether the service is using this data folder now. Creates nothing."""
    try:
        handle = os.open(f"{data / stores.FILE_NAME}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False  # never started here, or this user may not read it: the other lines say so
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
        return Finding("user", True, f"tested as {name_of(os.geteuid())}; {service}")
    line = f"tested as root, which has more rights than the service; {service}"
    remedy = f"test as the service's user too, `sudo -u {_owner(data)} nightingale-device check --config ...`"
    return Finding("user", True, f"{line}: {remedy}", hint=True)


def _owner(data: Path) -> str:
    """The owner of the data folder, if that shows the service's user."""
    try:
        uid = data.stat().st_uid
    except OSError:
        uid = ROOT
    return "USER" if uid == ROOT else f"'#{uid}'" if name_of(uid).startswith("user ") else name_of(uid)


def name_of(uid: int) -> str:
    """A user's name, or the number if there is no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def level(settings: Settings) -> Finding:
    """Whether this box is calibrated, and its card's volume is still as it was then."""
    line = settings.sound.calibration_line
    if not settings.sound.calibrated:
        return Finding("level", False, line)
    moved = card_volume.fault(settings.box.data, settings.sound.output)
    return Finding("level", not moved, f"{line}, but {moved}" if moved else line)


def _disk(folder: Path) -> Finding:
    """Tests by writing a file without a name; only the service may create the folder itself."""
    try:
        owner = folder.stat().st_uid
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
    except FileNotFoundError:
        return Finding("disk", False, f"{folder} does not exist: create it and make the service's user its owner")
    except OSError as error:
        remedy = "log entries would be lost: make the service's user its owner, or check the memory card"
        return Finding("disk", False, f"{folder} this user cannot write to it ({error.strerror}); {remedy}")
    free_mb = disk_free_mb(folder)
    line = f"{free_mb:.0f} MB free in {folder}, owner: {name_of(owner)}"
    if free_mb < LEAST_FREE_MB:
        return Finding("disk", False, f"{line}: free some space")
    if owner == ROOT:
        return Finding("disk", False, f"{line}: a service that runs as its own user cannot write there")
    return Finding("disk", True, line)


def _clock(settings: Settings) -> Finding:
    temperature = temperature_c()
    heat = "" if temperature is None else f"; processor at {temperature:.0f} C"
    if system_clock(settings.box.data, keeps=False).known():
        return Finding("clock", True, f"set since the machine started{heat}")
    return Finding("clock", False, f"not set by a time server, so night limits apply: allow NTP{heat}")


def _links(settings: Settings) -> Iterator[Finding]:
    if not settings.link.brokers:
        yield Finding("link", True, "no broker configured: this box works without the ward")
    for one in settings.link.brokers:
        yield from broker(one, settings.link)
