"""The topics' names: who says what where. Knows no payload; holds no bed, ward, name or title."""

import re
from enum import StrEnum

CONTRACT = 1
ROOT = f"nightingale/{CONTRACT}"

_DEVICE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Topic(StrEnum):
    """The last word of a topic, which is also the kind of its message."""

    PRESENCE = "presence"
    HELLO = "hello"
    LOG = "log"
    NOW = "now"
    HEALTH = "health"
    REPLY = "reply"
    SCREEN = "screen"
    RECEIPT = "receipt"
    ASSIGNMENT = "assignment"
    COMMAND = "command"


_WORDS: frozenset[str] = frozenset(Topic)  # `in` on the enum itself raises TypeError until Python 3.12

FROM_DEVICE = (Topic.PRESENCE, Topic.HELLO, Topic.LOG, Topic.NOW, Topic.HEALTH, Topic.REPLY, Topic.SCREEN)
FROM_WARD = (Topic.RECEIPT, Topic.ASSIGNMENT, Topic.COMMAND)

# What may be lost is sent once; everything else until the broker has it, and entries until the ward has them.
QOS = {word: 0 if word in {Topic.NOW, Topic.HEALTH, Topic.SCREEN} else 1 for word in Topic}
RETAINED = frozenset({Topic.PRESENCE})


def topic(device_id: str, word: Topic) -> str:
    """The topic of one box. Raises ValueError when the id is not a lower-case UUID: no name travels in a topic."""
    if not _DEVICE_ID.fullmatch(device_id):
        raise ValueError(
            f"device id {device_id!r} is not a lower-case UUID: `cat /proc/sys/kernel/random/uuid` makes one"
        )
    return f"{ROOT}/{device_id}/{word}"


def parse_topic(name: str) -> tuple[str, Topic] | None:
    """The box and the kind of message of a topic, or None where the topic is not of this contract."""
    root, _, rest = name.partition(f"{ROOT}/")
    device_id, _, word = rest.partition("/")
    if root or not _DEVICE_ID.fullmatch(device_id) or word not in _WORDS:
        return None
    return device_id, Topic(word)


def ward_presence_topic() -> str:
    """Where the ward says, retained, that it takes entries in."""
    return f"{ROOT}/ward/presence"


def subscriptions(device_id: str | None) -> tuple[tuple[str, int], ...]:
    """What to subscribe to, with its QoS: a box names its id, the ward names None and hears all boxes."""
    if device_id is None:
        return tuple((f"{ROOT}/+/{word}", QOS[word]) for word in FROM_DEVICE)
    own = tuple((topic(device_id, word), QOS[word]) for word in FROM_WARD)
    return (*own, (ward_presence_topic(), 1))
