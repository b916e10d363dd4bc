"""A hundred boxes as the broker sees them: scripted clients that greet, say what they play and can be pressed."""

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

import messages
from messages import Hello, Now, Playing, Presence

NOW_EACH_S = 30.0
BOOT = "boot-1"


@dataclass(slots=True)
class Box:
    """One box at one bed. `music`: the playlist and the track that a press begins."""

    key: str
    bed: int
    music: tuple[str, str]
    playing: bool = False
    number: int = 0
    said_at: float = 0.0
    client: mqtt.Client = field(init=False)

    def open(self, port: int) -> None:
        """Connects and greets, as after a start."""
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, self.key)
        self.client.connect("127.0.0.1", port)
        self.client.loop(0.05)
        self.client.subscribe(list(messages.subscriptions(self.key)))
        self._say(Presence(online=True, software="bench", boot=BOOT), retain=True)
        self._say(
            Hello(
                log_id="log-1", oldest=1, next_seq=1, assignment_version=1, stay=None, boot=BOOT, software="bench"
            )
        )  # fmt: skip
        self.tell()

    def press(self) -> float:
        """PLAY, or stop where it plays. Says when."""
        self.playing = not self.playing
        at = time.time()
        self.tell()
        return at

    def tell(self) -> None:
        """What it plays now."""
        self.number += 1
        self.said_at = time.monotonic()
        on = self.playing
        said = Now(
            boot=BOOT,
            number=self.number,
            at=datetime.now(UTC),
            playing=Playing.PLAYING if on else Playing.SILENT,
            level_dba=46.0,
            cap_dba=60.0,
            session=f"s{self.number}" if on else None,
            playlist=self.music[0] if on else None,
            track=self.music[1] if on else None,
            place=1,
            tracks=4,
            left_s=1440.0,
            length_s=1440.0,
            assignment_version=1,
        )
        self._say(said)

    def _say(self, message: messages.Message, retain: bool = False) -> None:
        word = next(word for word, kind in messages.TYPES.items() if kind is type(message))
        self.client.publish(messages.topic(self.key, word), messages.encode(message), messages.QOS[word], retain)


class Boxes:
    """All of them, kept alive by one thread: each says every 30 s what it plays."""

    def __init__(self, boxes: Sequence[Box], port: int) -> None:
        self._boxes = boxes
        self._port = port
        self._turns = itertools.cycle(boxes)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._live)

    def __enter__(self) -> Self:
        for place, box in enumerate(self._boxes):
            box.open(self._port)
            box.said_at -= NOW_EACH_S * place / len(self._boxes)  # they do not speak all at once
        self._thread.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _where: TracebackType | None) -> None:
        self._ending.set()
        self._thread.join()
        for box in self._boxes:
            box.client.disconnect()

    def press(self) -> tuple[Box, float]:
        """The next box's button; assigns the box, and when."""
        box = next(self._turns)
        return box, box.press()

    def _live(self) -> None:
        while not self._ending.wait(0.02):
            for box in self._boxes:
                box.client.loop(0.0)
                if time.monotonic() - box.said_at >= NOW_EACH_S:
                    box.tell()
