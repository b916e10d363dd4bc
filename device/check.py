"""The self-test of a box: a line a part, each that is not well with what to do. Starts no sound."""

import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from device.clock import system_clock
from device.config import Settings
from device.health import disk_free_mb, temperature_c
from device.music import Music
from firmware import PinsLost, ScreenLost
from firmware.board import REVISION_A
from firmware.bus import open_bus
from firmware.outputs import Outputs
from firmware.screen import Screen

LEAST_FREE_MB = 200.0
BROKER_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one part said. `needed`: without it no music plays."""

    part: str
    well: bool
    line: str
    needed: bool = False


def check(settings: Settings) -> int:
    """Print a line a part; 0 when music can play, 1 when a needed part is not well."""
    failed = False
    for finding in findings(settings):
        failed |= finding.needed and not finding.well
        print(f"{'ok  ' if finding.well else 'MEND'}  {finding.part:<9} {finding.line}")
    return int(failed)


def findings(settings: Settings) -> Iterator[Finding]:
    """Each part in turn; none of them keeps another from being tested."""
    yield _music(settings)
    yield _sound(settings)
    yield _level(settings)
    yield _disk(settings)
    yield _pins()
    yield _screen()
    yield _clock(settings)
    yield from _brokers(settings)


def _music(settings: Settings) -> Finding:
    music = Music(settings.box.music)
    sets, held = music.builtin(), music.held()
    well = any(piece.sha256 in held for bed_set in sets for piece in bed_set.pieces)
    line = f"{len(held)} pieces, {len(sets)} built-in sets in {settings.box.music}"
    return Finding(
        "music", well, line if well else f"no built-in music in {settings.box.music}: render it", needed=True
    )


def _sound(settings: Settings) -> Finding:
    if not str(settings.sound.output).startswith("system"):
        return Finding("sound", True, f"goes to {settings.sound.output}", needed=True)
    cards = _text(Path("/proc/asound/cards"))
    if not cards or "no soundcards" in cards:
        return Finding("sound", False, "no sound card: check the overlay in config.txt and the plug", needed=True)
    return Finding("sound", True, cards.splitlines()[0].strip(), needed=True)


def _level(settings: Settings) -> Finding:
    return Finding("level", settings.sound.calibrated, settings.sound.calibration_line)


def _disk(settings: Settings) -> Finding:
    folder = settings.box.data
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding("disk", False, f"{folder} cannot be written ({error.strerror}): entries would be lost")
    free_mb = disk_free_mb(folder)
    line = f"{free_mb:.0f} MB free in {folder}"
    return Finding("disk", free_mb >= LEAST_FREE_MB, line if free_mb >= LEAST_FREE_MB else f"{line}: make room")


def _pins() -> Finding:
    return _driver("pins", PinsLost, lambda: Outputs(REVISION_A).close(), "buttons and light can be reached")


def _screen() -> Finding:
    def open_screen() -> None:
        Screen(open_bus(REVISION_A), REVISION_A.screen_address).open()

    return _driver("screen", ScreenLost, open_screen, "answers")


def _driver(part: str, lost: type[Exception], act: Callable[[], None], line: str) -> Finding:
    try:
        act()
    except lost as error:
        return Finding(part, False, str(error))
    return Finding(part, True, line)


def _clock(settings: Settings) -> Finding:
    temperature = temperature_c()
    heat = "" if temperature is None else f"; processor at {temperature:.0f} C"
    if system_clock(settings.box.data, keeps=False).known():
        return Finding("clock", True, f"set since the machine started{heat}")
    return Finding("clock", False, f"not set by any time server, so night rules hold: allow NTP{heat}")


def _brokers(settings: Settings) -> Iterator[Finding]:
    if not settings.link.brokers:
        yield Finding("link", True, "no broker named: this box works alone")
    for broker in settings.link.brokers:
        try:
            socket.create_connection((broker.host, broker.port), BROKER_WITHIN_S).close()
        except OSError as error:
            why = error.strerror or str(error)
            yield Finding("link", False, f"{broker} does not answer ({why}): check cable, address and firewall")
        else:
            yield Finding("link", True, f"{broker} answers")


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
