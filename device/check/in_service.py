"""The self-test that the ward asks for while the service runs: a result for each part. Makes no sound and no light.

What the service has open it knows best itself, so its own faults come first; the rest is asked of kernel and card.
"""

import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from device.check.check import LEAST_FREE_MB, level
from device.check.finding import Finding
from device.check.hardware import card, lines, screen
from device.config.settings import Settings
from device.health import disk_free_mb
from device.rules.events import SelfTested
from messages import Code, Part, PartResult

LEVEL, DISK = "level", "disk"
CODES: dict[str, Code] = {
    Part.SOUND: Code.NO_SOUND,
    Part.PLAYER: Code.PLAYER_FAILED,
    Part.SCREEN: Code.SCREEN_NO_ANSWER,
    Part.CONTROLS: Code.GPIO_BROKEN,
    Part.LOG: Code.LOG_NOT_WRITTEN,
    Part.MUSIC: Code.NO_TRACKS,
    Part.CLOCK: Code.CLOCK_NOT_SET,
    Part.CONFIG: Code.CONFIG_COPY,
    LEVEL: Code.NOT_CALIBRATED,
    DISK: Code.CARD_TROUBLE,
}
"""What is wrong with a part that is not well; each part that is tested stands here."""


class SelfTester:
    """Tests on a thread of its own, for a disk may hang. `put` takes the result, on that thread."""

    def __init__(self, settings: Settings, *, on_board: bool, put: Callable[[SelfTested], None]) -> None:
        self._settings = settings
        self._on_board = on_board
        self._put = put

    def run(self, command_id: str, faults: frozenset[Part]) -> None:
        """Begin; returns at once."""
        threading.Thread(target=self._run, args=(command_id, faults), name="self-test", daemon=True).start()

    def _run(self, command_id: str, faults: frozenset[Part]) -> None:
        self._put(SelfTested(command_id, results(self._settings, faults, on_board=self._on_board)))


def results(settings: Settings, faults: frozenset[Part], *, on_board: bool) -> tuple[PartResult, ...]:
    """A result for each part; `faults`: the parts that the service has lost; `on_board`: on a Pi. Raises nothing."""
    looks: dict[str, Callable[[], Iterable[Finding]]] = {
        LEVEL: lambda: [level(settings)],
        DISK: lambda: [_disk(settings.box.data)],
    }
    if on_board:
        looks |= {
            Part.SOUND: lambda: [card(settings.sound.output, running=True)],
            Part.CONTROLS: lambda: lines(running=True),
            Part.SCREEN: lambda: [screen(settings.screen, running=True)],
        }
    return tuple(_result(part, lost=part in faults, look=looks.get(part)) for part in CODES)


def _disk(folder: Path) -> Finding:
    """Whether this process, which is the service, can write there: no one else's rights matter."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
    except OSError:
        return Finding(DISK, False, "cannot be written")
    return Finding(DISK, disk_free_mb(folder) >= LEAST_FREE_MB, "free space")


def _result(part: str, *, lost: bool, look: Callable[[], Iterable[Finding]] | None) -> PartResult:
    if lost:
        return PartResult(part=part, well=False, code=CODES[part])
    try:
        well = look is None or all(finding.well for finding in look())
    except Exception:  # noqa: BLE001  # whatever a driver or a file raises; the other parts are still tested
        return PartResult(part=part, well=False, code=Code.NOT_TESTED)
    return PartResult(part=part, well=well, code=None if well else CODES[part])
