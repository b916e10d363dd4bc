"""Whatever a peer sends, the codec says MessageError in one short line, or gives a message that can be sent on."""

import base64
import random
import zlib
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import messages
from messages import Entry, EntryKind, MessageError, Topic
from tests.wire.golden_messages import ENTRY_DATA, MESSAGES, entry_of, golden, kind_of_golden

KINDS = list(messages.TYPES.values())
ODD_NUMBERS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e400",
    "1e308",
    "-1",
    "0.5",
    "9" * 30,
    "9" * 400,
    "9" * 6000,
    "01",
    "+1",
    "0x1",
]
ODD_WORDS = [
    '""',
    '" "',
    '"a\\n"',
    '"\\u0000"',
    '"\\ud800"',
    '"\\u001b[2J"',
    '"\\u2028"',
    '"é"',
    '"x' + "x" * 300 + '"',
    '"7"',
]
ODD_TIMES = [
    '"2026-03-14T20:15:30"',
    '"2026-03-14"',
    '"2026-02-30T00:00:00Z"',
    '"2026-03-14T20:15:60Z"',
    "1773519330",
    '"now"',
    '"0001-01-01T00:00:00+14:00"',
    '"9999-12-31T23:59:59-14:00"',
]
ODD_SHAPES = ["null", "true", "[]", "{}", '[{"a":[]}]', "[" * 5000 + "]" * 5000, '{"a":' * 5000 + "1" + "}" * 5000]
ODD = [*ODD_NUMBERS, *ODD_WORDS, *ODD_TIMES, *ODD_SHAPES]
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=80)
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
NAMES = st.sampled_from(list(MESSAGES))
MARK = "put-the-odd-value-here"


def check(kind: type[messages.Message], payload: bytes) -> messages.Message | None:
    """The message, which must survive another journey, or None where it was refused as it should be."""
    try:
        message = messages.decode(kind, payload)
    except MessageError as error:
        check_line(str(error), kind.__name__.lower())
        return None
    assert messages.decode(kind, messages.encode(message)) == message
    return message


def check_line(line: str, kind: str) -> None:
    assert line.startswith(f"{kind}: ")
    assert len(line) <= 200
    assert line.isprintable()


@settings(deadline=None)
@given(st.sampled_from(KINDS), st.binary())
def test_random_bytes_are_refused(kind: type[messages.Message], payload: bytes) -> None:
    assert check(kind, payload) is None


@settings(deadline=None)
@given(st.sampled_from(KINDS), JSON)
def test_random_json_is_refused(kind: type[messages.Message], value: object) -> None:
    assert check(kind, msgspec.json.encode(value)) is None


@settings(max_examples=300, deadline=None)
@given(NAMES, st.data())
def test_a_golden_with_bytes_turned_cut_out_or_put_in_raises_nothing_else(name: str, data: st.DataObject) -> None:
    payload = bytearray(golden(name))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(payload)))
        end = data.draw(st.integers(start, min(len(payload), start + 6)))
        payload[start:end] = data.draw(st.binary(max_size=6))
    check(kind_of_golden(name), bytes(payload))


@settings(deadline=None)
@given(NAMES, st.data())
def test_a_golden_cut_short_is_refused(name: str, data: st.DataObject) -> None:
    whole = golden(name)
    assert check(kind_of_golden(name), whole[: data.draw(st.integers(0, len(whole) - 1))]) is None


@settings(max_examples=300, deadline=None)
@given(NAMES, JSON, st.data())
def test_a_golden_with_random_json_somewhere_raises_nothing_else(name: str, odd: object, data: st.DataObject) -> None:
    value = msgspec.json.decode(golden(name))
    place = data.draw(st.sampled_from(list(_places(value))))
    check(kind_of_golden(name), msgspec.json.encode(_put(value, place, odd)))


@pytest.mark.parametrize("name", MESSAGES)
def test_each_odd_value_at_each_place_raises_nothing_else(name: str) -> None:
    value = msgspec.json.decode(golden(name))
    for place in _places(value):
        marked = msgspec.json.encode(_put(value, place, MARK)).decode()
        for odd in ODD:
            check(kind_of_golden(name), marked.replace(f'"{MARK}"', odd).encode())


@settings(deadline=None)
@given(st.sampled_from(EntryKind), st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_random_data_is_refused_or_of_its_kind(kind: EntryKind, data: dict[str, Any]) -> None:
    _check_data(kind, data)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(EntryKind), JSON | st.integers(2**53, 10**400), st.data())
def test_golden_data_with_a_random_field_is_refused_or_of_its_kind(
    kind: EntryKind, odd: object, data: st.DataObject
) -> None:
    good = entry_of(kind).data
    field = data.draw(st.sampled_from([*good, "later"]))
    _check_data(kind, good | {field: odd})


@pytest.mark.parametrize(
    ("topic", "field", "odd"),
    [
        (Topic.NOW, "number", "-1"),
        (Topic.NOW, "number", str(2**53)),
        (Topic.NOW, "number", "77.0"),
        (Topic.NOW, "level_dba", "120.1"),
        (Topic.NOW, "level_dba", "-0.1"),
        (Topic.NOW, "level_dba", '"48"'),
        (Topic.NOW, "left_s", "1e10"),
        (Topic.NOW, "playing", '"loud"'),
        (Topic.NOW, "track", f'"{"a" * 63}"'),
        (Topic.NOW, "track", f'"{"A" * 64}"'),
        (Topic.NOW, "track", f'"{"a" * 64}\\n"'),
        (Topic.NOW, "at", '"2026-03-14T20:15:30"'),
        (Topic.NOW, "at", '"2026-03-14T20:15:30+02:00"'),
        (Topic.NOW, "at", '"9999-12-31T23:59:59Z"'),
        (Topic.HEALTH, "at", '"1969-12-31T23:59:59Z"'),
        (Topic.COMMAND, "issued_at", '"3000-01-01T00:00:00Z"'),
        (Topic.ASSIGNMENT, "assigned_at", '"0001-01-01T00:00:00+14:00"'),
        (Topic.HEALTH, "temperature_c", "1e308"),
        (Topic.HEALTH, "disk_free_mb", "-1"),
        (Topic.HEALTH, "memory_mb", "1e13"),
        (Topic.HEALTH, "calibrated_on", '"2026-02-02 by hand"'),
        (Topic.HEALTH, "sound", f'"{"x" * 201}"'),
        (Topic.HEALTH, "throttled", "0"),
        (Topic.PRESENCE, "online", "1"),
        (Topic.PRESENCE, "contract", str(2**31)),
        (Topic.PRESENCE, "contract", "0"),
        (Topic.PRESENCE, "boot", '"b\\n"'),
        (Topic.PRESENCE, "boot", '"a/b"'),
        (Topic.PRESENCE, "software", '""'),
        (Topic.HELLO, "oldest", "0"),
        (Topic.HELLO, "stay", '""'),
        (Topic.HELLO, "capabilities", '"screen"'),
        (Topic.HELLO, "capabilities", "[" + ",".join(['"a"'] * 65) + "]"),
        (Topic.LOG, "first_seq", "0"),
        (Topic.LOG, "entries", "[]"),
        (Topic.RECEIPT, "through", "-1"),
        (Topic.RECEIPT, "log_id", f'"{"a" * 65}"'),
        (Topic.ASSIGNMENT, "version", "0"),
        (Topic.ASSIGNMENT, "version", str(2**31)),
        (Topic.ASSIGNMENT, "rules", '{"cap_day_dba":65.1}'),
        (Topic.ASSIGNMENT, "rules", '{"cap_day_dba":29.9}'),
        (Topic.ASSIGNMENT, "rules", '{"comfort_s":2701}'),
        (Topic.ASSIGNMENT, "rules", '{"sleep_s":1499}'),
        (Topic.ASSIGNMENT, "rules", '{"night_begins":1440}'),
        (Topic.ASSIGNMENT, "rules", '{"night_ends":-1}'),
        (Topic.ASSIGNMENT, "rules", '{"shared_room":1}'),
        (Topic.ASSIGNMENT, "rules", '{"vigil":null}'),
        (Topic.ASSIGNMENT, "rules", '{"ask_before":"change"}'),
        (Topic.ASSIGNMENT, "rules", '{"ask_after":"sleep"}'),
        (Topic.ASSIGNMENT, "rules", '{"ask_after":"hunger"}'),
        (Topic.ASSIGNMENT, "rules", '{"ask_sleep":"yes"}'),
        (Topic.ASSIGNMENT, "rules", '{"reminders":[600,1440]}'),
        (Topic.ASSIGNMENT, "rules", '{"reminders":[' + ",".join(["600"] * 13) + "]}"),
        (Topic.ASSIGNMENT, "rules", '{"sleep_starts":1440}'),
        (Topic.ASSIGNMENT, "rules", '{"never_play":["Slow Tide"]}'),
        (Topic.ASSIGNMENT, "rules", '{"never_play":[' + ",".join([f'"{"c" * 64}"'] * 501) + "]}"),
        (Topic.ASSIGNMENT, "rules", '{"expires_at":"2026-03-28T20:15:30"}'),
        (Topic.ASSIGNMENT, "rules", '{"expires_at":"2026-03-28T20:15:30+02:00"}'),
        (Topic.ASSIGNMENT, "rules", '{"expires_at":"9999-12-31T23:59:59Z"}'),
        (Topic.ASSIGNMENT, "rules", '{"language":"deutsch"}'),
        (Topic.ASSIGNMENT, "rules", '{"language":"DE"}'),
        (Topic.ASSIGNMENT, "rules", '{"language":"de\\n"}'),
        (Topic.COMMAND, "verb", '"louder"'),
        (Topic.COMMAND, "valid_s", "301"),
        (Topic.COMMAND, "valid_s", "0.9"),
        (Topic.REPLY, "done", "null"),
        (Topic.SCREEN, "showing", '"film"'),
        (Topic.SCREEN, "showing", '"question"'),  # with a frame
        (Topic.SCREEN, "light", '"blinding"'),
        (Topic.SCREEN, "number", "-1"),
        (Topic.SCREEN, "at", '"2026-03-14T20:15:30+02:00"'),
        (Topic.SCREEN, "words", "[" + ",".join(['"a"'] * 9) + "]"),
        (Topic.SCREEN, "words", f'["{"x" * 201}"]'),
        (Topic.SCREEN, "frame", f'"{"A" * 1404}"'),
        (Topic.SCREEN, "frame", '"not base64!"'),
        (Topic.SCREEN, "frame", '"AAAA"'),
        (Topic.SCREEN, "frame", f'"{messages.pack(bytes(1023))}"'),
        (Topic.SCREEN, "frame", f'"{messages.pack(bytes(1025))}"'),
        (Topic.SCREEN, "frame", f'"{messages.pack(bytes(1_000_000))}"'),  # a thousand times its size
        (Topic.SCREEN, "frame", f'"{base64.b64encode(zlib.compress(bytes(1024))[:-2]).decode()}"'),
        (Topic.SCREEN, "frame", f'"{base64.b64encode(zlib.compress(bytes(1024)) + b"x").decode()}"'),
    ],
)
def test_a_value_just_outside_its_bounds_is_refused(topic: Topic, field: str, odd: str) -> None:
    marked = msgspec.json.encode(msgspec.json.decode(golden(topic)) | {field: MARK}).decode()
    assert check(messages.TYPES[topic], marked.replace(f'"{MARK}"', odd).encode()) is None


def test_a_playlist_of_too_many_letters_too_many_tracks_or_none_is_refused() -> None:
    fields = msgspec.json.decode(golden("assignment"))
    good = fields["playlists"][0]
    labels: list[dict[str, object]] = [{"label": "Memories!"}, {"label": ""}]
    for bad in [*labels, {"tracks": []}, {"tracks": good["tracks"] * 101}]:
        assert check(messages.Assignment, msgspec.json.encode(fields | {"playlists": [good | bad]})) is None
    assert check(messages.Assignment, msgspec.json.encode(fields | {"playlists": [good] * 13})) is None
    assert check(messages.Assignment, msgspec.json.encode(fields | {"playlists": [good] * 12})) is not None


@pytest.mark.parametrize(
    "rules",
    [
        '{"night_begins":0,"night_ends":1439}',
        '{"reminders":[' + ",".join(["600"] * 12) + "]}",
        '{"never_play":[' + ",".join([f'"{"c" * 64}"'] * 500) + "]}",
        '{"expires_at":"2999-12-31T23:59:59Z"}',
        '{"language":""}',
    ],
)
def test_a_rule_at_its_bounds_is_taken(rules: str) -> None:
    marked = msgspec.json.encode(msgspec.json.decode(golden("assignment")) | {"rules": MARK}).decode()
    assert check(messages.Assignment, marked.replace(f'"{MARK}"', rules).encode()) is not None


@pytest.mark.parametrize(
    "odd",
    [
        {"question": "hunger"},
        {"moment": "during"},
        {"outcome": "ignored"},
        {"change": "much better"},
        {"score": 11},
        {"score": -1},
        {"score": 6.5},
        {"score": True},
        {"session": ""},
        {"took_s": -0.1},
    ],
)
def test_an_answer_just_outside_its_bounds_is_refused(odd: dict[str, Any]) -> None:
    entry = msgspec.structs.replace(entry_of("answered"), data=entry_of("answered").data | odd)
    with pytest.raises(MessageError, match=f"entry answered: .*{next(iter(odd))}"):
        messages.entry_data(entry)


def test_every_frame_comes_back_as_it_was_and_fits_the_message() -> None:
    noise = random.Random(1).randbytes(messages.FRAME_BYTES)
    for frame in (noise, bytes(messages.FRAME_BYTES), b"\xff" * messages.FRAME_BYTES):
        sent = msgspec.structs.replace(MESSAGES[Topic.SCREEN], frame=messages.pack(frame))
        read = messages.decode(messages.Screen, messages.encode(sent))
        assert messages.unpack(read.frame) == frame


def test_a_batch_of_more_than_500_entries_is_refused() -> None:
    fields = msgspec.json.decode(golden("log"))
    entry = fields["entries"][0]
    assert check(messages.Log, msgspec.json.encode(fields | {"entries": [entry] * 501})) is None
    assert check(messages.Log, msgspec.json.encode(fields | {"entries": [entry] * 500})) is not None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b" ",
        b"\x00",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b"{" * 900_000,
        b'{"a":' + b"[" * 900_000,
        b'{"a":1,}',
        b"{'a':1}",
        b"{}{}",
        b"x" * 1_100_000,
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_json_nests_too_deep_or_is_too_large_is_refused(
    kind: type[messages.Message], payload: bytes
) -> None:
    assert check(kind, payload) is None


def test_an_unknown_word_of_the_peer_cannot_write_control_characters_into_a_log() -> None:
    verb = golden("command").replace(b'"silence"', b'"\\u001b[2J\\u0000\\u202e\\n' + b"x" * 500 + b'"')
    with pytest.raises(MessageError) as refused:
        messages.decode(messages.Command, verb)
    check_line(str(refused.value), "command")
    assert "[2J" in str(refused.value)


def test_an_entry_keeps_whatever_json_its_data_holds_so_that_it_never_holds_up_its_log() -> None:
    nested: Any = 1
    for _ in range(300):
        nested = [nested]
    far = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    data = {"nul": "\0", "huge": 10**300, "deep": nested}
    entry = Entry(at=far, clock_ok=False, boot="b", stay=None, kind="later", data=data)
    log = messages.Log(log_id="a", first_seq=1, entries=(entry,))
    assert messages.decode(messages.Log, messages.encode(log)) == log


@pytest.mark.parametrize("payload", [bytearray(golden("receipt")), memoryview(golden("receipt"))])
def test_a_payload_may_come_in_any_buffer(payload: bytearray | memoryview) -> None:
    assert messages.decode(messages.Receipt, payload) == MESSAGES[Topic.RECEIPT]


def _check_data(kind: EntryKind, data: dict[str, Any]) -> None:
    entry = msgspec.structs.replace(entry_of(kind), data=data)
    try:
        assert type(messages.entry_data(entry)) is type(ENTRY_DATA[kind])
    except MessageError as error:
        check_line(str(error), f"entry {kind}")


def _places(value: Any, at: tuple[Any, ...] = ()) -> Any:
    """Every place within a JSON value, as the keys and indexes that lead to it."""
    yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield from _places(inner, (*at, key))


def _put(value: Any, place: tuple[Any, ...], odd: object) -> Any:
    if not place:
        return odd
    key, *rest = place
    changed = value.copy()
    changed[key] = _put(value[key], tuple(rest), odd)
    return changed
