"""The messages, a Struct for each topic. Unknown fields are ignored; a breaking change is a new root number."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from messages.entries import Age, Args, Hash, Level, Line, Number, Seconds, Version, Word

# A bare $ would let a line feed pass.
Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_-]+(?!\n)$")]
Seq = Annotated[int, Meta(ge=1, lt=2**53)]  # exact in JSON
Utc = Annotated[datetime, Meta(tz=True)]
MinuteOfDay = Annotated[int, Meta(ge=0, lt=24 * 60)]
Megabytes = Annotated[float, Meta(ge=0, le=1e12)]
Label = Annotated[str, Meta(min_length=1, max_length=8)]  # what the screen shows in large type


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """The base of every message."""


class Presence(Message, frozen=True, kw_only=True):
    """Box or ward is there; as the will: is gone. `boot`: random at each start; `contract`: root number spoken."""

    online: bool
    software: Word
    boot: Id
    contract: Annotated[int, Meta(ge=1, lt=2**31)] = 1


class Hello(Message, frozen=True, kw_only=True):
    """A box at each connect: its log holds entries `oldest` up to before `next_seq`; what is assigned, and its stay."""

    log_id: Id
    oldest: Seq
    next_seq: Seq
    assignment_version: Version
    stay: Id | None
    boot: Id
    software: Word
    capabilities: Annotated[tuple[Word, ...], Meta(max_length=64)] = ()


class Entry(Message, frozen=True, kw_only=True):
    """One line of a box's log. `at`: UTC by the box's clock, to be trusted only with `clock_ok`; `data`: by kind, see
    messages.entries. A kind that the reader does not know is kept whole."""

    at: Utc
    clock_ok: bool
    boot: Id
    stay: Id | None
    kind: Word
    data: dict[str, Any]


class Log(Message, frozen=True, kw_only=True):
    """Entries `first_seq`, `first_seq` + 1, ... of one log, in order."""

    log_id: Id
    first_seq: Seq
    entries: Annotated[tuple[Entry, ...], Meta(min_length=1, max_length=500)]


class Receipt(Message, frozen=True, kw_only=True):
    """The ward, after its COMMIT: every entry of this log up to `through` is in the database (0: none). `differs`:
    under the numbers after it the ward holds other entries; the box gives its own new numbers."""

    log_id: Id
    through: Number
    differs: bool = False


class TrackRef(Message, frozen=True, kw_only=True):
    """A track by the SHA-256 of its file; `seconds`: its length."""

    sha256: Hash
    title: Line
    seconds: Seconds


class PlaylistRef(Message, frozen=True, kw_only=True):
    """A playlist as one bed may play it. `label`: 8 letters or fewer for the screen; `purpose`: comfort, sleep,
    memories or vigil; `arc`: u, descending or flat."""

    slug: Word
    title: Line
    label: Label
    purpose: Word
    arc: Word
    tracks: Annotated[tuple[TrackRef, ...], Meta(min_length=1, max_length=200)]


class Rules(Message, frozen=True, kw_only=True):
    """The rules of one bed. Levels in dB(A) at the pillow; they can only lower what the box itself allows. Times of day
    in minutes after midnight, by the box's local time.

    `shared_room`: lower caps, for the neighbour; `vigil`: music without an end but staff's or family's, no questions;
    `ask_before`, `ask_after`, `ask_sleep`: the questions that are switched on; `reminders`: when the box asks
    "Music?"; `sleep_starts`: when sleep music starts by itself; `never_play`: tracks by hash; `expires_at`: when
    playlists and rules go by themselves; `language`: of the screen, empty: the box's own.
    """

    cap_day_dba: Annotated[float, Meta(ge=30, le=65)] = 60.0
    comfort_s: Annotated[float, Meta(ge=600, le=2700)] = 1440.0
    sleep_s: Annotated[float, Meta(ge=1500, le=3600)] = 2700.0
    cap_night_dba: Annotated[float, Meta(ge=30, le=65)] = 45.0
    night_begins: MinuteOfDay = 21 * 60
    night_ends: MinuteOfDay = 7 * 60
    shared_room: bool = False
    vigil: bool = False
    ask_before: Literal["pain", "anxiety"] | None = None
    ask_after: Literal["pain", "anxiety", "change"] | None = None
    ask_sleep: bool = False
    reminders: Annotated[tuple[MinuteOfDay, ...], Meta(max_length=12)] = ()
    sleep_starts: MinuteOfDay | None = None
    never_play: Annotated[tuple[Hash, ...], Meta(max_length=500)] = ()
    expires_at: Utc | None = None
    language: Annotated[str, Meta(pattern=r"^([a-z]{2})?(?!\n)$")] = ""


class Assignment(Message, frozen=True, kw_only=True):
    """What one bed may play now: whole, numbered, never a patch. Without `stay` and playlists the stay ended: a
    reset."""

    version: Annotated[int, Meta(ge=1, lt=2**31)]
    stay: Id | None
    assigned_at: Utc
    playlists: Annotated[tuple[PlaylistRef, ...], Meta(max_length=12)]
    rules: Rules = Rules()


class Playing(StrEnum):
    """What is to be heard at the bed."""

    SILENT = "silent"
    PLAYING = "playing"
    FADING = "fading"


class Now(Message, frozen=True, kw_only=True):
    """What the bed plays, on change and each 30 s. `number` grows within a `boot`: what is older is dropped.

    `playlist`: its slug; `track`: SHA-256, the `place`-th of `tracks` (from 1); levels in dB(A) at the pillow;
    `left_s`,
    `length_s`: seconds of the session, both 0 where it has no end (vigil).
    """

    boot: Id
    number: Number
    at: Utc
    playing: Playing
    level_dba: Level
    cap_dba: Level
    session: Word | None = None
    playlist: Word | None = None
    track: Hash | None = None
    place: Number = 0
    tracks: Number = 0
    left_s: Seconds = 0.0
    length_s: Seconds = 0.0
    assignment_version: Version = 0


class Health(Message, frozen=True, kw_only=True):
    """How the box is, each 60 s. Temperature in degrees Celsius, sizes in MB, ages in seconds; None: not known.

    `calibrated_on`: ISO date; `unsent`: entries without a receipt. Since the start: `dropped_messages`: malformed ones;
    `late_rewrites`: changes that the sound device had overtaken; `buffer_underruns`: times when it had to wait for
    samples; `player_restarts`: players that hung or died; `underruns`: the sound card ran dry, counted once a second at
    most; `silences`: times when music was said to play and could not be heard for 2 s. `fetched_kb_s`: how fast tracks
    come to the box now, in kB/s; 0: none comes.
    """

    boot: Id
    number: Number
    at: Utc
    software: Word
    clock_ok: bool
    temperature_c: Annotated[float, Meta(ge=-273, le=1000)] | None
    throttled: bool | None
    disk_free_mb: Megabytes
    memory_mb: Megabytes
    unsent: Number
    oldest_unsent_s: Age
    sound: Line
    display: Line
    calibrated_on: Annotated[str, Meta(max_length=10)] | None
    tracks_held: Number
    tracks_needed: Number
    dropped_messages: Number = 0
    late_rewrites: Number = 0
    buffer_underruns: Number = 0
    player_restarts: Number = 0
    underruns: Number = 0
    silences: Number = 0
    fetched_kb_s: Number = 0


class Verb(StrEnum):
    """What the ward may ask of a box now."""

    STOP = "stop"
    SILENCE = "silence"
    LOCATE = "locate"
    REFRESH = "refresh"
    SEND_LOGS = "send_logs"
    RESTART = "restart"
    SELF_TEST = "self_test"
    WATCH = "watch"
    LOCATE_END = "locate_end"


class Command(Message, frozen=True, kw_only=True):
    """Asked now, valid for `valid_s` seconds after `issued_at`, never retained and never queued for an absent box.

    `forced`: someone wants it although it disturbs, and the ward's audit keeps why."""

    id: Id
    verb: Verb
    issued_at: Utc
    valid_s: Annotated[float, Meta(ge=1, le=300)] = 30.0
    forced: bool = False


class PartResult(Message, frozen=True, kw_only=True):
    """What a self-test found of one part; `code` says what is wrong, where something is."""

    part: Word
    well: bool
    code: Word | None = None


class Reply(Message, frozen=True, kw_only=True):
    """What became of a command. `reason` is one line where it was refused; `code`, `args`: the same for a reader
    with words of its own. `results`: of a self-test; `lines`: the newest of the box's technical log, oldest first."""

    id: Id
    done: bool
    reason: Line = ""
    code: Word | None = None
    args: Args = {}
    results: Annotated[tuple[PartResult, ...], Meta(max_length=32)] = ()
    lines: Annotated[tuple[Line, ...], Meta(max_length=200)] = ()


class Showing(StrEnum):
    """What a screen shows: a picture; nothing, it is dark; a question, whose picture stays at the bed; nothing, it does
    not work; nothing, the box has none."""

    PICTURE = "picture"
    DARK = "dark"
    QUESTION = "question"
    BROKEN = "broken"
    NONE = "none"


class Light(StrEnum):
    """How bright the screen is."""

    BRIGHT = "bright"
    DIMMED = "dimmed"
    NIGHT = "night"


class Screen(Message, frozen=True, kw_only=True):
    """What the screen shows, while the ward watches: after each `watch` and on change, twice a second at most. Nobody
    keeps it. `number` grows within a `boot`.

    `frame`: of a picture, as it is seen, in zlib and base64 (messages.screen), else empty; `words`: those on the
    picture, the large one first, in the screen's language.
    """

    boot: Id
    number: Number
    at: Utc
    showing: Showing
    light: Light = Light.BRIGHT
    frame: Annotated[str, Meta(max_length=1400)] = ""
    words: Annotated[tuple[Line, ...], Meta(max_length=8)] = ()
