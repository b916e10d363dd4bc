"""The box's link to the ward: a courier thread that speaks MQTT. Knows neither what plays nor what is drawn.

Every method for the box returns at once: it stores a message and wakes the courier. Only the courier uses the network,
so a frozen broker, a slow name server or an expired certificate never slow the box down.
"""

import contextlib
import logging
import random
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime

import messages
from device.config.settings import Broker, LinkSettings
from device.link.connection import Connection, ConnectionLostError, clear_wake, one_line
from device.link.fitting import Fitting
from device.link.protocol import CommandHistory, Facts, Identity, Outbox, Pace, WardProtocol
from device.link.reader import Reader
from device.log.log import Log
from device.rules.events import Event, LinkChanged

__all__ = ["Link", "Pace"]

CLOSE_S = 1.0
MOST_REASONS = 20  # logged while the link is lost; reasons with changing numbers must not fill the disk
LOOK_AT = "check the broker's limits and access rules, and the ward's mqttd"
GOODBYE_S = 0.5

_logger = logging.getLogger(__name__)


class Link:
    """The connection to the ward, up or down."""

    def __init__(
        self,
        settings: LinkSettings,
        device_id: str,
        log: Log,
        put: Callable[[Event], None],
        *,
        software: str,
        boot: str,
        utcnow: Callable[[], datetime],
        clock_ok: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
        pace: Pace | None = None,
        chance: random.Random | None = None,
    ) -> None:
        """`put` takes the events, on the courier's thread. Without brokers in `settings` the link does nothing."""
        self._settings = settings
        self._identity = Identity(device_id, software, boot)
        self._log = log
        self._put = put
        self._utcnow = utcnow
        self._clock_ok = clock_ok
        self._clock = clock
        self._pace = pace or Pace()
        self._chance = chance or random.Random()
        self._outbox = Outbox()
        self._answered = CommandHistory()
        self._fitting = Fitting()
        self._told: set[str] = set()  # reasons logged since the link was last up
        self._reader = Reader(device_id)
        self._is_up: bool | None = None
        self._closing = threading.Event()
        self._waker, self._wake = socket.socketpair()
        self._waker.setblocking(False)
        self._wake.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        """Start connecting to a broker. Returns at once."""
        self._log.tell_news(self._ring)
        if self._settings.brokers:
            self._thread.start()

    def close(self) -> None:
        """Tell the ward that the box goes offline, and end within 1 s, whatever the network does."""
        self._closing.set()
        self._ring()
        if self._thread.ident is not None:
            self._thread.join(CLOSE_S)
        else:
            self._close_waker()

    def facts(self, assignment_version: int, stay: str | None) -> None:
        """Set what the next hello says about the assignment on the box. Returns at once."""
        self._outbox.facts = Facts(assignment_version, stay)

    def say_now(self, message: messages.Now) -> None:
        """Send what is playing; a later message replaces one that was not sent yet. Returns at once."""
        self._outbox.now.append(message)
        self._ring()

    def say_health(self, message: messages.Health) -> None:
        """Send the box's health; a later message replaces one that was not sent yet. Returns at once."""
        self._outbox.health.append(message)
        self._ring()

    def say_screen(self, message: messages.Screen) -> None:
        """Send what the screen shows; a later message replaces one that was not sent yet. Returns at once."""
        self._outbox.screen.append(message)
        self._ring()

    def reply(self, message: messages.Reply) -> None:
        """Send the result of a command; the last 100 wait for a connection. Returns at once."""
        self._outbox.replies.append(message)
        self._ring()

    @property
    def dropped(self) -> int:
        """How many messages were malformed, retained or on an unknown topic, since the start."""
        return self._reader.dropped

    def _ring(self) -> None:
        with contextlib.suppress(OSError):  # a full pipe is ringing already
            self._wake.send(b"!")

    def _close_waker(self) -> None:
        self._waker.close()
        self._wake.close()

    # From here on: the courier's thread.

    def _run(self) -> None:
        place = self._chance.randrange(len(self._settings.brokers))  # so that boxes spread over a cluster
        failures = 0
        while not self._closing.is_set():
            began = self._clock()
            broker = self._settings.brokers[place % len(self._settings.brokers)]
            reason = self._talk_with(broker)
            self._tell(broker, up=False, reason=reason)
            place += 1
            failures = 0 if self._clock() - began > self._pace.steady_s + self._pace.accept_s else failures + 1
            self._pause(max(0, failures - 1) // len(self._settings.brokers))
        self._close_waker()

    def _talk_with(self, broker: Broker) -> str:
        """Connect, talk until the end, and return why it ended. Raises nothing: the courier must go on."""
        connection: Connection | None = None
        try:
            will = self._identity.presence(online=False)
            client_id = f"nightingale-{self._identity.device_id}"
            connection = Connection(self._settings, client_id, will, self._pace.keepalive_s, self._pace.confirm_s)
            connection.dial(broker)
            self._await(connection, lambda: connection.accepted, "no answer")
            connection.subscribe(messages.subscriptions(self._identity.device_id))
            self._await(connection, lambda: connection.hears, "no answer to the subscription")
            self._converse(connection, broker)
        except ConnectionLostError as error:
            return str(error)
        except Exception as error:
            _logger.exception("link=unexpected")
            return one_line(error)
        finally:
            if connection is not None:
                connection.drop()
        return "closed"

    def _await(self, connection: Connection, done: Callable[[], bool], otherwise: str) -> None:
        until = self._clock() + self._pace.accept_s
        while not done() and not self._closing.is_set():
            left_s = until - self._clock()
            if left_s <= 0:
                raise ConnectionLostError(f"{otherwise} within {self._pace.accept_s:g} s")
            connection.wait(min(left_s, 1.0), self._waker)

    def _converse(self, connection: Connection, broker: Broker) -> None:
        if not connection.hears:
            return
        talk = WardProtocol(
            connection,
            self._identity,
            self._log,
            outbox=self._outbox,
            answered=self._answered,
            fitting=self._fitting,
            put=self._put,
            utcnow=self._utcnow,
            clock_ok=self._clock_ok,
            clock=self._clock,
            pace=self._pace,
        )
        try:
            talk.begin()
            self._tell(broker, up=True)
            self._go_on(connection, talk)
        except ConnectionLostError:
            talk.lost()
            raise
        talk.speak()
        connection.deliver(*self._identity.presence(online=False), self._waker, GOODBYE_S)
        connection.leave()

    def _go_on(self, connection: Connection, talk: WardProtocol) -> None:
        while not self._closing.is_set():
            talk.speak()
            connection.wait(talk.due_in_s(), self._waker)
            while connection.inbox:
                message = self._reader.read(connection.inbox.popleft())
                if message is not None:
                    talk.take(message)
            if talk.is_deaf:
                minutes = self._pace.deaf_s / 60
                raise ConnectionLostError(f"no receipt for {minutes:g} min although the ward is online: {LOOK_AT}")

    def _tell(self, broker: Broker, *, up: bool, reason: str = "") -> None:
        """Log one line for each reason why the link is lost and one when it is back, however many attempts it took."""
        was_up, self._is_up = self._is_up, up
        if up:
            self._told.clear()
            _logger.info("link=up broker=%s", broker)
            return
        if self._closing.is_set():
            return
        word = f"broker={broker} reason={reason!r}"
        if was_up is not False or (word not in self._told and len(self._told) < MOST_REASONS):
            _logger.warning("link=lost %s", word)
        self._told.add(word)
        if was_up is not False:
            self._put(LinkChanged(up=False, ward_up=False))

    def _pause(self, failures: int) -> None:
        """Wait a random time before the next attempt: a thousand boxes must not return in the same second."""
        most_s = min(self._pace.reconnect_first_s * 2 ** min(failures, 16), self._pace.reconnect_most_s)
        until = self._clock() + self._chance.uniform(0.1 * most_s, most_s)
        while not self._closing.is_set() and (left_s := until - self._clock()) > 0:
            self._closing.wait(left_s)
        clear_wake(self._waker)
