"""The contract's first version: its golden messages decode for ever, and encode to the very same bytes."""

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

import messages
from messages import Entry, EntryKind, Light, MessageError, Presence, Rules, Topic
from tests.wire.golden_messages import (
    DIGEST,
    ENTRY_DATA,
    FOLDER,
    FROZEN,
    MESSAGES,
    MORE_DATA,
    RULES,
    YOUNGER_DEFAULTS,
    entry_of,
    golden,
    golden_entry,
    kind_of_golden,
    spelled,
)

DEFAULTS: dict[str, object] = {
    "Presence.contract": 1,
    "Hello.capabilities": (),
    "Assignment.rules": Rules(cap_day_dba=60.0, comfort_s=1440.0, sleep_s=2700.0, cap_night_dba=45.0),
    "Now.session": None,
    "Now.playlist": None,
    "Now.track": None,
    "Now.place": 0,
    "Now.tracks": 0,
    "Now.left_s": 0.0,
    "Now.length_s": 0.0,
    "Now.assignment_version": 0,
    "Health.dropped_messages": 0,
    "Command.valid_s": 30.0,
    "Reply.reason": "",
    "Rules.cap_night_dba": 45.0,
    "Rules.night_begins": 1260,
    "Rules.night_ends": 420,
    "Rules.shared_room": False,
    "Rules.vigil": False,
    "Rules.ask_before": None,
    "Rules.ask_after": None,
    "Rules.ask_sleep": False,
    "Rules.reminders": (),
    "Rules.sleep_starts": None,
    "Rules.never_play": (),
    "Rules.expires_at": None,
    "Rules.language": "",
    "Health.late_rewrites": 0,
    "Health.buffer_underruns": 0,
    "Health.player_restarts": 0,
    "Health.underruns": 0,
    "Health.silences": 0,
    "SessionEnded.mean_dba": None,
    "SessionEnded.max_dba": None,
    "Receipt.differs": False,
    "Fault.code": None,
    "Fault.args": {},
    "TrackFailed.code": None,
    "TrackFailed.args": {},
    "AssignmentRefused.code": None,
    "AssignmentRefused.args": {},
    "Reply.code": None,
    "PartResult.code": None,
    "Reply.args": {},
    "Screen.light": Light.BRIGHT,
    "Screen.frame": "",
    "Screen.words": (),
    **YOUNGER_DEFAULTS,
}
ALL_DATA: dict[str, messages.Data] = {**ENTRY_DATA, **MORE_DATA}
FIELDS = [(name, field) for name, value in MESSAGES.items() for field in value.__struct_fields__]


def test_there_is_a_golden_for_every_message_and_every_kind_and_no_other_file() -> None:
    assert {kind_of_golden(name) for name in MESSAGES} == set(messages.TYPES.values())
    assert set(ENTRY_DATA) == set(EntryKind)
    assert {path.stem for path in FOLDER.glob("*.json")} == set(MESSAGES)
    assert {path.stem for path in (FOLDER / "entries").glob("*.json")} == set(ALL_DATA)


def test_what_was_frozen_has_never_changed() -> None:
    frozen = dict(reversed(line.split()) for line in FROZEN.read_text().splitlines())
    now = {
        str(path.relative_to(FOLDER)): hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.rglob("*.json")
    }
    assert frozen == {name: now.get(name) for name in frozen}
    assert set(now) == set(frozen), "write each new golden's line into frozen.txt"


@pytest.mark.parametrize("name", MESSAGES)
def test_a_golden_message_decodes_to_its_value_and_encodes_to_its_bytes(name: str) -> None:
    assert messages.decode(kind_of_golden(name), golden(name)) == MESSAGES[name]
    assert spelled(MESSAGES[name]) == golden(name)
    assert messages.decode(kind_of_golden(name), messages.encode(MESSAGES[name])) == MESSAGES[name]


@pytest.mark.parametrize("name", ALL_DATA)
def test_a_golden_entry_decodes_to_its_value_and_encodes_to_its_bytes(name: str) -> None:
    entry = msgspec.json.decode(golden_entry(name), type=Entry)
    assert entry == entry_of(name)
    assert messages.encode(entry) == golden_entry(name)
    assert messages.entry_data(entry) == ALL_DATA[name]


@pytest.mark.parametrize("name", MESSAGES)
def test_unknown_fields_of_a_later_version_are_ignored_wherever_they_stand(name: str) -> None:
    later = _with_later_fields(msgspec.json.decode(golden(name)))
    decoded = messages.decode(kind_of_golden(name), msgspec.json.encode(later))
    if isinstance(decoded, messages.Log):  # an entry's data is kept whole, and read without them
        assert [_known(entry) for entry in decoded.entries] == [_known(entry) for entry in MESSAGES[name].entries]  # type: ignore[attr-defined]
    else:
        assert decoded == MESSAGES[name]


@pytest.mark.parametrize("kind", ENTRY_DATA)
def test_unknown_fields_of_an_entrys_data_are_kept_in_the_entry_and_ignored_by_its_reader(kind: EntryKind) -> None:
    later = msgspec.structs.replace(entry_of(kind), data={**entry_of(kind).data, "later": [1]})
    assert messages.entry_data(later) == ENTRY_DATA[kind]
    assert later.data["later"] == [1]


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_missing_field_gets_its_default_and_one_without_a_default_is_refused_by_name(name: str, field: str) -> None:
    kind, fields = kind_of_golden(name), msgspec.json.decode(golden(name))
    fields.pop(field, None)  # a golden does not have what is younger than it
    payload = msgspec.json.encode(fields)
    if (default := f"{kind.__name__}.{field}") in DEFAULTS:
        expected = msgspec.structs.replace(MESSAGES[name], **{field: DEFAULTS[default]})
        assert messages.decode(kind, payload) == expected
    else:
        with pytest.raises(MessageError, match=f"missing required field `{field}`"):
            messages.decode(kind, payload)


def test_a_missing_start_within_a_track_is_its_beginning() -> None:
    data = {key: value for key, value in entry_of(EntryKind.TRACK_STARTED).data.items() if key != "start_s"}
    read = messages.entry_data(msgspec.structs.replace(entry_of(EntryKind.TRACK_STARTED), data=data))
    assert read == msgspec.structs.replace(ENTRY_DATA[EntryKind.TRACK_STARTED], start_s=0.0)


def test_an_entry_of_a_later_kind_is_kept_whole_and_not_read() -> None:
    log = messages.decode(messages.Log, golden("log-later-kind"))
    assert messages.entry_data(log.entries[0]) is None
    assert log.entries[0].data == {"lamp": {"to": [1, None, "low"]}}


def test_every_kind_of_data_knows_its_word() -> None:
    assert {kind: messages.kind_of(data) for kind, data in ENTRY_DATA.items()} == {kind: kind for kind in EntryKind}


def test_the_digest_of_an_assignment_is_of_what_it_says_and_not_of_how_it_was_written() -> None:
    fields = msgspec.json.decode(golden("assignment"))
    turned = dict(reversed(fields.items())) | {"later": {"unknown": True}}
    spelled = msgspec.json.format(msgspec.json.encode(turned), indent=4)
    read = messages.decode(messages.Assignment, golden("assignment"))
    assert messages.assignment_digest(read) == DIGEST
    assert messages.assignment_digest(messages.decode(messages.Assignment, spelled)) == DIGEST


@pytest.mark.parametrize("field", ["version", "stay", "assigned_at", "playlists", "rules"])
def test_the_digest_of_an_assignment_changes_with_each_of_its_fields(field: str) -> None:
    other = {
        "version": 99,
        "stay": None,
        "assigned_at": datetime(2026, 3, 14, 20, 15, 31, tzinfo=UTC),
        "playlists": (),
        "rules": Rules(),
    }
    assignment = messages.decode(messages.Assignment, golden("assignment"))
    changed = msgspec.structs.replace(assignment, **{field: other[field]})
    assert messages.assignment_digest(changed) != DIGEST


def test_a_rule_that_an_older_peer_does_not_know_counts_in_the_digest_only_where_it_says_something() -> None:
    assignment = messages.decode(messages.Assignment, golden("assignment"))
    usual, lower = (msgspec.structs.replace(assignment.rules, cap_night_dba=cap_dba) for cap_dba in (45.0, 40.0))
    assert messages.assignment_digest(msgspec.structs.replace(assignment, rules=usual)) == DIGEST
    assert messages.assignment_digest(msgspec.structs.replace(assignment, rules=lower)) != DIGEST


def test_the_golden_rules_differ_from_every_default() -> None:
    assert [name for name in Rules.__struct_fields__ if getattr(RULES, name) == getattr(Rules(), name)] == []


@pytest.mark.parametrize("rule", Rules.__struct_fields__)
def test_a_rule_changes_the_digest_where_it_differs_from_its_default_and_only_there(rule: str) -> None:
    plain = msgspec.structs.replace(messages.decode(messages.Assignment, golden("assignment")), rules=Rules())
    other = msgspec.structs.replace(plain, rules=Rules(**{rule: getattr(RULES, rule)}))
    fields = msgspec.json.decode(messages.encode(plain))
    del fields["rules"][rule]  # as a peer sends it that does not know this rule
    unknown = messages.decode(messages.Assignment, msgspec.json.encode(fields))
    assert messages.assignment_digest(unknown) == messages.assignment_digest(plain)
    assert messages.assignment_digest(other) != messages.assignment_digest(plain)


@pytest.mark.parametrize("rule", Rules.__struct_fields__)
def test_each_rule_of_an_assignment_that_sets_them_all_counts_in_its_digest(rule: str) -> None:
    assignment = messages.decode(messages.Assignment, golden("assignment-rules"))
    without = msgspec.structs.replace(assignment.rules, **{rule: getattr(Rules(), rule)})
    changed = messages.assignment_digest(msgspec.structs.replace(assignment, rules=without))
    assert changed != messages.assignment_digest(assignment)


def test_an_assignment_that_ends_by_itself_comes_back_as_it_went_whatever_its_moment_is_spelled_like() -> None:
    ends = datetime(2026, 3, 28, 20, 15, 30, tzinfo=UTC)
    assignment = messages.decode(messages.Assignment, golden("assignment"))
    ending = msgspec.structs.replace(assignment, rules=Rules(expires_at=ends))
    assert messages.decode(messages.Assignment, messages.encode(ending)) == ending
    spelled = messages.encode(ending).replace(b"20:15:30Z", b"20:15:30.000+00:00")
    assert spelled != messages.encode(ending)
    read = messages.decode(messages.Assignment, spelled)
    assert read == ending
    assert messages.assignment_digest(read) == messages.assignment_digest(ending)
    later = msgspec.structs.replace(assignment, rules=Rules(expires_at=ends + timedelta(seconds=1)))
    assert messages.assignment_digest(later) != messages.assignment_digest(ending)


def test_the_contract_number_of_presence_is_that_of_the_root() -> None:
    spoken = Presence(online=True, software="0.1.0", boot="b").contract
    assert (spoken, messages.ROOT) == (messages.CONTRACT, f"nightingale/{messages.CONTRACT}")


def test_the_largest_message_fits_a_brokers_default_limit_and_one_byte_more_is_refused() -> None:
    padding = b" " * (messages.MAX_BYTES - len(golden("receipt")))
    assert messages.decode(messages.Receipt, golden("receipt") + padding) == MESSAGES[Topic.RECEIPT]
    with pytest.raises(MessageError, match="receipt: 1000001 bytes are more than 1000000"):
        messages.decode(messages.Receipt, golden("receipt") + padding + b" ")


def _with_later_fields(value: object) -> object:
    """In every Struct; the arguments of a reason are a table, not one."""
    if isinstance(value, dict):
        inside = {key: inner if key == "args" else _with_later_fields(inner) for key, inner in value.items()}
        return {"later": {"a": [None]}} | inside
    return [_with_later_fields(inner) for inner in value] if isinstance(value, list) else value


def _known(entry: Entry) -> tuple[object, ...]:
    return (entry.at, entry.clock_ok, entry.boot, entry.stay, entry.kind, messages.entry_data(entry))
