"""What a box sends over one connection and in which order: presence, hello, then the log, one batch at a time.

Knows neither thread nor socket: `take` what arrived, `speak` what is due. Entries are sent again until their receipt:
after 5 s, doubling to 60 s, at once when the ward comes back online; a new connection starts a new talk. A batch that
fails twice is sent in halves. A single entry that fails is sent only just after the ward has answered a hello; if that
fails for minutes, it is given up, because it would hold up all entries after it.
"""

import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

import messages
from device.link import translate
from device.link.ear import Ear
from device.link.fitting import Fitting
from device.log.log import Log
from device.rules.commands import CAPABILITIES
from device.rules.events import Event, LinkChanged

TOPIC_BYTES = 100  # of a packet beside its payload: topic, header, number and MQTT 5's properties
MOST_REPLIES = 100
MOST_ANSWERED = 64


@dataclass(frozen=True, slots=True)
class Facts:
    """What a hello says about the assignment on the box."""

    assignment_version: int = 0
    stay: str | None = None


@dataclass(slots=True)
class Outbox:
    """Messages to send; filled by the box's thread, emptied by the courier's. Appending never waits."""

    facts: Facts = Facts()
    now: deque[messages.Now] = field(default_factory=lambda: deque(maxlen=1))
    health: deque[messages.Health] = field(default_factory=lambda: deque(maxlen=1))
    screen: deque[messages.Screen] = field(default_factory=lambda: deque(maxlen=1))
    replies: deque[messages.Reply] = field(default_factory=lambda: deque(maxlen=MOST_REPLIES))


@dataclass(frozen=True, slots=True)
class Identity:
    """The sender: this box, its software and its boot."""

    device_id: str
    software: str
    boot: str

    def presence(self, *, online: bool) -> tuple[str, bytes]:
        """Topic and payload of the box's presence."""
        message = messages.Presence(online=online, software=self.software, boot=self.boot)
        return messages.topic(self.device_id, messages.Topic.PRESENCE), messages.encode(message)


@dataclass(frozen=True, slots=True)
class Pace:
    """The link's times, in seconds."""

    reconnect_first_s: float = 5.0
    reconnect_most_s: float = 60.0
    repeat_first_s: float = 5.0
    repeat_most_s: float = 60.0
    accept_s: float = 10.0
    steady_s: float = 30.0  # a connection that lasted this long was a good one
    keepalive_s: int = 20
    confirm_s: float = 60.0  # for the broker to confirm a message
    deaf_s: float = 600.0  # entries wait, the ward is online but no receipt arrives: the link does not work


class Line(Protocol):
    """What a talk needs of a connection."""

    @property
    def is_stuck(self) -> bool:
        """Whether the broker accepts nothing now."""

    @property
    def most_bytes(self) -> int | None:
        """The longest packet that the broker accepts; None: unknown."""

    def publish(self, topic: str, payload: bytes, qos: int, *, retain: bool = False) -> None:
        """Send a message to the broker."""


@dataclass(slots=True)
class _InFlight:
    """The batch that waits for its receipt."""

    head: tuple[str, int]  # its log and first number
    count: int
    size_bytes: int
    repeat_at: float
    repeat_s: float
    is_held: bool = False  # not sent yet: a hello or a shorter body comes first


class CommandHistory:
    """The last commands and their replies: a command that arrives twice is not done twice, its reply is sent again."""

    def __init__(self) -> None:
        self._replies: dict[str, messages.Reply | None] = {}

    def is_new(self, command_id: str) -> bool:
        """Whether this command is new; remembers it."""
        if command_id in self._replies:
            return False
        self._replies[command_id] = None
        while len(self._replies) > MOST_ANSWERED:
            del self._replies[next(iter(self._replies))]
        return True

    def keep(self, reply: messages.Reply) -> None:
        """Remember the result of a command."""
        if reply.id in self._replies:
            self._replies[reply.id] = reply

    def reply(self, command_id: str) -> messages.Reply | None:
        """The result of a command, if known."""
        return self._replies.get(command_id)


class WardProtocol:
    """One connection's conversation with the ward. One thread calls everything."""

    def __init__(
        self,
        line: Line,
        identity: Identity,
        log: Log,
        *,
        outbox: Outbox,
        answered: CommandHistory,
        fitting: Fitting,
        put: Callable[[Event], None],
        utcnow: Callable[[], datetime],
        clock_ok: Callable[[], bool],
        clock: Callable[[], float],
        pace: Pace,
    ) -> None:
        self._line = line
        self._identity = identity
        self._log = log
        self._outbox = outbox
        self._answered = answered
        self._fitting = fitting
        self._put = put
        self._utcnow = utcnow
        self._clock_ok = clock_ok
        self._clock = clock
        self._pace = pace
        self._ear = Ear(clock, each_s=pace.repeat_most_s, deaf_s=pace.deaf_s)
        self._ward_up = False
        self._greeted = ""  # the log that the last hello named
        self._flight: _InFlight | None = None
        self._has_answered = False  # the ward has answered the last hello
        self._unheard_since: float | None = None  # since when entries wait for a receipt

    def begin(self) -> None:
        """Announce the box."""
        self._outbox.screen.clear()  # of a connection that is gone: nobody watches any more
        topic, payload = self._identity.presence(online=True)
        self._line.publish(topic, payload, 1, retain=True)
        self._say_hello()
        self._put(LinkChanged(up=True, ward_up=False))

    def take(self, message: messages.Message) -> None:
        """Do what a message asks."""
        match message:
            case messages.Presence():
                self._take_ward_presence(message)
            case messages.Receipt():
                self._take_receipt(message)
            case messages.Assignment():
                self._put(translate.assigned(message))
            case messages.Command():
                self._take_command(message)

    def speak(self) -> None:
        """Send what is due while the broker accepts it; the rest waits here, not in the socket's queue."""
        outbox = self._outbox
        while outbox.replies and not self._line.is_stuck:
            reply = outbox.replies.popleft()
            self._answered.keep(reply)
            self._say(messages.Topic.REPLY, reply)
        slots: tuple[tuple[deque[Any], messages.Topic], ...] = (
            (outbox.now, messages.Topic.NOW),
            (outbox.screen, messages.Topic.SCREEN),
            (outbox.health, messages.Topic.HEALTH),
        )
        for slot, word in slots:
            with contextlib.suppress(IndexError):
                if not self._line.is_stuck:
                    self._say(word, slot.popleft())
        if not self._line.is_stuck:
            self._send_entries()
        if self._flight is None and self._ward_up and not self._line.is_stuck and self._ear.asks():
            self._say_hello()

    def due_in_s(self) -> float:
        """Seconds until `speak` is next due."""
        return 1.0 if self._flight is None else min(1.0, max(0.0, self._flight.repeat_at - self._clock()))

    @property
    def is_deaf(self) -> bool:
        """Whether entries or a hello have waited too long although the ward is online: something in between drops
        them."""
        since = self._unheard_since
        waits_long = since is not None and self._clock() - since > self._pace.deaf_s
        return self._ward_up and (waits_long or self._ear.is_deaf)

    def lost(self) -> None:
        """The connection ended: the batch being sent may be the cause."""
        if self._flight:
            self._failed(self._flight)

    def _take_ward_presence(self, presence: messages.Presence) -> None:
        came_back = presence.online and not self._ward_up
        if presence.online != self._ward_up:
            self._ward_up = presence.online
            self._put(LinkChanged(up=True, ward_up=presence.online))
        if came_back:  # it may not have received the hello or the batch
            self._ear.heard()
            self._say_hello()
            self._flight = None

    def _take_receipt(self, receipt: messages.Receipt) -> None:
        flight, through = self._flight, receipt.through
        self._ear.heard()
        is_new = self._log.receipt(receipt.log_id, through)
        if flight is None or flight.head[0] != receipt.log_id:
            return
        self._has_answered = True
        after = through - flight.head[1] + 1  # how many of the batch it covers
        if receipt.differs and 0 <= after < flight.count:
            self._log.begin_again(receipt.log_id, through)
            self._flight = None
        elif is_new and after > 0:
            self._flight, self._unheard_since = None, None
            self._fitting.worked(self._clock())
        elif flight.is_held:
            flight.repeat_at = self._clock()

    def _take_command(self, command: messages.Command) -> None:
        if self._answered.is_new(command.id):
            self._put(translate.commanded(command, self._utcnow(), clock_ok=self._clock_ok()))
        elif reply := self._answered.reply(command.id):
            self._say(messages.Topic.REPLY, reply)

    def _send_entries(self) -> None:
        flight, now = self._flight, self._clock()
        if flight and now < flight.repeat_at:
            return
        batch = self._log.batch(most_bytes=self._most_bytes())
        if batch is None:
            self._flight = self._unheard_since = None
            return
        head = (batch.log_id, batch.first_seq)
        if head[0] != self._greeted:
            self._say_hello()
        is_repeat = flight is not None and flight.head == head
        repeat_s = self._pace.repeat_first_s
        if flight and is_repeat:
            repeat_s = min(2 * flight.repeat_s, self._pace.repeat_most_s)
            if self._ward_up and not flight.is_held:
                self._failed(flight)
                batch = self._log.batch(most_bytes=self._most_bytes()) or batch
        self._unheard_since = now if self._unheard_since is None else self._unheard_since
        self._flight = self._sent(batch, now + repeat_s, repeat_s)

    def _sent(self, batch: messages.Log, repeat_at: float, repeat_s: float) -> _InFlight:
        """Sends the batch; if it is one entry that failed before, does what must come first."""
        head, payload = (batch.log_id, batch.first_seq), messages.encode(batch)
        flight = _InFlight(head, len(batch.entries), len(payload), repeat_at, repeat_s)
        if flight.count == 1 and self._is_too_long(payload):
            self._log.shorten(*head)
            return replace(flight, is_held=True)
        if flight.count == 1 and self._fitting.is_doubtful(head):
            if not self._has_answered:
                self._say_hello()
                return replace(flight, is_held=True)
            self._has_answered = False
            if not self._fitting.strike(head):
                self._log.shorten(*head)
                return replace(flight, is_held=True)
        self._publish(messages.Topic.LOG, payload)
        return flight

    def _failed(self, flight: _InFlight) -> None:
        self._fitting.failed(flight.head, flight.count, flight.size_bytes, self._clock())

    def _most_bytes(self) -> int:
        bound = self._line.most_bytes
        most_bytes = self._fitting.most_bytes
        return most_bytes if bound is None else min(most_bytes, max(1, bound - TOPIC_BYTES))

    def _is_too_long(self, payload: bytes) -> bool:
        bound = self._line.most_bytes
        return bound is not None and len(payload) + TOPIC_BYTES > bound

    def _say_hello(self) -> None:
        span, facts = self._log.span(), self._outbox.facts
        self._greeted, self._has_answered = span.log_id, False
        hello = messages.Hello(
            log_id=span.log_id,
            oldest=span.oldest,
            next_seq=span.next_seq,
            assignment_version=facts.assignment_version,
            stay=facts.stay,
            boot=self._identity.boot,
            software=self._identity.software,
            capabilities=CAPABILITIES,
        )
        self._say(messages.Topic.HELLO, hello)

    def _say(self, word: messages.Topic, message: messages.Message) -> None:
        self._publish(word, messages.encode(message))

    def _publish(self, word: messages.Topic, payload: bytes) -> None:
        self._line.publish(messages.topic(self._identity.device_id, word), payload, messages.QOS[word])
