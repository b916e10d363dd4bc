"""Turns what arrives from the network into messages. Anything else is counted, logged once and dropped."""

import logging
from collections import Counter

import messages
from device.link.connection import Arrived
from messages.topics import FROM_WARD

TOLD_AGAIN = 1000  # of one kind the first is logged, then one in this many

_logger = logging.getLogger("device.link.link")


class Reader:
    """Decodes one box's messages. One thread calls it; `dropped` may be read by any."""

    def __init__(self, device_id: str) -> None:
        self._device_id = device_id
        self._kinds: Counter[str] = Counter()
        self.dropped = 0

    def read(self, arrived: Arrived) -> messages.Message | None:
        """The message, or None for what was dropped. A Presence is always the ward's. Raises nothing."""
        if arrived.topic == messages.ward_presence_topic():
            return self._decode(messages.Presence, arrived)
        address = messages.parse_topic(arrived.topic)
        if address is None or address[0] != self._device_id or address[1] not in FROM_WARD:
            self._drop("topic", "not a topic for a box")
            return None
        if arrived.retained:  # a stored message would send one patient's music to the next
            self._drop(f"retained {address[1]}", "the broker must not store messages of a stay: clear it there")
            return None
        return self._decode(messages.TYPES[address[1]], arrived)

    def _decode(self, kind: type[messages.Message], arrived: Arrived) -> messages.Message | None:
        try:
            return messages.decode(kind, arrived.payload)
        except messages.MessageError as error:
            self._drop(kind.__name__.lower(), str(error))
        except Exception as error:  # noqa: BLE001 - a retained presence would end every connection
            self._drop(kind.__name__.lower(), f"{type(error).__name__}")
        return None

    def _drop(self, kind: str, reason: str) -> None:
        self.dropped += 1
        self._kinds[kind] += 1
        if self._kinds[kind] % TOLD_AGAIN == 1:
            _logger.warning("link=dropped kind=%r number=%d reason=%r", kind, self._kinds[kind], reason)
