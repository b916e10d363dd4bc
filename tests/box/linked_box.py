"""A box's log and link on a real broker, with the events that came."""

import queue
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import messages
from device.config.settings import Broker, LinkSettings
from device.link.link import Link, Pace
from device.rules.events import Event
from tests.box.recorded import NOON, a_log, numbered
from tests.box.scripted_ward import Ward

DEVICE = "6f1c2a34-9b1e-4d2f-8c55-0d7c1f2e3a40"
QUICK = Pace(
    reconnect_first_s=0.1,
    reconnect_most_s=0.3,
    repeat_first_s=0.05,
    repeat_most_s=0.2,
    accept_s=0.5,
    confirm_s=2.0,
)


class Box:
    """A log and a link, with the events that came."""

    def __init__(self, folder: Path, *brokers: Broker, protocol: int = 4, pace: Pace = QUICK) -> None:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.log = a_log(folder / "log.db")
        self.log.open()
        self.link = Link(
            LinkSettings(brokers=brokers, protocol=protocol),
            DEVICE,
            self.log,
            self.events.put,
            software="0.1.0",
            boot="boot-1",
            utcnow=lambda: NOON,
            clock_ok=lambda: True,
            pace=pace,
            chance=random.Random(1),
        )

    def event(self, kind: type[Event]) -> Event:
        """The next event of a kind; what comes before it is passed over."""
        while True:
            event = self.events.get(timeout=20.0)
            if isinstance(event, kind):
                return event

    def event_like(self, wanted: Event) -> None:
        """Wait for an event."""
        while self.event(type(wanted)) != wanted:
            pass

    def record(self, first: int, count: int) -> None:
        """Write numbered entries."""
        for number in range(first, first + count):
            self.log.put([(numbered(number), "stay-1")])


@contextmanager
def a_box(folder: Path, *ports: int, protocol: int = 4, pace: Pace = QUICK) -> Iterator[Box]:
    box = Box(folder, *(Broker("127.0.0.1", port) for port in ports), protocol=protocol, pace=pace)
    box.link.facts(2, "stay-1")
    box.link.start()
    try:
        yield box
    finally:
        box.link.close()
        box.log.close()


def all_arrived(ward: Ward, count: int) -> Callable[[], bool]:
    return lambda: len(ward.entries) >= count


def a_now(number: int) -> messages.Now:
    return messages.Now(
        boot="boot-1", number=number, at=NOON, playing=messages.Playing.SILENT, level_dba=50.0, cap_dba=60.0
    )
