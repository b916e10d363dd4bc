"""One move and what came of it."""

from dataclasses import dataclass

from device.rules.effects import Effect
from device.rules.events import Event, Pressed, Turned
from device.rules.state import State
from device.rules.view import View
from tests.rules.walk.moves import Move


@dataclass(frozen=True, slots=True)
class Turn:
    """The state before (with its time moved on), the event, the state after as the rules made it, and the effects."""

    move: Move
    before: State
    event: Event
    after: State
    effects: tuple[Effect, ...]
    screen: View  # before, with nobody at the box for long
    looked_at: View  # before, with someone at the box

    @property
    def by_hand(self) -> bool:
        """Whether someone is at the box."""
        return isinstance(self.event, Pressed | Turned)

    def has(self, *kinds: type[Effect]) -> bool:
        """Whether an effect is one of these."""
        return any(isinstance(effect, kinds) for effect in self.effects)
