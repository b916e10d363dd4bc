"""What happens at the bed on which day of the month. Tables, and who puts them on the agenda."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from device.rules.events import Commanded, LinkChanged
from messages import Verb
from tests.rules.month.days import Days
from tests.rules.month.hands import Hands
from tests.rules.month.life import Clockless, Life
from tests.rules.month.ward import Ward

MORNING, EVENING = "08:30", "19:00"
SLEEP_STARTS, IN_THE_HOUR_THAT_COMES_TWICE = 21 * 60 + 30, 2 * 60 + 30
DISCHARGED, NEXT_STAY, VIGIL, SHARED_FROM, CLOCK_BACK = 12, 13, (20, 22), 24, 24
EXPIRES_DAYS, NOBODY_ASSIGNS = 14, 27  # what was given on day 13 runs out on day 27

NO_NETWORK = (((3, "13:00"), (3, "18:00")), ((8, "20:00"), (9, "06:00")), ((16, "19:30"), (19, "12:00")))
NO_SCREEN = (
    ((5, "11:00"), (5, "15:00")),
    ((9, "22:00"), (10, "08:00")),
    ((21, "12:00"), (21, "12:01")),
    ((21, "12:02"), (21, "12:03")),
    ((25, "01:30"), (25, "04:00")),
)
NO_CARD = (((4, "14:00"), (4, "14:40")), ((10, "21:20"), (10, "21:50")), ((18, "03:00"), (18, "03:10")))
PLAYER_DIES = {6: ("09:00", "15:00"), 22: ("21:40", "21:40")}
# From, to, and how long the clock is not known after it: NTP comes late.
NO_POWER = (
    ((7, "16:00"), (7, "19:20"), 0.0),
    ((14, "21:25"), (14, "21:35"), 1200.0),
    ((21, "04:00"), (21, "04:02"), 1200.0),
    ((28, "10:00"), (28, "12:00"), 1200.0),
)
# What the patient does on an evening at whose 21:30 sleep music may begin by itself; on all others, nothing.
EVENINGS: dict[int, tuple[str, ...]] = {
    2: ("21:20",),  # listens already
    5: ("20:50", "21:00"),  # has just stopped it
    17: ("21:20",),
    19: ("20:45", "20:58"),
    23: ("20:50", "21:05"),
}
NURSE_CALLED = {6: (("21:25", "21:40"),), 11: (("10:15", "10:25"),)}
NO_START = frozenset({2, 5, 6, 10, 14, 17, 19, DISCHARGED, 20, 21, 23, NOBODY_ASSIGNS})


class Plan:
    """Puts a month on the agenda, day by day. `life` answers the box that is plugged in, or None."""

    def __init__(self, days: Days, ward: Ward, hands: Hands, life: Callable[[], Life | None]) -> None:
        self._days = days
        self._ward = ward
        self._hands = hands
        self._life = life

    def expected_starts(self, days: range) -> list[str]:
        """The local moments at which sleep music begins by itself in these nights."""
        found = []
        for day in days:
            if day not in NO_START:
                is_twice = day == CLOCK_BACK
                when_s = self._days.when(day + 1, "02:30") if is_twice else self._days.when(day, "21:30")
                found.append(self._days.utc_at(when_s).astimezone(self._days.zone).strftime("%m-%d %H:%M%z"))
        return found

    def put(self, day: int) -> None:
        """One day and its night."""
        self._hands.by_day(day)
        if day != CLOCK_BACK:  # nobody touches the box in the night in which an hour comes twice
            self._hands.by_night(day)
        self._hands.listens_at(day, *EVENINGS.get(day, ()))
        self._at(day, MORNING, lambda: self._round(day, is_evening=False))
        self._at(day, EVENING, lambda: self._round(day, is_evening=True))
        self._at(day, "14:10", self._hands.cleans)
        self._staff(day)
        for at in PLAYER_DIES.get(day, ()):
            self._at(day, at, self._player)
        for from_, to in NURSE_CALLED.get(day, ()):
            self._at(day, from_, partial(self._hands.nurse_call, True))
            self._at(day, to, partial(self._hands.nurse_call, False))

    def outages(
        self,
        days: range,
        cut: Callable[[Clockless], None],
        back: Callable[[], None],
        plug_screen: Callable[[bool], None],
    ) -> None:
        """Everything that is lost and comes back on these days."""
        for lost, found, act in (
            *((*outage, self._network) for outage in NO_NETWORK),
            *((*outage, plug_screen) for outage in NO_SCREEN),
            *((*outage, self._card) for outage in NO_CARD),
        ):
            if lost[0] in days:
                self._at(*lost, partial(act, False))
                self._at(*found, partial(act, True))
        for lost, found, unknown_s in NO_POWER:
            if lost[0] in days:
                behind_s = self._days.when(*found) - self._days.when(*lost)
                self._at(*lost, partial(cut, Clockless(behind_s if unknown_s else 0.0, unknown_s)))
                self._at(*found, back)

    def _at(self, day: int, at: str, act: Callable[[], None]) -> None:
        self._days.at(self._days.when(day, at), act)

    def _round(self, day: int, *, is_evening: bool) -> None:
        """A nurse comes by, in the morning and in the evening."""
        if day == DISCHARGED and not is_evening:
            self._ward.discharge()
        elif day not in {DISCHARGED, NOBODY_ASSIGNS}:
            slugs = ("calm", "rain", "sleep") if day < DISCHARGED else ("garden", "calm", "sleep")
            self._ward.give(
                "stay-a" if day < DISCHARGED else "stay-b", *slugs, **self._rules(day, is_evening=is_evening)
            )

    def _rules(self, day: int, *, is_evening: bool) -> dict[str, Any]:
        rules: dict[str, Any] = {
            "ask_before": "pain",
            "ask_after": "change",
            "ask_sleep": True,
            "reminders": (10 * 60, 15 * 60),
            "expires_at": self._expires_at(day),
            "shared_room": day >= SHARED_FROM,
        }
        if day < DISCHARGED:
            rules |= {"cap_day_dba": 58.0, "cap_night_dba": 42.0}
        begins, ends = VIGIL
        if begins <= day < ends or (day == ends and not is_evening):
            rules["vigil"] = True
        elif is_evening:
            rules["sleep_starts"] = IN_THE_HOUR_THAT_COMES_TWICE if day == CLOCK_BACK else SLEEP_STARTS
        return rules

    def _expires_at(self, day: int) -> datetime:
        given = 1 if day < DISCHARGED else NEXT_STAY if day < NOBODY_ASSIGNS else day
        return self._days.utc_at(self._days.when(given, MORNING)) + timedelta(days=EXPIRES_DAYS)

    def _staff(self, day: int) -> None:
        """Someone looks for the box each fifth day, once by night; someone stops the music each seventh."""
        if day % 5 == 0:
            self._at(day, "11:11", lambda: self._command(Verb.LOCATE))
        if day == 11:
            self._at(day + 1, "03:30", lambda: self._command(Verb.LOCATE, forced=True))
        if day % 7 == 0:
            self._at(day, "17:00", lambda: self._command(Verb.STOP))

    def _command(self, verb: Verb, *, forced: bool = False) -> None:
        life = self._life()
        if life:
            if verb is Verb.LOCATE:
                self._hands.is_looked_for()
            life.tell(Commanded(f"c{self._days.acts}", verb, forced=forced))

    def _network(self, up: bool) -> None:
        self._ward.network(up)
        life = self._life()
        if life:
            life.tell(LinkChanged(up, up))

    def _card(self, plugged: bool) -> None:
        life = self._life()
        if life:
            life.speaker.plug(plugged)

    def _player(self) -> None:
        life = self._life()
        if life:
            life.speaker.die()
