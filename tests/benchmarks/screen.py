"""The screen part: bytes on the emulated bus, ours beside Adafruit's own show(), for the same views; no waiting.

`python -m tests.benchmarks.screen` runs it alone. Bytes depend on no machine.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from math import ceil
from typing import Any

from adafruit_ssd1306 import SSD1306_I2C

from device.display.screen_owner import ScreenOwner
from device.display.screens import draw
from device.rules.events import Event
from device.rules.view import Scene, View
from firmware.screen.screen import HEIGHT, WIDTH, Screen, frame_from_image
from firmware.simulator.chip import Ssd1306Chip
from tests.benchmarks.figures import OURS, Figures, tab_separated, table

BYTE_MS = 9 / 400  # eight bits and an acknowledge at 400 kHz
EACH_CHANGE, EACH_SECOND = "show() a change", "show() a second"

TRACK_S = 180  # of a starter playlist
HOUR_S = 3600
SLEEP_S, SLEEP_FADE_S = 45 * 60, 10 * 60
CLEANING_S = 120
WAVE_STEPS = 57  # columns that wave and moon travel
VIGIL_S = 24 * 3600
QUICK_S = 300

CALM = "Calm"
READY = View(Scene.READY, word=CALM)
WAVES = tuple(View(Scene.PLAYING, word=CALM, minutes=18, progress=progress) for progress in range(0, 1000, 50))
PLAYING = WAVES[8]
VOLUMES = tuple(View(Scene.VOLUME, word=CALM, bars=bars, bars_most=13) for bars in range(1, 14))
NEXT = View(Scene.NEXT, word=CALM)
NAMES = tuple(
    View(Scene.CHOOSING, word=word, place=place, places=4)
    for place, word in enumerate((CALM, "Garden", "Memories", "Sea"))
)
VIGIL = View(Scene.VIGIL, word="Peace", night=True)
DARK = View(Scene.DARK)
NIGHT = View(Scene.NIGHT, word="Sleep", minutes=38, night=True)
NIGHT_VOLUMES = tuple(View(Scene.VOLUME, bars=bars, bars_most=9, night=True) for bars in range(1, 10))
SCREENS = (
    READY,
    PLAYING,
    VOLUMES[7],
    NEXT,
    NAMES[2],
    View(Scene.SLEEP, word="Sleep", minutes=38, progress=200),
    View(Scene.TIME_LEFT, minutes=38),
    View(Scene.CLEANING, seconds=86, seconds_most=CLEANING_S),
    View(Scene.NO_SOUND),
    View(Scene.HERE, code="7F3A"),
    NIGHT,
    VIGIL,
)

Change = tuple[Sequence[View], Sequence[View]]
CHANGES: dict[str, list[Change]] = {
    "volume_detent": [([one], [other]) for one, other in itertools.pairwise(VOLUMES)],
    "volume_range": [(VOLUMES[:1], VOLUMES[1:])],
    "volume_band": [([wave], [volume]) for wave in WAVES for volume in VOLUMES],
    "volume_band_by_night": [([NIGHT], [volume]) for volume in NIGHT_VOLUMES],
    "next_band": [([wave], [NEXT]) for wave in WAVES],
    "new_name": [([one], [other]) for one, other in itertools.permutations(NAMES, 2)],
    "everything": [([one], [other]) for one, other in itertools.permutations(SCREENS, 2)],
    "from_dark": [([one, DARK], [one]) for one in SCREENS],
}
"""What was on the screen and what comes; of several the one that costs most is the figure."""

Say = Callable[[str], None]


class CountedBus(Ssd1306Chip):
    """The emulated bus and chip, with every byte counted that takes time on the wire: addresses and answers too."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0

    def writeto(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None:
        self.bytes += 1 + len(memoryview(buffer)[start:end])
        super().writeto(address, buffer, start=start, end=end)

    def readfrom_into(self, address: int, buffer: Any, *, start: int = 0, end: int | None = None) -> None:
        self.bytes += 1 + len(memoryview(buffer)[start:end])
        super().readfrom_into(address, buffer, start=start, end=end)


class OurScreen:
    """The box's own screen on a counted bus, under a clock that stands still until told."""

    def __init__(self, bus: CountedBus | None = None) -> None:
        self.bus, self.now = bus or CountedBus(), 1000.0
        self.reports: list[Event] = []
        self._screen = ScreenOwner(lambda: Screen(self.bus), self.reports.append, lambda: self.now)

    def cost(self, *views: View) -> int:
        """Bytes on the bus for these views, one after the other at once."""
        before = self.bus.bytes
        for view in views:
            self._screen.show(view)
        return self.bus.bytes - before

    def run(self, views: Iterable[View]) -> int:
        """Bytes on the bus for these views, one a second; the first one is there already."""
        first, *others = views
        self.cost(first)
        spent = 0
        for view in others:
            self.now += 1
            spent += self.cost(view)
        return spent


class PlainDriver:
    """Adafruit's driver as it comes, which sends the whole picture each time it is told to show one."""

    def __init__(self) -> None:
        self.bus = CountedBus()
        self._driver = SSD1306_I2C(WIDTH, HEIGHT, self.bus)

    def cost(self, view: View) -> int:
        """Bytes on the bus for one view."""
        before = self.bus.bytes
        self._driver.buffer[1:] = frame_from_image(draw(view))
        self._driver.show()
        return self.bus.bytes - before

    def run(self, views: Iterable[View]) -> int:
        """Bytes on the bus for those of these views whose picture is another than the one before."""
        pairs = itertools.pairwise(views)
        return sum(self.cost(view) for old, view in pairs if old != view and draw(old) != draw(view))


def playing(seconds: int) -> Iterator[View]:
    """Music for so long, one view a second: the wave of each track, the session's minutes."""
    for second in range(seconds + 1):
        minutes = max(1, ceil((seconds - second) / 60))
        yield View(Scene.PLAYING, word=CALM, minutes=minutes, progress=_steps(second % TRACK_S / TRACK_S))


def sleep(seconds: int) -> Iterator[View]:
    """A sleep session: the moon travels, then playlists with the fade."""
    for second in range(seconds + 1):
        left = seconds - second
        setting = left < SLEEP_FADE_S
        way = 1 - left / SLEEP_FADE_S if setting else second / max(1, seconds - SLEEP_FADE_S)
        minutes = max(1, ceil(left / 60))
        yield View(Scene.SLEEP, word="Sleep", minutes=minutes, progress=_steps(way), setting=setting)


def cleaning() -> Iterator[View]:
    """The whole countdown."""
    for second in range(CLEANING_S):
        yield View(Scene.CLEANING, seconds=CLEANING_S - second, seconds_most=CLEANING_S)


def measure_screen(*, quick: bool, say: Say) -> Figures:
    """All of it, in some seconds."""
    figures = Figures()
    say("an hour of playing, a night's sleep, the countdown, a day of vigil")
    _rates(figures, quick)
    say("single changes")
    _changes(figures)
    figures.notes += [
        f"adafruit-circuitpython-ssd1306 {version('adafruit-circuitpython-ssd1306')}",
        "every byte on the bus is counted, addresses and control bytes too, at 9 clocks each: 22.5 us at 400 kHz",
        f"{EACH_CHANGE}: Adafruit's show() for every picture that differs from the one before; {EACH_SECOND}: always",
        "single changes: of several of their kind the one that costs most",
    ]
    return figures


def _rates(figures: Figures, quick: bool) -> None:
    runs = {
        "playing": list(playing(QUICK_S if quick else HOUR_S)),
        "sleep": list(sleep(QUICK_S if quick else SLEEP_S)),
        "cleaning": list(cleaning()),
        "vigil": [VIGIL] * (QUICK_S if quick else VIGIL_S),
    }
    full = PlainDriver().cost(PLAYING)
    for name, views in runs.items():
        seconds, measure = len(views) - 1, f"screen_bytes_per_s_{name}"
        figures.put(measure, OURS, OurScreen().run(views) / seconds)
        figures.put(measure, EACH_CHANGE, PlainDriver().run(views) / seconds)
        figures.put(measure, EACH_SECOND, full)


def _changes(figures: Figures) -> None:
    for name, changes in CHANGES.items():
        ours = max(change_cost(before, after) for before, after in changes)
        plain = PlainDriver().cost(PLAYING) * len(changes[0][1])
        for player, spent in ((OURS, ours), (EACH_CHANGE, plain)):
            figures.put(f"screen_bytes_{name}", player, spent)
            figures.put(f"screen_ms_{name}", player, spent * BYTE_MS)


def change_cost(before: Sequence[View], after: Sequence[View]) -> int:
    """Bytes on the bus for what comes after, with what was before on the screen."""
    ours = OurScreen()
    ours.cost(*before)
    return ours.cost(*after)


def _steps(way: float) -> int:
    """As the loop assigns it: a view is another one when the picture moves by a column."""
    return int(way * WAVE_STEPS) * 1000 // WAVE_STEPS


def main() -> None:
    """The table, then tab-separated lines."""
    figures = measure_screen(quick=False, say=lambda _: None)
    print(
        *table(figures.values),
        "",
        *(f"- {note}" for note in figures.notes),
        "",
        *tab_separated(figures.values),
        sep="\n",
    )


if __name__ == "__main__":
    main()
