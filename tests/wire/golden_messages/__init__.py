"""The golden messages of contract 1 as values; beside them lie their bytes, which must decode for ever.

A new optional field gets a new golden of its own: those that are here never change.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

import messages
from messages import (
    Cause,
    Change,
    Code,
    EntryKind,
    Light,
    Moment,
    Outcome,
    Part,
    Playing,
    Question,
    Showing,
    Topic,
    Verb,
)

FOLDER = Path(__file__).parent
FROZEN = (
    FOLDER / "frozen.txt"
)  # the SHA-256 of each golden of the day on which version 1 was frozen; lines are only added
DEVICE_ID = "7d0f5b62-93c1-4f0e-9a56-2b8c1d4e6f70"
BOOT, LOG_ID, STAY, SESSION = "b3f19a07c2d84e55", "9f1c2ab07755d013", "s-4e1d9c7a20b8", "b3f19a07c2d84e55-7"
AT = datetime(2026, 3, 14, 20, 15, 30, 250_000, tzinfo=UTC)
TIDE, SHORE = "a1" * 32, "b2" * 32
DIGEST = "34a86ae19082895b6440eb1be1616053516891856e756ba3c97a0c16c199e8b4"  # of the golden assignment

TRACKS = (
    messages.TrackRef(sha256=TIDE, title="Slow Tide", seconds=412.5),
    messages.TrackRef(sha256=SHORE, title="Along the Shore", seconds=388.0),
)
CALM = messages.PlaylistRef(slug="calm", title="Slow Tide", label="Calm", purpose="comfort", arc="u", tracks=TRACKS)
NIGHT = messages.PlaylistRef(
    slug="night", title="Night Boats", label="Sleep", purpose="sleep", arc="descending", tracks=(TRACKS[1],)
)
RULES = messages.Rules(  # each one differs from its default
    cap_day_dba=55.0,
    comfort_s=1200.0,
    sleep_s=2400.0,
    cap_night_dba=40.0,
    night_begins=1320,
    night_ends=390,
    shared_room=True,
    vigil=True,
    ask_before="pain",
    ask_after="change",
    ask_sleep=True,
    reminders=(600, 900),
    sleep_starts=1290,
    never_play=("c3" * 32,),
    expires_at=AT + timedelta(days=14),
    language="de",
)

HELD = messages.because(Code.BUTTON_HELD, button="PLAY")
CUT = messages.because(Code.TRACK_DAMAGED, what="the file ends in the middle")
OLDER = messages.because(Code.ASSIGNMENT_OLDER)
LATE = messages.because(Code.TOO_LATE, seconds=12)

FRAME = (  # Calm, 18 min; as it was packed then, for another zlib may pack it otherwise
    "eNq9k0EKgzAQRSMBs6sXCMkVXLooehWP0NKNC0GPZm9i8QIpBc2iaCeJqdpmUW3pgwzDzGTyGSYIfUmlQD+nFvLex4wHGs6YPz5W"
    "j1RVqQsHhbkClKUtgPTcX8nUdQb0a2636xE4qXy/rNQewR6A3/y1AkiQJEUupdDILIMYT4phUJFDtue26cv7Dv2b3v8/pWLbTdgK"
    "IQGzODCtKMpgTvWH92GcLCAEY0zIjuVSmIWBtnZxfN/aNHU0wJ6ZsvLPTdfFlMZF11z0vxAiDcNQ1MYi1LZTzK3H00Jg6zkPiKtA"
    "yzGankAx11rUb6GUqq+DTWJp7TH2ATJ4u1M="
)

ENTRY_DATA: dict[EntryKind, messages.Data] = {
    EntryKind.BOX_STARTED: messages.BoxStarted(software="0.1.0", board="a"),
    EntryKind.SESSION_STARTED: messages.SessionStarted(
        session=SESSION, playlist="calm", level_dba=50.0, cause=Cause.BUTTON
    ),
    EntryKind.SESSION_ENDED: messages.SessionEnded(
        session=SESSION, playlist="calm", heard_s=1440.2, level_dba=46.0, skips=1, cause=Cause.COMPLETED
    ),
    EntryKind.TRACK_STARTED: messages.TrackStarted(session=SESSION, playlist="calm", track=TIDE, start_s=118.4),
    EntryKind.TRACK_SKIPPED: messages.TrackSkipped(session=SESSION, playlist="calm", track=TIDE, heard_s=31.7),
    EntryKind.TRACK_FAILED: messages.TrackFailed(playlist="calm", track=SHORE, reason="the file ends in the middle"),
    EntryKind.ASSIGNMENT_APPLIED: messages.AssignmentApplied(version=12, digest=DIGEST, held=1, needed=2),
    EntryKind.ASSIGNMENT_REFUSED: messages.AssignmentRefused(
        version=11, have=12, reason="older than the one on this box"
    ),
    EntryKind.RESET: messages.Reset(version=13),
    EntryKind.EXPIRED: messages.Expired(version=15),
    EntryKind.ANSWERED: messages.Answered(
        question=Question.PAIN,
        moment=Moment.BEFORE,
        outcome=Outcome.ANSWERED,
        score=6,
        session=SESSION,
        took_s=8.4,
    ),
    EntryKind.REMINDED: messages.Reminded(accepted=True),
    EntryKind.CLEANING: messages.Cleaning(),
    EntryKind.FAULT: messages.Fault(part=Part.SOUND, reason="the sound card is gone: plug it in again"),
    EntryKind.FAULT_OVER: messages.FaultOver(part=Part.SOUND, lasted_s=64.5),
    EntryKind.UNREADABLE: messages.Unreadable(),
}

# Other shapes of a kind, each with a golden of its own; its name's first word is its kind.
MORE_DATA: dict[str, messages.Data] = {
    "session_ended-measured": messages.SessionEnded(
        session=SESSION,
        playlist="calm",
        heard_s=1440.2,
        level_dba=46.0,
        skips=1,
        cause=Cause.COMPLETED,
        mean_dba=44.8,
        max_dba=51.3,
    ),
    "fault-player": messages.Fault(part=Part.PLAYER, reason="no heartbeat for 500 ms"),
    "fault-code": messages.Fault(part=Part.CONTROLS, reason=HELD.line, code=HELD.code, args=dict(HELD.args)),
    "track_failed-code": messages.TrackFailed(
        playlist="calm", track=SHORE, reason=CUT.line, code=CUT.code, args=dict(CUT.args)
    ),
    "assignment_refused-code": messages.AssignmentRefused(
        version=11, have=12, reason=OLDER.line, code=OLDER.code, args=dict(OLDER.args)
    ),
    "session_started-timed": messages.SessionStarted(
        session=SESSION, playlist="night", level_dba=38.0, cause=Cause.TIMED
    ),
    "session_ended-nurse-call": messages.SessionEnded(
        session=SESSION, playlist="calm", heard_s=312.8, level_dba=50.0, skips=0, cause=Cause.NURSE_CALL
    ),
    "session_ended-cleaning": messages.SessionEnded(
        session=SESSION, playlist="calm", heard_s=97.1, level_dba=50.0, skips=0, cause=Cause.CLEANING
    ),
    "answered-change": messages.Answered(
        question=Question.CHANGE,
        moment=Moment.AFTER,
        outcome=Outcome.ANSWERED,
        change=Change.BETTER,
        session=SESSION,
        took_s=5.2,
    ),
    "answered-nothing": messages.Answered(
        question=Question.SLEEP, moment=Moment.BEFORE, outcome=Outcome.NOT_ANSWERED, took_s=20.0
    ),
}
# The default of each field that version 1 learns after it was frozen; older peers did not send it.
YOUNGER_DEFAULTS: dict[str, object] = {
    "Command.forced": False,
    "Reply.results": (),
    "Reply.lines": (),
    "Health.fetched_kb_s": 0,
}
EXAMPLES = {  # what docs/messages.md shows
    "assignment": "assignment-rules",
    "health": "health-counted",
    "receipt": "receipt-differs",
    "command": "command-forced",
    "reply": "reply-self-test",
    "fault": "fault-code",
    "track_failed": "track_failed-code",
    "assignment_refused": "assignment_refused-code",
    "session_ended": "session_ended-measured",
}


def _entry(kind: str, data: dict[str, object], stay: str | None = STAY) -> messages.Entry:
    return messages.Entry(at=AT, clock_ok=True, boot=BOOT, stay=stay, kind=kind, data=data)


STARTED = _entry("session_started", {"session": SESSION, "playlist": "calm", "level_dba": 50.0, "cause": "button"})
SKIPPED = _entry("track_skipped", {"session": SESSION, "playlist": "calm", "track": TIDE, "heard_s": 31.7})

MESSAGES: dict[str, messages.Message] = {
    Topic.PRESENCE: messages.Presence(online=True, software="0.1.0", boot=BOOT, contract=1),
    "presence-gone": messages.Presence(online=False, software="0.1.0", boot=BOOT, contract=1),
    Topic.HELLO: messages.Hello(
        log_id=LOG_ID,
        oldest=1204,
        next_seq=1210,
        assignment_version=12,
        stay=STAY,
        boot=BOOT,
        software="0.1.0",
        capabilities=("screen", "sleep_light"),
    ),
    Topic.LOG: messages.Log(log_id=LOG_ID, first_seq=1204, entries=(STARTED, SKIPPED)),
    "log-later-kind": messages.Log(
        log_id=LOG_ID, first_seq=1, entries=(_entry("lamp_dimmed", {"lamp": {"to": [1, None, "low"]}}, stay=None),)
    ),
    Topic.RECEIPT: messages.Receipt(log_id=LOG_ID, through=1205),
    "receipt-differs": messages.Receipt(log_id=LOG_ID, through=1205, differs=True),
    Topic.ASSIGNMENT: messages.Assignment(
        version=12,
        stay=STAY,
        assigned_at=AT,
        playlists=(CALM, NIGHT),
        rules=messages.Rules(cap_day_dba=55.0, comfort_s=1200.0, sleep_s=2400.0),
    ),
    "assignment-night": messages.Assignment(
        version=14, stay=STAY, assigned_at=AT, playlists=(NIGHT,), rules=messages.Rules(cap_night_dba=40.0)
    ),
    "assignment-rules": messages.Assignment(
        version=15, stay=STAY, assigned_at=AT, playlists=(CALM, NIGHT), rules=RULES
    ),
    "assignment-reset": messages.Assignment(
        version=13, stay=None, assigned_at=AT, playlists=(), rules=messages.Rules()
    ),
    Topic.NOW: messages.Now(
        boot=BOOT,
        number=77,
        at=AT,
        playing=Playing.PLAYING,
        level_dba=48.0,
        cap_dba=55.0,
        session=SESSION,
        playlist="calm",
        track=TIDE,
        place=1,
        tracks=2,
        left_s=884.6,
        length_s=1200.0,
        assignment_version=12,
    ),
    "now-vigil": messages.Now(
        boot=BOOT,
        number=79,
        at=AT,
        playing=Playing.PLAYING,
        level_dba=44.0,
        cap_dba=55.0,
        session=SESSION,
        playlist="calm",
        track=SHORE,
        place=2,
        tracks=2,
        assignment_version=15,
    ),
    "now-silent": messages.Now(boot=BOOT, number=78, at=AT, playing=Playing.SILENT, level_dba=48.0, cap_dba=55.0),
    Topic.HEALTH: messages.Health(
        boot=BOOT,
        number=9,
        at=AT,
        software="0.1.0",
        clock_ok=True,
        temperature_c=47.2,
        throttled=False,
        disk_free_mb=11874.3,
        memory_mb=92.6,
        unsent=6,
        oldest_unsent_s=41.0,
        sound="ok",
        display="ok",
        calibrated_on="2026-02-02",
        tracks_held=1,
        tracks_needed=2,
        dropped_messages=0,
    ),
    "health-counted": messages.Health(
        boot=BOOT,
        number=10,
        at=AT,
        software="0.1.0",
        clock_ok=True,
        temperature_c=47.2,
        throttled=False,
        disk_free_mb=11874.3,
        memory_mb=92.6,
        unsent=6,
        oldest_unsent_s=41.0,
        sound="ok",
        display="ok",
        calibrated_on="2026-02-02",
        tracks_held=1,
        tracks_needed=2,
        dropped_messages=0,
        late_rewrites=3,
        buffer_underruns=2,
        player_restarts=1,
    ),
    "health-fetching": messages.Health(
        boot=BOOT,
        number=11,
        at=AT,
        software="0.1.0",
        clock_ok=True,
        temperature_c=47.2,
        throttled=False,
        disk_free_mb=11874.3,
        memory_mb=92.6,
        unsent=0,
        oldest_unsent_s=0.0,
        sound="ok",
        display="ok",
        calibrated_on="2026-02-02",
        tracks_held=1,
        tracks_needed=2,
        fetched_kb_s=430,
    ),
    Topic.COMMAND: messages.Command(id="c0ffee7712345678", verb=Verb.SILENCE, issued_at=AT, valid_s=30.0),
    "command-forced": messages.Command(
        id="c0ffee7712345678", verb=Verb.LOCATE, issued_at=AT, valid_s=30.0, forced=True
    ),
    "command-self-test": messages.Command(id="c0ffee7712345678", verb=Verb.SELF_TEST, issued_at=AT, valid_s=30.0),
    "command-watch": messages.Command(id="c0ffee7712345678", verb=Verb.WATCH, issued_at=AT, valid_s=30.0),
    "command-locate-end": messages.Command(id="c0ffee7712345678", verb=Verb.LOCATE_END, issued_at=AT, valid_s=30.0),
    Topic.REPLY: messages.Reply(id="c0ffee7712345678", done=False, reason="nothing plays here"),
    "reply-self-test": messages.Reply(
        id="c0ffee7712345678",
        done=True,
        results=(
            messages.PartResult(part="sound", well=False, code=Code.NO_SOUND),
            messages.PartResult(part="screen", well=True),
        ),
    ),
    "reply-lines": messages.Reply(
        id="c0ffee7712345678", done=True, lines=("2026-03-14T20:15:30Z WARNING link=lost broker=ward:8883",)
    ),
    "reply-code": messages.Reply(
        id="c0ffee7712345678", done=False, reason=LATE.line, code=LATE.code, args=dict(LATE.args)
    ),
    Topic.SCREEN: messages.Screen(
        boot=BOOT,
        number=31,
        at=AT,
        showing=Showing.PICTURE,
        light=Light.DIMMED,
        frame=FRAME,
        words=("Calm", "18 min"),
    ),
    "screen-question": messages.Screen(boot=BOOT, number=32, at=AT, showing=Showing.QUESTION),
}


def kind_of_golden(name: str) -> type[messages.Message]:
    """The Struct of a golden: its name's first word is its topic's last."""
    return messages.TYPES[Topic(name.partition("-")[0])]


def golden(name: str) -> bytes:
    """The bytes of a message of contract 1, as they travelled."""
    return (FOLDER / f"{name}.json").read_bytes()


def golden_entry(name: str) -> bytes:
    """The bytes of an entry of this kind, or of another shape of it, as it travelled within a batch."""
    return (FOLDER / "entries" / f"{name}.json").read_bytes()


def entry_of(name: str) -> messages.Entry:
    """The whole entry that this golden holds."""
    outside = {EntryKind.BOX_STARTED, EntryKind.UNREADABLE}
    value = ENTRY_DATA[EntryKind(name)] if name in ENTRY_DATA else MORE_DATA[name]
    return _entry(name.partition("-")[0], in_contract_1(value), stay=None if name in outside else STAY)


def in_contract_1(value: messages.Message | messages.Data) -> dict[str, object]:
    """As boxes of the frozen version 1 write it: without the defaults of fields that they do not know."""
    fields: dict[str, object] = msgspec.to_builtins(value)
    for name, default in YOUNGER_DEFAULTS.items():
        kind, _, field = name.partition(".")
        inner = fields.get(kind.lower())
        of_kind = fields if type(value).__name__ == kind else inner if isinstance(inner, dict) else {}
        if field in of_kind and of_kind[field] == default:
            del of_kind[field]
    return fields


def spelled(message: messages.Message) -> bytes:
    """The bytes that boxes of the frozen version 1 send for this message."""
    fields = in_contract_1(message)
    return messages.encode(message) if fields == msgspec.to_builtins(message) else msgspec.json.encode(fields)
