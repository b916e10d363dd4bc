"""What hands did: presses, turns and the nurse-call relay, from raw edges. Pure; knows not what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from firmware.inputs.debounce import Brushed, Contact, Debounce, Pressed, Released, StuckDown
from firmware.inputs.encoder import Encoder
from firmware.inputs.lines import KNOB_LINES, Button, Edge, Knob, Line

__all__ = [
    "Brushed",
    "Button",
    "Input",
    "Inputs",
    "Knob",
    "NurseCall",
    "Pressed",
    "Released",
    "StuckDown",
    "Turned",
]


class Wiring(Protocol):
    """What the knobs depend on of a board (`firmware.gpio.board`)."""

    @property
    def edges_per_detent(self) -> Mapping[Knob, int]:
        """How many edges of a knob make one detent."""

    @property
    def reversed_knobs(self) -> frozenset[Knob]:
        """Knobs whose two contacts are swapped."""


@dataclass(frozen=True, slots=True)
class Turned:
    """A knob passed detents; clockwise is positive."""

    knob: Knob
    detents: int
    at: float


@dataclass(frozen=True, slots=True)
class NurseCall:
    """The nurse-call relay closed (silence, please) or opened again."""

    active: bool
    at: float


Input = Pressed | Brushed | Released | StuckDown | Turned | NurseCall


class Inputs:
    """The pure layer over `Controls`: put every edge in, sleep until `next_deadline()`, then `tick`.

    One thread calls it; times are monotonic seconds and come in order.
    """

    def __init__(self, board: Wiring) -> None:
        self._debounce = Debounce()
        self._relay = Contact()
        self._knobs: dict[Line, Knob] = {line: knob for knob, lines in KNOB_LINES.items() for line in lines}
        self._encoders = {knob: Encoder(board.edges_per_detent[knob], knob in board.reversed_knobs) for knob in Knob}
        self._closed = dict.fromkeys(self._knobs, False)

    def feed(self, edge: Edge) -> tuple[Input, ...]:
        """What this edge means, with all that became certain before it."""
        if edge.line in self._knobs:
            return (*self.tick(edge.at), *self._turn(edge))
        relay = self._settle_relay(edge.at)
        if edge.line is Line.NURSE_CALL:
            was_closed = self._relay.closed
            self._relay.feed(edge.active, edge.at, initial=edge.initial)
            return (*relay, *((NurseCall(True, edge.at),) if self._relay.closed and not was_closed else ()))
        return (*relay, *self._debounce.feed(edge))

    def tick(self, now: float) -> tuple[Input, ...]:
        """What became certain by `now`."""
        return (*self._settle_relay(now), *self._debounce.tick(now))

    def next_deadline(self) -> float | None:
        """When `tick` has something to tell, if no edge comes before; None: only an edge can."""
        due = (self._debounce.next_deadline(), self._relay.next_deadline())
        return min((at for at in due if at is not None), default=None)

    def _turn(self, edge: Edge) -> tuple[Input, ...]:
        knob = self._knobs[edge.line]
        self._closed[edge.line] = edge.active
        a, b = (self._closed[line] for line in KNOB_LINES[knob])
        detents = self._encoders[knob].feed(a, b)
        return (Turned(knob, detents, edge.at),) if detents else ()

    def _settle_relay(self, now: float) -> tuple[Input, ...]:
        closed_at, opened_at = self._relay.closes(now), self._relay.opens(now)
        told = (NurseCall(True, closed_at),) if closed_at is not None else ()
        return (*told, NurseCall(False, opened_at)) if opened_at is not None else told
