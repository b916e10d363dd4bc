"""The one process of the ward that speaks MQTT: what boxes say becomes rows, what rows ask for goes out. One thread."""

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import DatabaseError, InterfaceError, close_old_connections

import messages
from messages import QOS, RETAINED, Command, MessageError, Topic, Verb, parse_topic
from ward.assignments.assigning import wire
from ward.assignments.sending import unsent
from ward.beds.changes import prune
from ward.fleet import screens
from ward.fleet.commands import unsent_commands
from ward.fleet.last_seen import tell_of_time
from ward.mqttd.complaints import Complaints
from ward.mqttd.connection import Attempts, Broker, Connection, Speech
from ward.mqttd.handlers import Decoded, Outgoing, Received
from ward.mqttd.heartbeat import EACH_S, beat
from ward.mqttd.inbox import Inbox
from ward.mqttd.writing import Writer

logger = logging.getLogger(__name__)

WAIT_S = 0.05
LOOK_EACH_S = 0.1
TIME_EACH_S = 1.0
PRUNE_EACH_S = 600.0
BATCH = 500  # messages in one transaction
BACK_OFF_S = (0.2, 10.0)  # after the database failed: first and longest wait


def utc_now() -> datetime:
    return datetime.now(UTC)


class Mqttd:
    """`turn` does what is due, and waits a moment for messages; nothing but a broken program raises out of it."""

    def __init__(
        self,
        brokers: Sequence[Broker],
        speech: Speech | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
        say: Callable[[str], object] = logger.info,
    ) -> None:
        self.inbox = Inbox()
        self.complaints = Complaints()
        self.writer = Writer(self.complaints, clock)
        self._speech = speech or Speech()
        self._attempts = Attempts(brokers, clock)
        self._clock = clock
        self._now = now
        self._say = say
        self._boot = secrets.token_hex(8)
        self._connection: Connection | None = None
        self._was_up = self._has_begun = False
        self._database_due = clock()
        self._database_failed = 0
        self._look_due = self._time_due = self._prune_due = self._beat_due = clock()
        self._told_until = now()

    @property
    def connected(self) -> bool:
        """Whether a broker has taken us."""
        return self._connection is not None and self._connection.up

    def turn(self, wait_s: float = WAIT_S) -> bool:
        """One round. False where nothing could be waited for, so that the caller sleeps `wait_s` instead."""
        writes = self._clock() >= self._database_due
        waited = self._network(0.0 if writes and len(self.inbox) else wait_s)  # what is left waits for nothing new
        if writes:
            with self._database():
                self._begin()
                self._take_in()
                self._catch_up()
                self._look()
                self._keep()
        return waited

    def close(self) -> None:
        """Says good-bye to the broker."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _network(self, wait_s: float) -> bool:
        if self._connection is None:
            self._connect()
            return False
        alive = self._connection.turn(wait_s)
        if self._connection.up and not self._was_up:
            self._was_up = True
            self._attempts.succeeded()
            self._say(f"mqttd: connected to {self._connection.broker}")
        if not alive:
            self._lose(self._connection)
        return True

    def _connect(self) -> None:
        broker = self._attempts.next()
        if broker is None:
            return
        try:
            connection = Connection(broker, self._speech, self._boot, self.inbox, self._clock)
            connection.open()
        except (OSError, ValueError) as error:  # a TLS file that is none is a ValueError or an SSLError
            self.complaints.add(str(broker), "connect", f"mqttd: {broker} does not answer ({error}): trying on")
            self._attempts.failed()
            return
        self._connection = connection

    def _lose(self, connection: Connection) -> None:
        if connection.refused:
            why = f"mqttd: {connection.broker} refuses the ward ({connection.refused}): look at the broker's users"
            self.complaints.add(str(connection.broker), "refused", why)
        elif connection.is_deaf:
            why = f"mqttd: {connection.broker} answers but delivers nothing, not even to itself: reconnecting"
            self.complaints.add(str(connection.broker), "deaf", why)
        elif self._was_up:
            self._say(f"mqttd: lost {connection.broker}")
        self._connection, self._was_up = None, False
        self._attempts.failed()

    @contextmanager
    def _database(self) -> Iterator[None]:
        """Whatever the database does, the process lives; it waits a little longer after each failure in a row."""
        try:
            yield
        except (DatabaseError, InterfaceError) as error:
            if not self._database_failed:
                logger.warning("mqttd: the database fails (%s): boxes keep their entries, trying on", _one_line(error))
            first, longest = BACK_OFF_S
            self._database_due = self._clock() + min(longest, first * 2.0 ** min(self._database_failed, 10))
            self._database_failed += 1
            close_old_connections()
        except Exception as error:
            logger.debug("a turn failed", exc_info=True)
            self.complaints.add("mqttd", type(error).__name__, f"mqttd: a turn failed ({error!r}), going on")
        else:
            if self._database_failed:
                logger.info("mqttd: the database answers again")
            self._database_failed = 0

    def _begin(self) -> None:
        if not self._has_begun:
            self.writer.forget()
            self._has_begun = True

    def _take_in(self) -> None:
        """One transaction for all that came; what is answered goes out after its COMMIT, and not if it fails."""
        batch = self.inbox.first(BATCH)
        if not batch:
            return
        try:
            decoded = [found for one in batch if (found := self._decode(one)) is not None]
            answers = self.writer.write(decoded, self._now()) if decoded else []
        except (DatabaseError, InterfaceError):
            raise  # they stay in the inbox
        except BaseException:
            self.inbox.drop(batch)  # what breaks the program must not come again and again
            raise
        self.inbox.drop(batch)
        for answer in answers:
            self._publish(answer)

    def _catch_up(self) -> None:
        for answer in self.writer.catch_up(self._now()):
            self._publish(answer)

    def _decode(self, one: Received) -> Decoded | None:
        found = parse_topic(one.topic)
        if found is None:
            return None  # the ward's own presence
        device_id, word = found
        if one.retained and word not in RETAINED:
            line = f"mqttd: box {device_id}: {word} dropped, the broker had kept it: clear it there"
            self.complaints.add(device_id, f"retained {word}", line)
            return None
        try:
            return Decoded(device_id, messages.decode(messages.TYPES[word], one.payload), one.retained)
        except MessageError as error:
            self.complaints.add(device_id, word, f"mqttd: box {device_id}: message dropped: {error}")
            return None

    def _look(self) -> None:
        """Sends what rows ask for; a claim is committed before its message goes out."""
        if not self.connected or self._clock() < self._look_due:
            return
        self._look_due = self._clock() + LOOK_EACH_S
        now = self._now()
        for command in unsent_commands(now):
            sent = Command(id=command.id, verb=Verb(command.verb), issued_at=command.issued_at, forced=command.forced)
            self._publish(Outgoing(str(command.device_id), Topic.COMMAND, sent))
        for key in screens.claim(now):
            watch = Command(id=secrets.token_hex(16), verb=Verb.WATCH, issued_at=now)
            self._publish(Outgoing(str(key), Topic.COMMAND, watch))
        held_up: list[str] = []
        for assignment in unsent(now, self.writer.aside.ids(), held_up):
            self._publish(Outgoing(str(assignment.sent_to_id), Topic.ASSIGNMENT, wire(assignment)))
        for device_id in held_up:
            self.writer.hold(device_id, now)

    def _keep(self) -> None:
        if self._clock() >= self._time_due:
            self._time_due = self._clock() + TIME_EACH_S
            now = self._now()
            tell_of_time(self._told_until, now)
            screens.forget(now)
            self._told_until = now
        if self._clock() >= self._prune_due:
            self._prune_due = self._clock() + PRUNE_EACH_S
            prune(self._now())
        if self._clock() >= self._beat_due:
            self._beat_due = self._clock() + EACH_S
            beat(connected=self.connected, now=self._now())

    def _publish(self, answer: Outgoing) -> None:
        if self._connection is not None:
            self._connection.publish(answer.topic, messages.encode(answer.message), QOS[answer.word])


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
