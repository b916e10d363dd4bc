"""What entries mean for the ward's other rows: sessions, answers, assignments, faults. Each is read once, in order."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from messages import (
    Answered,
    AssignmentApplied,
    AssignmentRefused,
    BoxStarted,
    Data,
    Entry,
    Expired,
    Fault,
    FaultOver,
    MessageError,
    Reset,
    SessionEnded,
    SessionStarted,
    entry_data,
)
from ward.assignments import confirming
from ward.assignments.models import Assignment
from ward.beds.changes import boxes_changed, changed
from ward.fleet.models import Device
from ward.fleet.reasons import fault_since, reason_of
from ward.fleet.text import storable, storable_time
from ward.usage.answers import Answers
from ward.usage.models import BoxLog, FaultTime
from ward.usage.sessions import Sessions

logger = logging.getLogger(__name__)

AHEAD = timedelta(minutes=5)  # a clock that claims to be right and is further ahead than this is not


def read(device: Device, log: BoxLog, first: int, entries: Sequence[Entry], now: datetime) -> None:
    """Entries of `log` from the number `first` on, within the caller's transaction. One that breaks its kind is in the
    log and stays unread."""
    reading = _Reading(device, log, now)
    for seq, entry in enumerate(entries, first):
        try:
            data = entry_data(entry)
        except MessageError as error:
            logger.warning("%s: entry kept, not read: %s", device, error)
            continue
        if data is not None:
            reading.take(seq, entry, data)
    reading.write()


class _Reading:
    """One batch's meaning, gathered so that it costs few queries."""

    def __init__(self, device: Device, log: BoxLog, now: datetime) -> None:
        self._device = device
        self._now = now
        self._sessions = Sessions(device)
        self._answers = Answers(device, log)
        self._places: dict[str, list[tuple[int, bool, datetime]]] = {}
        self._over: list[FaultTime] = []
        self._to_save: set[str] = set()
        self._changed: set[int | None] = set()

    def take(self, seq: int, entry: Entry, data: Data) -> None:
        match data:
            case SessionStarted() | SessionEnded():
                self._session(entry, data)
            case Answered():
                bed = self._bed(entry)
                self._answers.told(data, entry, seq, self._at(entry), bed)
                self._changed.add(bed)
            case AssignmentApplied():
                self._changed.add(confirming.applied(self._device, data, self._at(entry), self._now))
            case AssignmentRefused():
                self._changed.add(confirming.refused(self._device, data, self._now))
            case Reset():
                self._changed.add(confirming.reset(self._device, data, self._at(entry)))
            case Expired():
                self._changed.add(confirming.expired(self._device, data, self._at(entry)))
            case Fault() | FaultOver() | BoxStarted():
                self._fault(entry, data)

    def write(self) -> None:
        self._sessions.write()
        self._answers.write()
        FaultTime.objects.bulk_create(self._over)
        if self._to_save:
            self._device.save(update_fields=self._to_save)
        changed(self._changed)
        if self._to_save:
            boxes_changed([self._device.stands])

    def _session(self, entry: Entry, data: SessionStarted | SessionEnded) -> None:
        bed, at = self._bed(entry), self._at(entry)
        self._changed.add(bed)
        if isinstance(data, SessionEnded):
            self._sessions.ended(data, at, bed, entry.stay, entry.clock_ok)
            return
        self._sessions.started(data, at, bed, entry.stay, entry.clock_ok)
        if entry.stay is not None:
            confirming.played(self._device, bed, entry.stay, at)

    def _fault(self, entry: Entry, data: Fault | FaultOver | BoxStarted) -> None:
        faults = self._device.faults
        match data:
            case Fault():
                faults[data.part] = reason_of(data) | {"since": self._at(entry).isoformat()}
            case FaultOver():
                self._ended(data.part, self._at(entry))
            case BoxStarted():  # what is still broken is told again
                for part in list(faults):
                    self._ended(part, self._at(entry))
                self._sessions.cut(self._at(entry))
                self._device.software = storable(data.software)
        self._to_save |= {"faults", "software"}

    def _ended(self, part: str, until: datetime) -> None:
        """A fault is over: kept for the morning's handover, where it is known when it began and at which bed."""
        told = self._device.faults.pop(part, None)
        since = fault_since(told) if told else None
        if told and since and since < until and self._device.bed_id is not None:
            self._over.append(FaultTime(bed_id=self._device.bed_id, part=part, told=told, since=since, until=until))

    def _at(self, entry: Entry) -> datetime:
        """When it was, by the box; by the ward where the box did not know, or claims the future."""
        at = storable_time(entry.at)
        return at if entry.clock_ok and at <= self._now + AHEAD else self._now

    def _bed(self, entry: Entry) -> int | None:
        """Where the stay was then: a box that was carried elsewhere may still tell of its old bed, and of a stay that
        was moved each box tells what happened at its own bed."""
        if entry.stay is None:
            return self._device.bed_id
        if entry.stay not in self._places:
            rows = Assignment.objects.filter(stay=entry.stay).order_by("-assigned_at", "-version")
            told = rows.values_list("bed_id", "sent_to_id", "assigned_at")
            self._places[entry.stay] = [(bed, box == self._device.pk, at) for bed, box, at in told]
        return _place(self._places[entry.stay], self._at(entry), self._device.bed_id)


def _place(places: Sequence[tuple[int, bool, datetime]], at: datetime, here: int | None) -> int | None:
    """Of the beds where a stay was, the newest first, with whether this box was sent its music there, and when that was
    assigned: the one where it was sent, or else the box's own bed, or else the newest."""
    sent = [(bed, since) for bed, was_sent, since in places if was_sent]
    before = [bed for bed, since in sent if since <= at]
    beds = {bed for bed, _was_sent, _since in places}
    if sent:
        return before[0] if before else sent[-1][0]
    return here if here in beds or not beds else places[0][0]
