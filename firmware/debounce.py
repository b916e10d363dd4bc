"""From edges of a contact to presses of a person. Pure: it knows no pins and no clock, times come with the edges.

Two different things bounce. A *contact* chatters for milliseconds when it closes and when it opens; a *hand*
trembles, brushes a neighbour or rests on a button. A press is told on the first edge, because music must
answer at once; everything doubtful comes after it and is left out.
"""

from dataclasses import dataclass, field

from firmware.lines import BUTTON_LINES, Button, Edge

CONTACT_SETTLES = 0.030  # seconds without contact before a contact counts as open
TREMOR = 0.400  # seconds after a press in which the same button is a trembling hand
BRUSH = 0.080  # seconds after a press in which another button is a brushing hand
HELD = 8.0  # seconds after which a button that is still down is stuck or leant on


@dataclass(frozen=True, slots=True)
class Press:
    """A press to act on."""

    button: Button
    at: float


@dataclass(frozen=True, slots=True)
class Touch:
    """A button went down that must not act: tremor, a brushing hand, or down since start."""

    button: Button
    at: float


@dataclass(frozen=True, slots=True)
class Release:
    """The end of a press or touch; `at` is when the contact opened, told once it stayed open."""

    button: Button
    at: float


@dataclass(frozen=True, slots=True)
class Held:
    """Down for more than HELD seconds; told once for each press or touch."""

    button: Button
    at: float


Touched = Press | Touch | Release | Held


@dataclass(slots=True)
class Contact:
    """One contact: closes at its first edge, opens when it stayed open for CONTACT_SETTLES."""

    closed: bool = False
    opened_at: float | None = None

    def feed(self, active: bool, at: float) -> bool:
        """True if the contact closes with this edge. Call `settle(at)` first."""
        if not active:
            if self.closed and self.opened_at is None:
                self.opened_at = at
            return False
        self.opened_at = None
        is_new = not self.closed
        self.closed = True
        return is_new

    def settle(self, now: float) -> float | None:
        """When the contact opened, if `now` is late enough to be sure of it; told once."""
        if self.opened_at is None or now < self.opened_at + CONTACT_SETTLES:
            return None
        opened_at, self.opened_at, self.closed = self.opened_at, None, False
        return opened_at

    def next_deadline(self) -> float | None:
        return None if self.opened_at is None else self.opened_at + CONTACT_SETTLES


@dataclass(slots=True)
class _Key:
    contact: Contact = field(default_factory=Contact)
    pressed_at: float | None = None
    held_at: float | None = None
    """When Held is due."""


class Debounce:
    """All buttons of a box together, for one hand may touch several. One thread calls it, with times in order."""

    def __init__(self) -> None:
        self._keys = {button: _Key() for button in Button}

    def feed(self, edge: Edge) -> tuple[Touched, ...]:
        """What this edge means; edges of other lines mean nothing."""
        told = self.tick(edge.at)
        button = BUTTON_LINES.get(edge.line)
        if button is None or not self._keys[button].contact.feed(edge.active, edge.at):
            return told
        key = self._keys[button]
        key.held_at = edge.at + HELD
        if edge.initial or self._is_doubtful(button, edge.at):
            return (*told, Touch(button, edge.at))
        key.pressed_at = edge.at
        return (*told, Press(button, edge.at))

    def tick(self, now: float) -> tuple[Touched, ...]:
        """What became certain by `now`."""
        told: list[Touched] = []
        for button, key in self._keys.items():
            # A contact that may just have opened counts as down only until then.
            down_until = now if key.contact.opened_at is None else key.contact.opened_at
            if key.held_at is not None and down_until >= key.held_at:
                told.append(Held(button, key.held_at))
                key.held_at = None
            opened_at = key.contact.settle(now)
            if opened_at is not None:
                key.held_at = None
                told.append(Release(button, opened_at))
        return tuple(told)

    def next_deadline(self) -> float | None:
        """When `tick` has something to tell, if no edge comes before."""
        due = [key.contact.next_deadline() or key.held_at for key in self._keys.values()]
        return min((at for at in due if at is not None), default=None)

    def _is_doubtful(self, button: Button, at: float) -> bool:
        return any(
            key.pressed_at is not None and at - key.pressed_at < (TREMOR if other is button else BRUSH)
            for other, key in self._keys.items()
        )
