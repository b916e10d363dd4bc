"""What a hostile or broken box says, by chance, made from the contract's own types: what it learns to say is tried."""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from msgspec import inspect

import messages
from messages import EntryKind, MessageError, Topic
from messages.entries import DATA
from tests.ward.saying import NOW
from ward.mqttd.handlers import Received

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"
WHOLE = (
    0, 1, 2, 3, 254, 2**31 - 2, 2**31 - 1, 2**31, 2**32, 2**52, 2**53 - 2, 2**53 - 1, 2**53, 2**63 - 1, 2**63, 2**64,
)  # fmt: skip
PARTS = (0.0, -0.0, 5e-324, 1e-9, 0.5, 1.0, 29.9, 45.0, 60.0, 120.0, 599.9, 1440.0, 86_400.0, 1e9, 1e12, 1e300, 1.7e308)
TEXTS = (
    "a", " ", "\x00", "a\x00b", "\x1b[2J\x07", "\u202e", "\ufeff", "\U0001f3b5" * 16, "é" * 64, "\n\r\t",
    "<b>&amp;</b>", "%s%(x)d{0}",
    "0", "-1", "9" * 64, "x" * 64, "x" * 200, "calm", "'; --", "=1+1", "\\", "no_sound", "ß" * 200, "a: b: c", ": ",
    "tracks cannot be played",
)  # fmt: skip
MOMENTS = (
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "0001-12-31T23:59:59-12:00", "1582-10-10T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z", "2024-02-29T12:00:00Z", "2026-03-29T02:30:00Z",
    "2999-12-31T23:59:59.999999Z",
    "3000-01-01T00:00:00Z", "9000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-14:00",
    *((NOW + timedelta(seconds=s)).isoformat() for s in (-864_000, -90_000, -3_601, -1, 0, 1, 299, 301, 86_400)),
)  # fmt: skip
ANYTHING: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 2**63, -(2**63), 10**400, 1e-300, "", "\x00", [], {}, {"": 0}, {"\x00": "\x00"},
    {"a": [1, {"b": [2]}]},
    {"session": 5, "playlist": [], "track": None}, [[]] * 300, {"x" * 900: "y" * 9_000},
)  # fmt: skip
WRONG: tuple[Any, ...] = (
    None, True, -1, 2**53, 2**63, 2**64, 10**30, -0.5, 1e300, "", "\x00", "x" * 5_000, [], {}, [None], {"a": 1}, "٣",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What a box may know or guess, by the field that says it; `follows`: batches that the ward will take in."""

    words: Mapping[str, Sequence[Any]]

    def of(self, name: str) -> Sequence[Any]:
        """What may stand in a field of this name."""
        return self.words.get(name, ())


class Maker:
    """Well-formed messages as the contract's types bound them, mostly at the bounds. Chance comes from `dice` alone."""

    def __init__(self, dice: random.Random, known: Known) -> None:
        self.dice = dice
        self._known = known

    def message(self, word: Topic) -> dict[str, Any]:
        """One of this topic, as JSON has it. Times may still be too far for it."""
        return self._struct(messages.TYPES[word])

    def _struct(self, kind: type) -> dict[str, Any]:
        info = inspect.type_info(kind)
        assert isinstance(info, inspect.StructType)
        said = {
            one.encode_name: self._value(one.type, one.encode_name)
            for one in info.fields
            if one.required or self.dice.random() < 0.7
        }
        if kind is messages.Entry:
            return said | self._entry(said)
        follows = self._known.of("follows")
        return (
            said | self.dice.choice(follows) if follows and kind is messages.Log and self.dice.random() < 0.75 else said
        )

    def _entry(self, said: dict[str, Any]) -> dict[str, Any]:
        """Mostly of a kind, with data of that kind, of another one, or of none."""
        kind = self.dice.choice([*EntryKind, *EntryKind, said["kind"]])
        other = self.dice.choice([kind, kind, kind, kind, self.dice.choice(list(EntryKind))])
        odd = self.dice.random() < 0.15 or other not in DATA
        data = self.dice.choice(ANYTHING) if odd else self._struct(DATA[EntryKind(other)])
        return {"kind": kind, "data": data if isinstance(data, dict) else {"value": data, "deep": self._deep()}}

    def _deep(self) -> Any:
        value: Any = 1
        for _level in range(self.dice.choice((0, 5, 99, 101, 300))):
            value = [value] if self.dice.random() < 0.5 else {"a": value}
        return value

    def _value(self, kind: inspect.Type, name: str) -> Any:
        known = self._known.of(name)
        if known and self.dice.random() < 0.6 and not isinstance(kind, inspect.VarTupleType):
            return self.dice.choice(known)
        return VALUES[type(kind)](self, kind, name)

    def _whole(self, kind: inspect.IntType, _name: str) -> int:
        least, most = kind.ge or 0, (kind.lt or 2**63) - 1
        return self.dice.choice([one for one in (*WHOLE, least, most) if least <= one <= most])

    def _part(self, kind: inspect.FloatType, _name: str) -> float:
        least, most = kind.ge if kind.ge is not None else -1e300, kind.le if kind.le is not None else 1.7e308
        return self.dice.choice([one for one in (*PARTS, least, most) if least <= one <= most])

    def _text(self, kind: inspect.StrType, _name: str) -> str:
        most, least = kind.max_length or 64, kind.min_length or 0
        if kind.pattern is None:
            return self.dice.choice([one for one in TEXTS if least <= len(one) <= most])
        if "64}" in kind.pattern:
            return self.dice.choice(("0" * 64, "f" * 64, f"{self.dice.getrandbits(256):064x}"))
        if "a-z]{2}" in kind.pattern:
            return self.dice.choice(("", "de", "zz"))
        return "".join(self.dice.choices(LETTERS, k=self.dice.choice((1, 2, 63, 64))))

    def _union(self, kind: inspect.UnionType, name: str) -> Any:
        return self._value(self.dice.choice(kind.types), name)

    def _several(self, kind: inspect.VarTupleType, name: str) -> list[Any]:
        least, most = kind.min_length or 0, kind.max_length or 20
        length = self.dice.choice((least, least + 1, least + 3, least + 9, least + 30))
        return [self._value(kind.item_type, name) for _one in range(min(length, most))]


def _anything(maker: Maker, _kind: Any, _name: str) -> Any:
    return maker.dice.choice(ANYTHING)


VALUES: dict[type, Callable[..., Any]] = {
    inspect.IntType: Maker._whole,
    inspect.FloatType: Maker._part,
    inspect.StrType: Maker._text,
    inspect.UnionType: Maker._union,
    inspect.VarTupleType: Maker._several,
    inspect.BoolType: lambda maker, _kind, _name: maker.dice.random() < 0.5,
    inspect.NoneType: lambda _maker, _kind, _name: None,
    inspect.EnumType: lambda maker, kind, _name: maker.dice.choice(list(kind.cls)).value,
    inspect.LiteralType: lambda maker, kind, _name: maker.dice.choice(kind.values),
    inspect.DateTimeType: lambda maker, _kind, _name: maker.dice.choice(MOMENTS),
    inspect.StructType: lambda maker, kind, _name: maker._struct(kind.cls),
    inspect.DictType: _anything,
    inspect.AnyType: _anything,
}


def as_bytes(said: Any) -> bytes:
    """JSON; what no UTF-8 can say is escaped."""
    return json.dumps(said).encode()


def is_well_formed(word: Topic, said: bytes) -> bool:
    """Whether the contract lets it pass."""
    try:
        messages.decode(messages.TYPES[word], said)
    except MessageError:
        return False
    return True


def malformed(maker: Maker, word: Topic) -> bytes:
    """A good message with one field gone, of another type or out of its bounds, or with bytes that are no JSON."""
    dice, said = maker.dice, maker.message(word)
    name = dice.choice(list(said))
    match dice.randrange(9):
        case 0:
            del said[name]
        case 1 | 2 | 3:
            said[name] = dice.choice(WRONG)
        case 4:
            return as_bytes(dice.choice((said, [said], [], None, 1, "x"))) + dice.choice(
                (b"", b"}", b"\x00", b"{}", b" ")
            )
        case 5:
            return as_bytes(said).decode().encode(dice.choice(("utf-16", "utf-8-sig", "utf-32")))
        case 6:
            return as_bytes(said).replace(
                b'": ', dice.choice((b'": NaN, "x": ', b'": 1e999, "x": ', b'": "\\ud800", "x": ')), 1
            )
        case 7:
            return as_bytes(said)[: dice.randrange(40)] + dice.randbytes(dice.randrange(40))
        case _:
            return dice.choice(
                (b"[" * 5_000, b'{"a":' * 5_000, b"x" * (messages.MAX_BYTES + 1), b"", b"9" * 5_000, b'"' + b"\\" * 999)
            )
    return as_bytes(said)


def heard(maker: Maker, device_id: str, others: Sequence[str]) -> Iterator[tuple[Received, bool]]:
    """Endlessly: what one box says on its own topics, well-formed or not, and whether it is; and what it says on topics
    that are none, of boxes that are not known, and, malformed, of other boxes'. Some as a broker would have kept it."""
    dice = maker.dice
    while True:
        word = dice.choice([*Topic, Topic.LOG, Topic.LOG, Topic.LOG, Topic.HELLO])
        retained = dice.random() < 0.05
        if dice.random() < 0.7:
            said, device = as_bytes(maker.message(word)), device_id
        else:
            said, device = malformed(maker, word), dice.choice((device_id, device_id, *others))
        if is_well_formed(word, said):
            device = device_id
        name = f"{messages.ROOT}/{device}/{word}"
        if dice.random() < 0.05:
            name = dice.choice(
                (f"{name}/", f"{name}/log", name.upper(), name.replace("/1/", "/2/"), f"{messages.ROOT}//{word}",
                 f"{messages.ROOT}/{'f' * 8}-0000-4000-8000-{'0' * 12}/{word}", f"{messages.ROOT}/ward/presence",
                 "\x00", "$SYS/x", "",)
            )  # fmt: skip
        yield (
            Received(name, said, retained),
            messages.parse_topic(name) == (device_id, word) and is_well_formed(word, said),
        )


def plain(message: msgspec.Struct) -> bytes:
    """As an honest box says it."""
    return messages.encode(message)  # type: ignore[arg-type] # a message
