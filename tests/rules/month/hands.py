"""Whose hands are at the box: a patient by day and by night, by chance, and staff by the plan."""

import random
from collections.abc import Callable

from firmware.inputs.lines import Button, Knob
from firmware.simulator.box import SimulatedBox
from tests.rules.month.days import Days
from tests.rules.month.watch import Watch

HELD_S = 0.15
DAY_FROM, DAY_TO = "07:30", "20:15"
NIGHT_FROM, NIGHT_TO = "22:45", "05:30"


class Hands:
    """Press and turn at the box's front, and say so to who watches."""

    def __init__(self, days: Days, panel: SimulatedBox, watch: Watch, chance: random.Random) -> None:
        self._days = days
        self._panel = panel
        self._watch = watch
        self._chance = chance
        self._visits: tuple[Callable[[], None], ...] = (
            self._listens,
            self._listens,
            self._listens,
            self._sets_the_level,
            self._chooses,
            self._skips,
            self._sleeps,
            self._trembles,
        )

    def press(self, button: Button, held_s: float = HELD_S) -> None:
        """Down now and up a little later."""
        self._watch.pressed_s = self._watch.touched_s = self._days.now_s
        self._panel.hold(button)
        self._days.after(held_s, lambda: self._panel.release(button))

    def turn(self, knob: Knob, detents: int) -> None:
        """Turn at once."""
        self._watch.touched_s = self._days.now_s
        self._panel.turn(knob, detents)

    def cleans(self) -> None:
        """Staff hold PLAY and NEXT, then wipe: whatever the cloth presses does nothing."""
        self._watch.chord_s = self._days.now_s
        self.press(Button.PLAY, 5.5)
        self.press(Button.NEXT, 5.5)
        for seconds in (20.0, 41.0, 90.0):
            self._days.after(seconds, self._wipes)

    def is_looked_for(self) -> None:
        """Staff had the box show itself."""
        self._watch.located_s = self._days.now_s

    def nurse_call(self, active: bool) -> None:
        """The nurse call's relay."""
        self._watch.is_nurse_call = active
        self._panel.nurse_call(active)

    def by_day(self, day: int) -> None:
        """A patient's day, from waking to the evening."""
        begins_s, ends_s = self._days.when(day, DAY_FROM), self._days.when(day, DAY_TO)
        self._days.at(begins_s, self._wakes_up)
        for _ in range(self._chance.randint(5, 9)):
            self._days.at(self._chance.uniform(begins_s + 300.0, ends_s), self._chance.choice(self._visits))

    def by_night(self, day: int) -> None:
        """The night that begins on this day."""
        begins_s, ends_s = self._days.when(day, NIGHT_FROM), self._days.when(day + 1, NIGHT_TO)
        for _ in range(self._chance.randint(0, 3)):
            self._days.at(self._chance.uniform(begins_s, ends_s), self._chance.choice(self._visits))

    def listens_at(self, day: int, *times: str) -> None:
        """PLAY, at these times."""
        for at in times:
            self._days.at(self._days.when(day, at), lambda: self.press(Button.PLAY))

    def _wakes_up(self) -> None:
        self.press(Button.PLAY)
        self._days.after(4.0, self._answers)

    def _listens(self) -> None:
        self.press(Button.PLAY)
        if self._chance.random() < 0.6:
            self._days.after(3.0, self._answers)
        if self._chance.random() < 0.3:
            self._days.after(self._chance.uniform(400.0, 1200.0), lambda: self.press(Button.PLAY))

    def _answers(self) -> None:
        """Turns CHOOSE, and most times pushes it: an answer where something is asked, another set where nothing is."""
        self.turn(Knob.CHOOSE, self._chance.choice([-1, 1, 3, 7]))
        if self._chance.random() < 0.8:
            self._days.after(2.0, lambda: self.press(Button.CHOOSE))

    def _sets_the_level(self) -> None:
        self.turn(Knob.VOLUME, self._chance.choice([-4, -2, -1, 1, 2, 3, 12]))

    def _chooses(self) -> None:
        self.turn(Knob.CHOOSE, self._chance.choice([-2, -1, 1, 2]))
        if self._chance.random() < 0.5:
            self._days.after(1.0, lambda: self.press(Button.CHOOSE))

    def _skips(self) -> None:
        for seconds in range(self._chance.randint(1, 4)):
            self._days.after(seconds * 2.0, lambda: self.press(Button.NEXT))

    def _sleeps(self) -> None:
        self.press(Button.SLEEP)
        self._days.after(60.0, lambda: self.press(Button.SLEEP))  # how long still?

    def _trembles(self) -> None:
        for seconds in (0.0, 0.12, 0.31):
            self._days.after(seconds, lambda: self.press(Button.PLAY, 0.05))

    def _wipes(self) -> None:
        self._panel.hold(Button.SLEEP)
        self._days.after(HELD_S, lambda: self._panel.release(Button.SLEEP))
        self._panel.turn(Knob.VOLUME, 5)
