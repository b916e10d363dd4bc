"""The ward at the other end of a network that comes and goes: what it gives, and what it makes of the box's entries."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import messages
from device.link import translate
from device.log.log import Log
from device.rules.events import Assigned
from messages import Answered, Fault, FaultOver, Outcome, Part, SessionEnded, SessionStarted
from tests.rules.bed import SLEEP, TITLES
from tests.rules.month.days import NIGHT_BEGINS, NIGHT_ENDS, Days

BATCH = 200


@dataclass(slots=True)
class Entries:
    """What came of the box's log, and what must hold for it. Keeps counts, no entries."""

    days: Days
    log_id: str = ""
    next_seq: int = 1
    kinds: Counter[str] = field(default_factory=Counter)
    most_unsent: int = 0
    _stay: str | None = None
    _boot: str = ""
    _faults: set[Part] = field(default_factory=set)
    _session: str | None = None

    def take(self, batch: messages.Log) -> int:
        """A batch; the number up to which it was taken."""
        assert self.log_id in {"", batch.log_id}
        assert batch.first_seq == self.next_seq, "a hole, or an entry twice"
        self.log_id = batch.log_id
        for entry in batch.entries:
            data = messages.entry_data(entry)
            assert data is not None
            self.kinds[entry.kind] += 1
            self._take(entry, data)
        self.next_seq += len(batch.entries)
        return self.next_seq - 1

    def _take(self, entry: messages.Entry, data: messages.Data) -> None:
        match data:
            case messages.BoxStarted():
                self._boot, self._session = entry.boot, None
                self._faults.clear()  # what was lost when the power went is told again
            case messages.AssignmentApplied():
                self._stay = entry.stay
            case messages.Reset():
                assert entry.stay == self._stay
                self._stay = None
                return
            case Answered():
                self._is_by_day(entry, data)
            case Fault(part=part):
                assert part not in self._faults, f"{part} was told as lost twice"
                self._faults.add(part)
            case FaultOver(part=part):
                assert part in self._faults, f"{part} came back and was never lost"
                self._faults.remove(part)
            case SessionStarted(session=session):
                assert self._session is None, "two sessions at once"
                self._session = session
            case SessionEnded(session=session):
                assert self._session == session
                self._session = None
        assert entry.boot == self._boot
        assert entry.stay == self._stay, "an entry of another stay"

    def _is_by_day(self, entry: messages.Entry, answer: Answered) -> None:
        """Asked by day, and answered by day; where night comes over a question it goes away unanswered."""
        assert entry.clock_ok, "asked while nobody knew the time"
        local = entry.at.astimezone(self.days.zone)
        asked = local - timedelta(seconds=answer.took_s)
        assert _is_day(asked)
        assert _is_day(local) or answer.outcome is Outcome.NOT_ANSWERED

    @property
    def lost_now(self) -> set[Part]:
        """The parts that are lost, by the log."""
        return self._faults


def _is_day(local: datetime) -> bool:
    return NIGHT_ENDS <= local.hour < NIGHT_BEGINS


class Ward:
    """Gives assignments, whole and numbered. What the network does not carry now goes with its return."""

    def __init__(self, days: Days, deliver: Callable[[Assigned], bool]) -> None:
        self.entries = Entries(days)
        self.has_network = True
        self.held: messages.Assignment | None = None  # by the box
        self._newest: messages.Assignment | None = None
        self._days = days
        self._deliver = deliver

    def give(self, stay: str, *slugs: str, **rules: Any) -> None:
        """An assignment of these playlists and rules."""
        playlists = tuple(_ref(slug) for slug in slugs)
        self._send(stay, playlists, messages.Rules(**rules))

    def discharge(self) -> None:
        """The stay ends."""
        self._send(None, (), messages.Rules())

    def hello(self) -> None:
        """The box is there again, or for the first time: it is told what holds, as often as it comes."""
        if self._newest is not None and self.has_network and self._deliver(translate.assigned(self._newest)):
            self.held = self._newest

    def network(self, up: bool) -> None:
        """It goes, or comes back."""
        self.has_network = up
        self.hello()

    @property
    def rules(self) -> messages.Rules:
        """What holds at the bed now."""
        held = self.held
        is_over = held is None or (held.rules.expires_at is not None and self._days.utc >= held.rules.expires_at)
        return messages.Rules() if held is None or is_over else held.rules

    def receive(self, log: Log) -> None:
        """Take what waits on the box, if the network carries it, and give receipts."""
        self.entries.most_unsent = max(self.entries.most_unsent, log.unsent().waiting)
        if not self.has_network or not log.unsent().waiting:
            return
        log.flush()
        while batch := log.batch(BATCH):
            log.receipt(batch.log_id, self.entries.take(batch))

    def _send(self, stay: str | None, playlists: tuple[messages.PlaylistRef, ...], rules: messages.Rules) -> None:
        version = 1 if self._newest is None else self._newest.version + 1
        self._newest = messages.Assignment(
            version=version, stay=stay, assigned_at=self._days.utc, playlists=playlists, rules=rules
        )
        self.hello()
        self.hello()  # until an entry confirms it the ward repeats itself


def _ref(slug: str) -> messages.PlaylistRef:
    tracks = tuple(
        messages.TrackRef(sha256=sha256, title=title, seconds=180.0)
        for sha256, title in TITLES.items()
        if title in _MEMBERS[slug]
    )
    purpose = "sleep" if slug == SLEEP.slug else "comfort"
    return messages.PlaylistRef(
        slug=slug, title=slug.title(), label=slug.title()[:8], purpose=purpose, arc="u", tracks=tracks
    )


_MEMBERS = {
    "calm": {"tide", "harbour", "meadow"},
    "sleep": {"dusk", "lamp"},
    "garden": {"moss", "fern"},
    "rain": {"drops", "slate"},
}
