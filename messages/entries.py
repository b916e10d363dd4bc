"""What a box writes into its log, a Struct for each kind of entry. Knows no numbering and no transport."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from messages.reasons import MOST_ARGUMENTS, MOST_LETTERS

Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Age = Annotated[float, Meta(ge=0)]  # by clocks that may be wrong: a bound would cost the whole message
Level = Annotated[float, Meta(ge=0, le=120)]
Version = Annotated[int, Meta(ge=0, lt=2**31)]
Word = Annotated[str, Meta(min_length=1, max_length=64)]
Line = Annotated[str, Meta(max_length=200)]
Score = Annotated[int, Meta(ge=0, le=10)]
Number = Annotated[int, Meta(ge=0, lt=2**53)]  # exact in JSON
Told = dict[Word, Annotated[str, Meta(max_length=MOST_LETTERS)]]
Args = Annotated[Told, Meta(max_length=MOST_ARGUMENTS)]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}(?!\n)$")]  # a bare $ would let a line feed pass


class Cause(StrEnum):
    """Why a session began or ended."""

    BUTTON = "button"
    COMPLETED = "completed"
    WARD = "ward"
    NO_SOUND = "no_sound"
    NO_MUSIC = "no_music"
    RESTART = "restart"
    NURSE_CALL = "nurse_call"
    CLEANING = "cleaning"
    TIMED = "timed"


class Question(StrEnum):
    """What a bed may be asked: pain and anxiety now, sleep last night (0 to 10 each), or the change by the music."""

    PAIN = "pain"
    ANXIETY = "anxiety"
    SLEEP = "sleep"
    CHANGE = "change"


class Moment(StrEnum):
    """Whether a question came before a session or after it."""

    BEFORE = "before"
    AFTER = "after"


class Outcome(StrEnum):
    """What became of a question: an answer, a push without one, or nothing until it went away."""

    ANSWERED = "answered"
    DECLINED = "declined"
    NOT_ANSWERED = "not_answered"


class Change(StrEnum):
    """The answer in three."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


class Part(StrEnum):
    """The part of a box that a fault is about."""

    SOUND = "sound"
    PLAYER = "player"
    SCREEN = "screen"
    CONTROLS = "controls"
    LOG = "log"
    MUSIC = "music"
    CLOCK = "clock"
    CONFIG = "config"


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """The base of every kind of entry."""


class BoxStarted(Data, frozen=True, kw_only=True):
    """The service started. `software`: its version; `board`: revision of the hardware, "simulated" on a laptop."""

    software: Word
    board: Word


class SessionStarted(Data, frozen=True, kw_only=True):
    """First sound. `session`: unique on this box; `playlist`: its slug; `level_dba`: dB(A) at the pillow."""

    session: Word
    playlist: Word
    level_dba: Level
    cause: Cause


class SessionEnded(Data, frozen=True, kw_only=True):
    """Silence. `heard_s`: seconds of sound; `level_dba`: dB(A) where it ended; `skips`: tracks skipped; `mean_dba`,
    `max_dba`: dB(A) at the pillow as the box estimates them from what it played, None where it could not."""

    session: Word
    playlist: Word
    heard_s: Seconds
    level_dba: Level
    skips: Number
    cause: Cause
    mean_dba: Level | None = None
    max_dba: Level | None = None


class TrackStarted(Data, frozen=True, kw_only=True):
    """A track of a session began. `track`: SHA-256 of its file; `start_s`: seconds into the track."""

    session: Word
    playlist: Word
    track: Hash
    start_s: Seconds = 0.0


class TrackSkipped(Data, frozen=True, kw_only=True):
    """NEXT was pressed. `heard_s`: seconds of the track that were heard before."""

    session: Word
    playlist: Word
    track: Hash
    heard_s: Seconds


class TrackFailed(Data, frozen=True, kw_only=True):
    """A track could not be played (missing, corrupt, cut short); the next one played. `reason`: one line; `code`,
    `args`: the same for a reader with words of its own, see messages.reasons."""

    playlist: Word
    track: Hash
    reason: Line
    code: Word | None = None
    args: Args = {}


class AssignmentApplied(Data, frozen=True, kw_only=True):
    """The box now offers this assignment; `held` of `needed` tracks are on it. `digest`: SHA-256 of the assignment's
    canonical JSON, by which the ward knows its own word."""

    version: Version
    digest: Hash
    held: Number
    needed: Number


class AssignmentRefused(Data, frozen=True, kw_only=True):
    """The box kept what it had. `version`: what was offered; `have`: what is on the box; `reason`: one line; `code`,
    `args`: the same for a reader with words of its own."""

    version: Version
    have: Version
    reason: Line
    code: Word | None = None
    args: Args = {}


class Reset(Data, frozen=True, kw_only=True):
    """A stay ended here: assignment, resume point and last choice are gone. `version`: the assignment that said so."""

    version: Version


class Expired(Data, frozen=True, kw_only=True):
    """The assignment ran out: its playlists and rules are gone, the box plays its built-in music. `version`: of it."""

    version: Version


class Answered(Data, frozen=True, kw_only=True):
    """A question and what became of it. `score`: 0 to 10, `change`: for the answer in three, None where there is none;
    `session`: the one that it is about, None where nothing was heard; `took_s`: seconds from question to answer."""

    question: Question
    moment: Moment
    outcome: Outcome
    score: Score | None = None
    change: Change | None = None
    session: Word | None = None
    took_s: Seconds = 0.0


class Reminded(Data, frozen=True, kw_only=True):
    """The box asked "Music?" at a time that staff set. `accepted`: PLAY was pressed within it."""

    accepted: bool


class Cleaning(Data, frozen=True, kw_only=True):
    """Staff began the cleaning mode: the controls rest for two minutes."""


class Fault(Data, frozen=True, kw_only=True):
    """A part of the box failed; told once. `reason`: one line that says what to do; `code`, `args`: the same for a
    reader with words of its own."""

    part: Part
    reason: Line
    code: Word | None = None
    args: Args = {}


class FaultOver(Data, frozen=True, kw_only=True):
    """A part of the box works again. `lasted_s`: seconds since its fault entry."""

    part: Part
    lasted_s: Seconds


class Unreadable(Data, frozen=True, kw_only=True):
    """An entry lay damaged in the box's file and is lost; its number still counts, so that the log has no hole."""


class EntryKind(StrEnum):
    """The word by which an entry's kind travels."""

    BOX_STARTED = "box_started"
    SESSION_STARTED = "session_started"
    SESSION_ENDED = "session_ended"
    TRACK_STARTED = "track_started"
    TRACK_SKIPPED = "track_skipped"
    TRACK_FAILED = "track_failed"
    ASSIGNMENT_APPLIED = "assignment_applied"
    ASSIGNMENT_REFUSED = "assignment_refused"
    RESET = "reset"
    EXPIRED = "expired"
    ANSWERED = "answered"
    REMINDED = "reminded"
    CLEANING = "cleaning"
    FAULT = "fault"
    FAULT_OVER = "fault_over"
    UNREADABLE = "unreadable"


DATA: dict[EntryKind, type[Data]] = {
    EntryKind.BOX_STARTED: BoxStarted,
    EntryKind.SESSION_STARTED: SessionStarted,
    EntryKind.SESSION_ENDED: SessionEnded,
    EntryKind.TRACK_STARTED: TrackStarted,
    EntryKind.TRACK_SKIPPED: TrackSkipped,
    EntryKind.TRACK_FAILED: TrackFailed,
    EntryKind.ASSIGNMENT_APPLIED: AssignmentApplied,
    EntryKind.ASSIGNMENT_REFUSED: AssignmentRefused,
    EntryKind.RESET: Reset,
    EntryKind.EXPIRED: Expired,
    EntryKind.ANSWERED: Answered,
    EntryKind.REMINDED: Reminded,
    EntryKind.CLEANING: Cleaning,
    EntryKind.FAULT: Fault,
    EntryKind.FAULT_OVER: FaultOver,
    EntryKind.UNREADABLE: Unreadable,
}
_KINDS = {data: kind for kind, data in DATA.items()}


def kind_of(data: Data) -> EntryKind:
    """The word for an entry's data."""
    return _KINDS[type(data)]
