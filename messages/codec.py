"""Messages to JSON and back. Whatever the peer sends, only MessageError comes out."""

import hashlib
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from messages.entries import DATA, Data, EntryKind
from messages.screen import unpack
from messages.topics import Topic
from messages.wire import (
    Assignment,
    Command,
    Entry,
    Health,
    Hello,
    Log,
    Message,
    Now,
    Presence,
    Receipt,
    Reply,
    Rules,
    Screen,
    Showing,
)

MAX_BYTES = 1_000_000  # under Mosquitto 2.1's default packet limit of 2 MB

TYPES: dict[Topic, type[Message]] = {
    Topic.PRESENCE: Presence,
    Topic.HELLO: Hello,
    Topic.LOG: Log,
    Topic.NOW: Now,
    Topic.HEALTH: Health,
    Topic.REPLY: Reply,
    Topic.SCREEN: Screen,
    Topic.RECEIPT: Receipt,
    Topic.ASSIGNMENT: Assignment,
    Topic.COMMAND: Command,
}

_KINDS: frozenset[str] = frozenset(EntryKind)  # `in` on the enum itself raises TypeError until Python 3.12
_MOMENTS: dict[type[Message], tuple[str, ...]] = {
    Now: ("at",),
    Health: ("at",),
    Screen: ("at",),
    Assignment: ("assigned_at", "rules.expires_at"),
    Command: ("issued_at",),
}
_DEFAULT_RULES = msgspec.to_builtins(Rules())
_CODED = ("code", "args")
_encoder = msgspec.json.Encoder(order="deterministic")
_decoders: dict[type[Message], msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in TYPES.values()
}
M = TypeVar("M", bound=Message)


class MessageError(ValueError):
    """The peer broke the contract: one line that says what is wrong. Count it, log it once, drop the message."""


def encode(message: Message | Data) -> bytes:
    """Canonical JSON: the same message is the same bytes."""
    return _encoder.encode(message)


def decode(kind: type[M], payload: bytes | bytearray | memoryview) -> M:
    """A message of one kind. Raises MessageError, and nothing else, for whatever is not one."""
    if len(payload) > MAX_BYTES:
        raise MessageError(f"{kind.__name__.lower()}: {len(payload)} bytes are more than {MAX_BYTES}")
    try:
        message: M = _decoders[kind].decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise MessageError(f"{kind.__name__.lower()}: {_one_line(error)}") from error
    _refuse_far_moments(message)
    if isinstance(message, Screen):
        _refuse_other_frames(message)
    return message


def entry_data(entry: Entry) -> Data | None:
    """The entry's data by its kind, or None for a kind of a later version.

    A code or arguments that are not as they should be are left out: its `reason` says the same, and a fault that goes
    unseen would be worse. Raises MessageError where the data is not of its kind.
    """
    if entry.kind not in _KINDS:
        return None
    kind = DATA[EntryKind(entry.kind)]
    try:
        return msgspec.convert(entry.data, kind)
    except msgspec.ValidationError as error:
        plain = {name: value for name, value in entry.data.items() if name not in _CODED}
        try:
            return msgspec.convert(plain, kind)
        except msgspec.ValidationError:
            raise MessageError(f"entry {entry.kind}: {_one_line(error)}") from error


def assignment_digest(assignment: Assignment) -> str:
    """SHA-256 of the canonical JSON: by it the ward knows whether what a box applied is what it gave.

    A rule at its default is left out: a peer of another version, which does not know a rule, comes to the same digest
    wherever both do the same.
    """
    fields = msgspec.to_builtins(assignment)
    rules = fields["rules"]
    fields["rules"] = {name: rule for name, rule in rules.items() if rule != _DEFAULT_RULES[name]}
    return hashlib.sha256(msgspec.json.encode(fields)).hexdigest()  # in the order of the fields, as `encode` writes


def _refuse_far_moments(message: Message) -> None:
    """Readers add seconds and change zones, which overflows at the ends of the calendar.

    An entry's time is not looked at: one that was refused would hold up its whole log for ever.
    """
    for name in _MOMENTS.get(type(message), ()):
        moment: datetime | None = attrgetter(name)(message)
        if moment is not None and (moment.utcoffset() or not 1970 <= moment.year < 3000):
            kind = type(message).__name__.lower()
            raise MessageError(f"{kind}: Expected UTC of the years 1970 to 2999 - at `$.{name}`")


def _refuse_other_frames(message: Screen) -> None:
    """Only a picture has a frame: a question's would tell what a patient is about to answer."""
    if message.frame and message.showing is not Showing.PICTURE:
        raise MessageError("screen: Expected a frame only with `picture` - at `$.frame`")
    try:
        _ = unpack(message.frame) if message.frame else b""
    except ValueError as error:
        raise MessageError(f"screen: {_one_line(error)} - at `$.frame`") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:160]
