"""Boxes whose rows someone holds: what they say waits, in order, and is tried again. One thread."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ward.mqttd.handlers import Decoded

FIRST_S, LONGEST_S = 1.0, 10.0  # between two tries
MOST = 100  # messages of one box: it repeats its entries until they are receipted, and the rest is soon old


@dataclass(slots=True)
class _Waiting:
    due: float
    wait_s: float = FIRST_S
    said: deque[tuple[Decoded, datetime]] = field(default_factory=lambda: deque(maxlen=MOST))


class Aside:
    """By the box's id. What came first is tried first; of more than a hundred messages the oldest are dropped."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting: dict[str, _Waiting] = {}

    def __contains__(self, device_id: object) -> bool:
        return device_id in self._waiting

    def ids(self) -> frozenset[str]:
        """All boxes that wait."""
        return frozenset(self._waiting)

    def put(self, said: Decoded, at: datetime) -> None:
        """Keep a message that came at `at`; its box waits from now on."""
        self._waiting.setdefault(said.device_id, _Waiting(self._clock() + FIRST_S)).said.append((said, at))

    def hold(self, device_id: str) -> None:
        """The box waits, though it said nothing: what the ward has for it could not be claimed."""
        self._waiting.setdefault(device_id, _Waiting(self._clock() + FIRST_S))

    def due(self) -> list[str]:
        """Whose turn it is to be tried."""
        now = self._clock()
        return [device_id for device_id, one in self._waiting.items() if one.due <= now]

    def said(self, device_id: str) -> list[tuple[Decoded, datetime]]:
        """What waits of one box."""
        return list(self._waiting[device_id].said)

    def over(self, device_id: str) -> None:
        """It is written."""
        del self._waiting[device_id]

    def not_yet(self, device_id: str) -> None:
        """Someone holds it still: later, and longer each time."""
        one = self._waiting[device_id]
        one.wait_s = min(2 * one.wait_s, LONGEST_S)
        one.due = self._clock() + one.wait_s
