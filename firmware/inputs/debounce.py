"""From edges of a contact to presses of a person. Pure: it knows no pins and no clock, times come with the edges.

Two different things bounce. A *contact* chatters for milliseconds when it closes and when it opens; a *hand*
trembles, brushes a neighbour or rests on a button. A press is told as soon as the contact has stayed closed for 2 ms,
because music must answer at once and a spike on the wire (a pump, a phone, a static shock) is no finger; everything
doubtful comes after it and is left out.
"""

from dataclasses import dataclass, field

from firmware.inputs.lines import BUTTON_LINES, Button, Edge

CONTACT_CLOSES = 0.002  # seconds of contact before it counts as closed: no finger is as short, no hand feels the wait
CONTACT_SETTLES = 0.030  # seconds without contact before a contact counts as open
TREMOR = 0.400  # seconds after a press in which the same button is a trembling hand
BRUSH = 0.080  # seconds after a press in which another button is a brushing hand
HELD = 8.0  # seconds after which a button that is still down is stuck or leant on


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button to act on; `at` is when its contact closed, told once that was no spike."""

    button: Button
    at: float


@dataclass(frozen=True, slots=True)
class Brushed:
    """A button is down but must not act: tremor, a brushing hand, or down since start.

    It is told so that two buttons put down together can still be the staff's chord; `Released` ends it too.
    """

    button: Button
    at: float


@dataclass(frozen=True, slots=True)
class Released:
    """The end of a `Pressed` or `Brushed`; `at` is when the contact opened, told once it stayed open."""

    button: Button
    at: float


@dataclass(frozen=True, slots=True)
class StuckDown:
    """Down for more than HELD seconds; told once for each press or touch."""

    button: Button
    at: float


Touched = Pressed | Brushed | Released | StuckDown


@dataclass(slots=True)
class Contact:
    """One contact: closes when it stayed closed for CONTACT_CLOSES, opens when it stayed open for CONTACT_SETTLES."""

    closed: bool = False
    closing_at: float | None = None
    """Since when it is closed, while nobody knows whether that is more than a spike."""
    opened_at: float | None = None

    def feed(self, active: bool, at: float, *, initial: bool = False) -> None:
        """An edge; `initial`: a level that was found, which is no spike. Call `closes(at)` and `opens(at)` first."""
        if not active:
            self.closing_at = None
            if self.closed and self.opened_at is None:
                self.opened_at = at
        elif self.closed:
            self.opened_at = None
        elif initial:
            self.closed = True
        elif self.closing_at is None:
            self.closing_at = at

    def closes(self, now: float) -> float | None:
        """When the contact closed, if `now` is late enough to be sure of it; told once."""
        if self.closing_at is None or now < self.closing_at + CONTACT_CLOSES:
            return None
        closed_at, self.closing_at, self.closed = self.closing_at, None, True
        return closed_at

    def opens(self, now: float) -> float | None:
        """When the contact opened, if `now` is late enough to be sure of it; told once."""
        if self.opened_at is None or now < self.opened_at + CONTACT_SETTLES:
            return None
        opened_at, self.opened_at, self.closed = self.opened_at, None, False
        return opened_at

    def next_deadline(self) -> float | None:
        """When one of the two becomes certain, if no edge comes before."""
        if self.closing_at is not None:
            return self.closing_at + CONTACT_CLOSES
        return None if self.opened_at is None else self.opened_at + CONTACT_SETTLES


@dataclass(slots=True)
class _Key:
    contact: Contact = field(default_factory=Contact)
    pressed_at: float | None = None
    held_at: float | None = None
    """When StuckDown is due."""


class Debounce:
    """All buttons of a box together, for one hand may touch several. One thread calls it, with times in order."""

    def __init__(self) -> None:
        self._keys = {button: _Key() for button in Button}

    def feed(self, edge: Edge) -> tuple[Touched, ...]:
        """What became certain by this edge; edges of other lines mean nothing more."""
        told = self.tick(edge.at)
        button = BUTTON_LINES.get(edge.line)
        if button is None:
            return told
        contact = self._keys[button].contact
        was_closed = contact.closed
        contact.feed(edge.active, edge.at, initial=edge.initial)
        if was_closed or not contact.closed:
            return told
        self._keys[button].held_at = edge.at + HELD
        return (*told, Brushed(button, edge.at))

    def tick(self, now: float) -> tuple[Touched, ...]:
        """What became certain by `now`."""
        ended = [one for button, key in self._keys.items() for one in self._ended(button, key, now)]
        closed = [(at, button) for button, key in self._keys.items() if (at := key.contact.closes(now)) is not None]
        begun = [self._begun(button, at) for at, button in sorted(closed)]
        late = [one for _, button in closed for one in self._ended(button, self._keys[button], now)]
        return (*ended, *begun, *late)

    def next_deadline(self) -> float | None:
        """When `tick` has something to tell, if no edge comes before."""
        due = [key.contact.next_deadline() or key.held_at for key in self._keys.values()]
        return min((at for at in due if at is not None), default=None)

    def _begun(self, button: Button, at: float) -> Pressed | Brushed:
        key = self._keys[button]
        key.held_at = at + HELD
        if self._is_doubtful(button, at):
            return Brushed(button, at)
        key.pressed_at = at
        return Pressed(button, at)

    @staticmethod
    def _ended(button: Button, key: _Key, now: float) -> list[Touched]:
        """Held for too long, released, or neither."""
        told: list[Touched] = []
        # A contact that may just have opened counts as down only until then.
        down_until = now if key.contact.opened_at is None else key.contact.opened_at
        if key.held_at is not None and down_until >= key.held_at:
            told.append(StuckDown(button, key.held_at))
            key.held_at = None
        opened_at = key.contact.opens(now)
        if opened_at is not None:
            key.held_at = None
            told.append(Released(button, opened_at))
        return told

    def _is_doubtful(self, button: Button, at: float) -> bool:
        return any(
            key.pressed_at is not None and at - key.pressed_at < (TREMOR if other is button else BRUSH)
            for other, key in self._keys.items()
        )
