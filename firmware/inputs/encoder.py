"""Quadrature: from two contacts of a knob to detents. Pure; knows neither which knob nor what it turns.

Clockwise, A closes first. One full cycle of four edges lies between two detents of the knobs we use; at the
detent both contacts are open:

             detent              detent              detent
               |    ____________   |    ____________   |
    A   _______|___|            |__|___|            |__|___        1 = closed
               |         ____________       ____________
    B   _______|________|          |_|_____|           |_|_
               |                   |                   |
    A B       00   10    11    01  00  10    11   01   00          clockwise: to the right

The table gives the quarter turn between two readings. A pair that differs in both contacts means that an edge
was missed; its direction is unknown, so it counts nothing and the quarters around it decide.
"""

#              to: 00  01  10  11        from
_QUARTERS = (
    (0, -1, +1, 0),  # 00
    (+1, 0, 0, -1),  # 01
    (-1, 0, 0, +1),  # 10
    (0, +1, -1, 0),  # 11
)
# The readings at which a knob rests, by its edges from detent to detent.
_RESTS = {4: (0b00,), 2: (0b00, 0b11), 1: (0b00, 0b01, 0b10, 0b11)}


class Encoder:
    """One knob. A detent is told on reaching it, and only if at least half of the way there was seen.

    Chatter and a jiggling hand go to and fro over the same quarters and sum to nothing. The sum starts again
    at each detent, so a missed edge costs at most that one step and never shifts the later ones.
    """

    def __init__(self, edges_per_detent: int = 4, reversed: bool = False) -> None:  # noqa: A002
        if edges_per_detent not in _RESTS:
            raise ValueError(f"edges_per_detent is {edges_per_detent}: encoders have 1, 2 or 4")
        self._rests = _RESTS[edges_per_detent]
        self._enough = max(1, edges_per_detent // 2)
        self._sign = -1 if reversed else 1
        self._reading = 0b00
        self._quarters = 0

    def feed(self, a: bool, b: bool) -> int:
        """The contacts as they are now (True: closed). +1 for a detent clockwise, -1 for one back, else 0."""
        reading = (a << 1) | b
        self._quarters += _QUARTERS[self._reading][reading]
        has_moved, self._reading = reading != self._reading, reading
        if not has_moved or reading not in self._rests:
            return 0
        quarters, self._quarters = self._quarters, 0
        if abs(quarters) < self._enough:
            return 0
        return self._sign if quarters > 0 else -self._sign
