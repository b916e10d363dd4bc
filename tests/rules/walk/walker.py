"""The walk: breadth first through every state that the moves reach, the rules held against each turn on the way."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from time import process_time
from typing import NamedTuple

from device.rules.state import State
from device.rules.step import step
from device.rules.view_of import view
from tests.rules.walk.beds import NOW
from tests.rules.walk.lasting import LASTING
from tests.rules.walk.moves import Move, Moves
from tests.rules.walk.properties import PROPERTIES
from tests.rules.walk.settled import Key, key, settled
from tests.rules.walk.story import Violation
from tests.rules.walk.turns import Turn


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the alphabet, walked from these states. `hands`: whether buttons stay down; `depth`: None walks until
    nothing new is found."""

    name: str
    starts: tuple[State, ...]
    moves: Moves
    hands: bool = False
    depth: int | None = None


class Reached(NamedTuple):
    """A state, and how it was found."""

    state: State
    depth: int
    before: Key | None
    move: Move | None


@dataclass(slots=True)
class Walk:
    """One walk and its figures. `violations`: the first of each rule and last move, and so the
    shortest."""

    slice: Slice
    reached: dict[Key, Reached] = field(default_factory=dict)
    violations: dict[tuple[str, str], Violation] = field(default_factory=dict)
    transitions: int = 0
    depth: int = 0
    closed: bool = True
    seconds: float = 0.0

    @property
    def figures(self) -> str:
        """One line of the table: name, states, transitions, how far, CPU seconds."""
        far = f"{'closed' if self.closed else 'open'} at {self.depth}"
        return f"{self.slice.name:30} {self.states:8,} {self.transitions:11,} {far:>15} {self.seconds:8.1f}"

    @property
    def states(self) -> int:
        """How many states were found."""
        return len(self.reached)


def walk(part: Slice, *, stop_at: str | None = None) -> Walk:
    """Walks the slice, no further than to the first violation of the rule `stop_at`."""
    done, began = Walk(part), process_time()
    queue: deque[Key] = deque()
    for start in part.starts:
        _reach(done, queue, settled(start, hands=part.hands), 0, None, None)
    while queue and not any(name == stop_at for name, _ in done.violations):
        _leave(done, queue, queue.popleft())
    done.seconds = process_time() - began
    return done


def _leave(done: Walk, queue: deque[Key], place: Key) -> None:
    """All that can happen in one state."""
    here = done.reached[place]
    if done.slice.depth is not None and here.depth >= done.slice.depth:
        done.closed = False
        return
    for turn in _turns(here.state, done.slice.moves):
        done.transitions += 1
        for name, rule in PROPERTIES.items():
            if (wrong := rule(turn)) is not None:
                _note(done, name, wrong, place, turn.move)
        _reach(done, queue, turn.after, here.depth + 1, place, turn.move)


def _turns(state: State, moves: Moves) -> Iterator[Turn]:
    screen, looked_at = view(state, NOW), view(replace(state, touched_at=NOW), NOW)
    for move in moves:
        happening = move.happens(state)
        if happening is not None:
            before, event = happening
            after, effects = step(before, event, NOW)
            yield Turn(move, before, event, after, effects, screen, looked_at)


def _reach(done: Walk, queue: deque[Key], state: State, depth: int, before: Key | None, move: Move | None) -> None:
    hands = done.slice.hands
    found = key(state, hands=hands)
    if found in done.reached:
        return
    state = settled(state, hands=hands)
    done.reached[found] = Reached(state, depth, before, move)
    done.depth = max(done.depth, depth)
    queue.append(found)
    for name, rule in LASTING.items():
        if (wrong := rule(state)) is not None:
            _note(done, name, wrong, found, None)


def _note(done: Walk, name: str, wrong: str, place: Key, last: Move | None) -> None:
    kind = (name, "" if last is None else last.name)
    if kind not in done.violations:
        moves = [*_way(done, place), *([] if last is None else [last])]
        done.violations[kind] = Violation(name, wrong, _start(done, place), tuple(moves), done.slice.hands)


def _way(done: Walk, place: Key | None) -> list[Move]:
    """The moves from a start to this state."""
    moves: list[Move] = []
    while place is not None:
        here = done.reached[place]
        moves += [here.move] if here.move else []
        place = here.before
    return moves[::-1]


def _start(done: Walk, place: Key) -> State:
    here = done.reached[place]
    return here.state if here.before is None else _start(done, here.before)
