"""Random but plausible hands: what is done to a box and when, from a seed alone. Knows no box and does nothing itself.

The same seed does the same acts after the same pauses, whatever the box answers, so that a seed can be replayed.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PRESS_S = 0.08  # a finger's quick press, as the panel makes it
DAY, NIGHT = ("09:12", "14:40", "20:58", "06:58"), ("21:30", "02:10", "06:58", "20:58")
DATE = "2026-11-10"  # far from a change of clocks
FIRST_PRESS_S = 1.0


@dataclass(frozen=True, slots=True)
class Action:
    """At `at` seconds: requests to the panel, each after a pause. One that begins with "ward:" is for the ward."""

    at: float
    kind: str
    requests: tuple[tuple[float, str], ...]


Draw = tuple[str, tuple[tuple[float, str], ...], tuple[tuple[float, str, str], ...]]  # kind, requests, what comes later


class Hands:
    """Someone at a bed, and whoever pulls its plugs."""

    def __init__(self, seed: str, *, has_ward: bool = False) -> None:
        self._chance = random.Random(seed)
        self._order = itertools.count()
        self._kinds: dict[str, tuple[float, Callable[[], Draw]]] = {
            "next": (26, lambda: _one("next", "press?button=next")),
            "play": (20, lambda: _one("play", "press?button=play")),
            "sleep": (6, lambda: _one("sleep", "press?button=sleep")),
            "choose": (11, self._choose),
            "volume": (14, self._volume),
            "tremor": (6, self._tremor),
            "brush": (5, self._brush),
            "clock": (5, self._clock),
            "sound card": (3, lambda: self._outage("sound card", "sound", 1.5, 8.0)),
            "screen": (1.5, lambda: self._outage("screen", "screen", 2.0, 8.0)),
            "nurse call": (1.5, self._nurse_call),
            "power": (0.7, lambda: self._outage("power", "power", 2.0, 5.0)),
            "cleaning": (0.3, self._cleaning),
        }
        if has_ward:
            self._kinds["network"] = (4, lambda: self._outage("network", "network", 3.0, 30.0))
            self._kinds["assign"] = (4, lambda: _one("assign", f"ward:assign {self._chance.randrange(1, 8)}"))
            self._kinds["ward's stop"] = (3, lambda: _one("ward's stop", "ward:stop"))

    def actions(self) -> Iterator[Action]:
        """Without end, in the order of time; the first is a press of PLAY."""
        later: list[tuple[float, int, str, str]] = []
        now = FIRST_PRESS_S
        yield Action(now, "play", ((0.0, "press?button=play"),))
        while True:
            now += self._pause_s()
            kind, requests, follow = self._kind()
            for after_s, what, request in follow:
                heapq.heappush(later, (now + after_s, next(self._order), what, request))
            while later and later[0][0] <= now:
                at, _, what, request = heapq.heappop(later)
                yield Action(at, what, ((0.0, request),))
            yield Action(now, kind, requests)

    def _kind(self) -> Draw:
        weights = [weight for weight, _ in self._kinds.values()]
        draw = self._chance.choices(list(self._kinds.values()), weights)[0][1]
        return draw()

    def _pause_s(self) -> float:
        """Fingers that go on at once, people who listen a little, people who listen."""
        shortest, longest = self._chance.choices(((0.45, 1.2), (1.5, 8.0), (8.0, 25.0)), (25, 58, 17))[0]
        return self._chance.uniform(shortest, longest)

    def _choose(self) -> Draw:
        turn = (0.0, f"turn?knob=choose&steps={self._chance.choice((-2, -1, 1, 1, 2))}")
        pushes = self._chance.random() < 0.6  # else the name rests and is taken after 3 s
        return "choose", (turn, (self._chance.uniform(0.3, 1.5), "press?button=choose")) if pushes else (turn,), ()

    def _volume(self) -> Draw:
        steps = self._chance.choice((-6, -3, -2, -1, 1, 2, 3, 5))
        return _one("volume", f"turn?knob=volume&steps={steps}")

    def _tremor(self) -> Draw:
        """The same button again, too soon to be meant."""
        press = f"press?button={self._chance.choice(('play', 'next', 'sleep'))}"
        again_s = self._chance.uniform(0.02, 0.25)
        return "tremor", ((0.0, press), (again_s, press)), ()

    def _brush(self) -> Draw:
        """A neighbour is touched on the way."""
        one, other = self._chance.sample(("play", "sleep", "next"), 2)
        downs = ((0.0, f"hold?button={one}"), (self._chance.uniform(0.01, 0.05), f"hold?button={other}"))
        return "brush", (*downs, (0.06, f"release?button={one}"), (0.02, f"release?button={other}")), ()

    def _clock(self) -> Draw:
        times = self._chance.choice((DAY, NIGHT))
        return _one("clock", f"clock?to={DATE}T{self._chance.choice(times)}")

    def _outage(self, kind: str, part: str, shortest: float, longest: float) -> Draw:
        back_s = self._chance.uniform(shortest, longest)
        back = (back_s, f"{kind} back", f"plug?part={part}&in=true")
        return f"{kind} out", ((0.0, f"plug?part={part}&in=false"),), (back,)

    def _nurse_call(self) -> Draw:
        back = (self._chance.uniform(1.0, 6.0), "nurse call over", "nurse_call?active=false")
        return "nurse call", ((0.0, "nurse_call?active=true"),), (back,)

    def _cleaning(self) -> Draw:
        """PLAY and NEXT together for more than five seconds; then nothing acts for two minutes."""
        downs = ((0.0, "hold?button=play"), (0.1, "hold?button=next"))
        return "cleaning", (*downs, (5.3, "release?button=play"), (0.05, "release?button=next")), ()


def _one(kind: str, request: str) -> Draw:
    return kind, ((0.0, request),), ()
