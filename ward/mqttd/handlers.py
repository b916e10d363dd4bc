"""What a decoded message means for the rows, and what is to be answered. Knows no connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import messages
from messages import Health, Hello, Log, Message, Now, Presence, Receipt, Reply, Screen, Topic
from ward.assignments import confirming
from ward.fleet import last_seen, screens
from ward.fleet.commands import answered
from ward.fleet.models import Device
from ward.usage.ingest import ingest_log, meet, through_of

TOGETHER = 1_000  # entries; more in one statement is not faster


@dataclass(frozen=True, slots=True)
class Received:
    """A message as the broker handed it over; `retained` ones are from an unknown time ago."""

    topic: str
    payload: bytes
    retained: bool


@dataclass(frozen=True, slots=True)
class Decoded:
    """The message itself, and which box said it."""

    device_id: str
    message: Message
    retained: bool


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message for one box, to be published after COMMIT."""

    device_id: str
    word: Topic
    message: Message

    @property
    def topic(self) -> str:
        return messages.topic(self.device_id, self.word)


def joined(said: Sequence[Decoded]) -> list[Decoded]:
    """Batches of one log that follow on each other become one: a box that sends each entry alone costs no more."""
    found: list[Decoded] = []
    last: dict[str, int] = {}  # a box's last message, by its place in `found`
    for one in said:
        place = last.get(one.device_id)
        together = None if place is None or one.retained else _together(found[place].message, one.message)
        if place is not None and together is not None:
            found[place] = Decoded(one.device_id, together, retained=False)
        else:
            last[one.device_id] = len(found)
            found.append(one)
    return found


def _together(before: Message, after: Message) -> Log | None:
    if not isinstance(before, Log) or not isinstance(after, Log) or before.log_id != after.log_id:
        return None
    count = len(before.entries)
    if after.first_seq != before.first_seq + count or count >= TOGETHER:
        return None
    return Log(log_id=before.log_id, first_seq=before.first_seq, entries=before.entries + after.entries)


def take(device: Device, message: Message, now: datetime, retained: bool) -> Outgoing | None:
    """Writes one message's meaning within the caller's transaction. Raises only what the database raises.

    What a broker kept is from an unknown time ago and may be anybody's: only a presence is meant to be kept.
    """
    if retained and not isinstance(message, Presence):
        return None
    match message:
        case Log():
            return _receipt(device, ingest_log(device, message, now))
        case Hello():
            last_seen.note_hello(device, message, now)
            screens.ask_again(device)
            receipt = meet(device, message)
            confirming.hello(device, message, through_of(device, message.log_id), now)
            return _receipt(device, receipt)
        case Now():
            last_seen.note_now(device, message, now)
        case Health():
            last_seen.note_health(device, message, now)
            confirming.tracks_held(device, message.tracks_held, message.tracks_needed)
        case Presence():
            last_seen.note_presence(device, message, now, retained)
        case Reply():
            answered(device, message, now)
        case Screen():
            screens.note_screen(device, message, now)
    return None


def _receipt(device: Device, receipt: Receipt) -> Outgoing:
    return Outgoing(str(device.pk), Topic.RECEIPT, receipt)
