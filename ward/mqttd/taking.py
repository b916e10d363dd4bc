"""What a decoded message means for the rows, and what is to be answered. Knows no connection."""

from dataclasses import dataclass
from datetime import datetime

import messages
from messages import Health, Hello, Log, Message, Now, Presence, Receipt, Reply, Topic
from ward.assignments import confirming
from ward.fleet import listening
from ward.fleet.commands import answered
from ward.fleet.models import Device
from ward.usage.ingest import ingest_log, meet


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as the broker handed it over; `retained` ones are from an unknown time ago."""

    topic: str
    payload: bytes
    retained: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A message for one box, to be published after COMMIT."""

    device_id: str
    word: Topic
    message: Message

    @property
    def topic(self) -> str:
        return messages.topic(self.device_id, self.word)


def take(device: Device, message: Message, now: datetime, retained: bool) -> Answer | None:
    """Writes one message's meaning within the caller's transaction. Raises only what the database raises."""
    match message:
        case Log():
            return _receipt(device, ingest_log(device, message, now))
        case Hello():
            listening.hear_hello(device, message)
            receipt = meet(device, message)
            confirming.hello(device, message, receipt.through, now)
            return _receipt(device, receipt)
        case Now():
            listening.hear_now(device, message, now)
        case Health():
            listening.hear_health(device, message, now)
            confirming.pieces_held(device, message.pieces_held, message.pieces_needed)
        case Presence():
            listening.hear_presence(device, message, now, retained)
        case Reply():
            answered(device, message, now)
    return None


def _receipt(device: Device, receipt: Receipt) -> Answer:
    return Answer(str(device.pk), Topic.RECEIPT, receipt)
