"""A month from its first morning to its last: lives of the box, the ward's ear, and what it all came to."""

import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from device.log.stores import FILE_NAME
from device.rules.events import Assigned
from firmware.gpio.board import REVISION_A
from firmware.simulator.box import SimulatedBox
from tests.rules.month.days import Days
from tests.rules.month.hands import Hands
from tests.rules.month.life import Clockless, Life
from tests.rules.month.plan import DISCHARGED, MORNING, Plan
from tests.rules.month.ward import Ward
from tests.rules.month.watch import Watch

FIRST = date(2026, 10, 1)
ZONE = ZoneInfo("Europe/Berlin")  # summer time ends on 25 October 2026
RECEIVES_EVERY_S = 600.0
CONNECTS_AFTER_S = 20.0  # after a start
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class Figures:
    """What a month came to."""

    days: int
    turns: int = 0
    acts: int = 0
    plays: int = 0
    boots: int = 0
    screen_bytes: int = 0
    most_unsent: int = 0
    file_bytes: int = 0
    file_most_bytes: int = 0
    journal_most_bytes: int = 0
    seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    memory_mb: list[float] = field(default_factory=list)  # each morning
    sleep_starts: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """In words."""
        memory_mb = ", ".join(f"{each_mb:.1f}" for each_mb in self.memory_mb)
        return [
            f"{self.days} days in {self.seconds:.1f} s: {self.boots} boots",
            f"{self.acts} acts, {self.turns} turns of the loop, {self.plays} plays",
            f"{self.kinds['session_started']} sessions, {len(self.sleep_starts)} of them begun at the set time",
            f"{sum(self.kinds.values())} entries: {dict(self.kinds)}",
            f"{self.screen_bytes} bytes to the screen; {self.most_unsent} entries without a receipt at most",
            f"the log's file: {self.file_bytes} bytes at the end, {self.file_most_bytes} at its largest",
            f"its journal: {self.journal_most_bytes} bytes at its largest",
            f"memory each morning, MB: {memory_mb}",
        ]


class Month:
    """One bed."""

    def __init__(self, folder: Path, days: range, seed: int) -> None:
        self.figures = Figures(len(days))
        self.panel = SimulatedBox(REVISION_A)
        self.days = Days(FIRST, ZONE, days[0])
        self.ward = Ward(self.days, self._deliver)
        self.watch = Watch(self.days, self.ward, self.panel)
        self._folder = folder
        self._life: Life | None = None
        self._clockless = Clockless()
        self._has_power = True
        self._is_over = False
        hands = Hands(self.days, self.panel, self.watch, random.Random(seed))
        self.plan = Plan(self.days, self.ward, hands, lambda: self._life)
        self.plan.outages(days, self._cut, self._back, self.panel.plug_screen)
        for day in days:
            self.plan.put(day)
            self.days.at(self.days.when(day, "06:00"), self._weigh)
        if DISCHARGED in days:
            self.days.at(self.days.when(DISCHARGED, MORNING) - 1.0, self.watch.expects_to_forget)
        self.days.at(self.days.when(days[-1] + 1, "06:00"), self._end)
        self.days.after(1.0, self._receive)

    def run(self) -> Figures:
        """All of it."""
        began = time.monotonic()
        try:
            while not self._is_over:
                self._live()
        finally:
            self.panel.close()
        figures = self.figures
        figures.seconds = time.monotonic() - began
        figures.turns, figures.acts = self.watch.turns, self.days.acts
        figures.kinds, figures.most_unsent = self.ward.entries.kinds, self.ward.entries.most_unsent
        figures.screen_bytes, figures.sleep_starts = self.panel.bus.bytes_written, self.watch.sleep_starts
        return figures

    def _live(self) -> None:
        """From plug to plug; then what happens to a box without power, which is nothing."""
        self._has_power = True
        self.figures.boots += 1
        self.panel.power(True)
        life = Life(
            self.days,
            self.panel,
            self._folder,
            self.figures.boots,
            self._clockless,
            settled=lambda: self.watch.settled(life),
            passing=lambda: self.watch.passing(life),
        )
        self.watch.wakes(life.loop.state)
        life.after(CONNECTS_AFTER_S, self.ward.hello)
        self._life = life
        life.run()
        self._life = None
        self.figures.plays += life.speaker.plays
        self.panel.power(False)
        while not self._has_power:
            self.days.go_on(self.days.now_s + RECEIVES_EVERY_S)

    def _deliver(self, given: Assigned) -> bool:
        if self._life is None:
            return False
        self._life.tell(given)
        return True

    def _cut(self, clockless: Clockless) -> None:
        self._has_power, self._clockless = False, clockless
        if self._life:
            self._life.cut()

    def _back(self) -> None:
        self._has_power = True

    def _receive(self) -> None:
        if self._life:
            self.ward.receive(self._life.log)
        self.days.after(RECEIVES_EVERY_S, self._receive)

    def _weigh(self) -> None:
        """Memory and file, as they are now; the mock pins remember every change, which no real pin does."""
        for pin in self.panel.pin_factory.pins.values():
            pin.clear_states()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        self.figures.memory_mb.append(pages * _PAGE_BYTES / 1e6)
        self._measure_file()

    def _measure_file(self) -> None:
        file, journal = self._folder / FILE_NAME, self._folder / f"{FILE_NAME}-wal"
        figures = self.figures
        figures.file_bytes = file.stat().st_size
        figures.file_most_bytes = max(figures.file_most_bytes, figures.file_bytes)
        figures.journal_most_bytes = max(figures.journal_most_bytes, journal.stat().st_size if journal.exists() else 0)

    def _end(self) -> None:
        self._receive()
        self._weigh()
        self._is_over = True
        if self._life:
            self._life.cut()
