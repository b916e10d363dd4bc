"""What a bed's tile says, read from rows and the time. Pure: stores nothing, asks no database, knows no request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from messages import Code
from messages.entries import Part
from messages.wire import Playing
from playlists.format import Arc, Purpose
from ward.assignments.models import Assignment
from ward.beds.models import Bed
from ward.beds.times import clock, day, days_since, length_heard, minutes_up
from ward.fleet.commands import OFFLINE, VALID, Stage, outcome
from ward.fleet.models import Command, Device
from ward.fleet.online import SILENT_AFTER, is_online
from ward.fleet.reasons import fault_since, said, words
from ward.notes.models import Note
from ward.usage.models import Session

NOTED_FOR = timedelta(days=1)  # by then every shift has seen it
SECOND_LETTERS = 24  # what fits a tile's second line

# What someone at the bed can check. The log and the clock are for facilities (their page shows them).
OTHER_MUSIC_PLAYS = frozenset({Code.TRACKS_UNPLAYABLE, Code.MUSIC_TOO_LARGE, Code.CARD_FULL, Code.TRACK_ARRIVES_WRONG})
AT_THE_BED = {
    Part.SOUND: gettext_noop("Box: no sound"),
    Part.CONTROLS: gettext_noop("Box: button stuck"),
    Part.MUSIC: gettext_noop("Box: no music to play"),
    Part.SCREEN: gettext_noop("Box: screen is dark"),
}


class State(StrEnum):
    """What a tile shows; each has its own shape, word, fill and border."""

    PLAYING = "playing"
    FADING = "fading"
    CONTINUOUS = "continuous"
    NO_MUSIC = "no_music"
    NEVER_USED = "never_used"
    SENDING = "sending"
    OFFLINE = "offline"
    CHECK_BOX = "check_box"
    STOPPING = "stopping"
    STILL_PLAYING = "still_playing"
    UNASSIGNED = "unassigned"
    NO_BOX = "no_box"


class Stop(StrEnum):
    """Whether Stop is offered: a Stop that cannot work is not shown."""

    NEVER = "never"
    YES = "yes"
    WAITS = "waits"


LOOK = {  # state -> shape, word, fill
    State.PLAYING: ("sound", gettext_noop("Playing"), "play"),
    State.FADING: ("moon", gettext_noop("Fading out"), "sleep"),
    State.CONTINUOUS: ("candle", gettext_noop("Continuous"), "vigil"),
    State.NO_MUSIC: ("rest", gettext_noop("No music"), ""),
    State.NEVER_USED: ("rest", gettext_noop("No music"), ""),
    State.SENDING: ("waiting", gettext_noop("Sending to box"), ""),
    State.OFFLINE: ("broken", gettext_noop("Offline"), ""),
    State.CHECK_BOX: ("diamond", gettext_noop("Check box"), ""),
    State.STILL_PLAYING: ("diamond", gettext_noop("Still playing?"), ""),
    State.UNASSIGNED: ("ready", gettext_noop("Unassigned"), ""),
    State.NO_BOX: ("ready", gettext_noop("No box"), ""),
}


@dataclass(frozen=True, slots=True)
class PlaylistFacts:
    """What a tile says of a playlist: its title for staff, purpose and arc as on the wire."""

    title: str
    purpose: str
    arc: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What a bed's face is read from. `last`: the newest session of this stay; `stop`: the newest stop command;
    `note`: the newest note of this stay."""

    bed: Bed
    device: Device | None = None
    assignment: Assignment | None = None
    last: Session | None = None
    stop: Command | None = None
    note: Note | None = None
    playlists: Mapping[str, PlaylistFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sound:
    """What is heard at the bed. `progress` runs from 0 to 1 in steps of a minute; levels in dB(A) at the pillow."""

    title: str
    purpose: str
    arc: str
    progress: float
    level_dba: int
    cap_dba: int
    minutes_left: int | None  # None: continuous
    place: int
    tracks: int


@dataclass(frozen=True, slots=True)
class Face:
    """One tile. `brief` continues the word where the tile is a row; `recheck_s`: when time alone will change it;
    `noted`: someone has left a note for the next shift."""

    state: State
    shape: str
    word: str
    fill: str
    second: str = ""
    body: str = ""
    foot: str = ""
    brief: str = ""
    stop: Stop = Stop.NEVER
    sound: Sound | None = None
    recheck_s: int | None = None
    noted: bool = False

    @property
    def spoken(self) -> str:
        """What a screen reader is told when it changes: nothing that counts down."""
        return f"{self.word}, {self.second}" if self.second else self.word


def face(rows: Rows, now: datetime) -> Face:
    """The face of one bed at `now` (aware, in the ward's time zone). What is not certain now is never shown as now."""
    noted = rows.note is not None and now - rows.note.written_at < NOTED_FOR
    return replace(_of_box(rows, now), noted=noted)


def _of_box(rows: Rows, now: datetime) -> Face:
    device = rows.device
    if device is None:
        return _face(State.NO_BOX, foot=_("No box at this bed"), brief=_(" at this bed"))
    if not heard(device, now):
        return _offline(device, now)
    if plays(device, rows.stop):
        return _with_stop(rows, device, _sounding(rows, device, now), now)
    return _trouble(rows, device, now) or _silent(rows, now)


def heard(device: Device, now: datetime) -> bool:
    """Whether what the box last said is still true. A box that plays says so each 30 s: an older one does not count."""
    told_at = device.now_at if device.playing != Playing.SILENT else None
    return is_online(device, now) and (told_at is None or now - told_at <= SILENT_AFTER)


def is_in_doubt(device: Device, now: datetime) -> bool:
    """Whether the box is there and what it last said of its music is too old: then its page names one time alone."""
    return is_online(device, now) and not heard(device, now)


def no_link_since(wards_rows: Sequence[Rows], now: datetime) -> datetime | None:
    """When a box of the ward last connected, where the ward has two boxes or more and all are offline."""
    devices = [rows.device for rows in wards_rows if rows.device is not None]
    if len(devices) < 2 or any(is_online(device, now) for device in devices):
        return None
    return max((device.contact_at for device in devices if device.contact_at is not None), default=None)


def plays(device: Device, stop: Command | None) -> bool:
    """Whether the box last said that it plays; a stop that was carried out is newer than that."""
    if device.playing == Playing.SILENT:
        return False
    stopped_at = stop.answered_at if stop is not None and stop.done else None
    return stopped_at is None or device.now_at is None or device.now_at > stopped_at


def sound(rows: Rows, device: Device, now: datetime) -> Sound:
    """What is heard, carried on from the last `now` message to the time `now`."""
    facts = rows.playlists.get(device.now_playlist) or PlaylistFacts(
        device.now_playlist or _("Standard music"), Purpose.COMFORT, Arc.U
    )
    endless = device.length_s <= 0  # continuous music
    since_s = (now - device.now_at).total_seconds() if device.now_at else 0.0
    minutes = minutes_up(max(0.0, min(device.length_s, device.left_s - since_s)))
    progress = 0.5 if endless else 1 - min(1.0, max(0.0, minutes * 60 / device.length_s))
    return Sound(
        title=facts.title,
        purpose=facts.purpose,
        arc="wave" if endless else facts.arc,
        progress=round(progress, 3),
        level_dba=round(device.level_dba),
        cap_dba=round(device.cap_dba),
        minutes_left=None if endless else minutes,
        place=device.place,
        tracks=device.tracks,
    )


def began_at(device: Device, last: Session | None) -> datetime | None:
    """When the session that plays now began: by its entry, or by what the box said of its length."""
    if last is not None and last.session == device.now_session:
        return last.started_at
    if device.now_at is None or device.length_s <= 0:
        return None
    return device.now_at - timedelta(seconds=device.length_s - device.left_s)


def _face(state: State, **said: Any) -> Face:
    shape, word, fill = LOOK[state]
    return Face(state, shape, _(word), fill, **said)


def told_last(device: Device) -> datetime | None:
    """Since when nothing is known of a box that is offline; None where it never connected."""
    sounded = device.online and device.playing != Playing.SILENT
    return device.now_at if sounded and device.now_at else device.contact_at


def _offline(device: Device, now: datetime) -> Face:
    told = told_last(device)
    at_bed = _("If music plays, press PLAY there to stop")  # in silence PLAY would start it
    if told is None:
        never, look = _("never connected"), _("Check that it is plugged in.")
        return _face(State.OFFLINE, second=never, body=look, foot=at_bed, brief=f", {never}.\n{at_bed}")
    since, works = _("since %(time)s") % {"time": clock(told, now)}, _("The box works offline too. Use its buttons.")
    return _face(State.OFFLINE, second=since, body=works, foot=at_bed, brief=f" {since}.\n{at_bed}")


def _sounding(rows: Rows, device: Device, now: datetime) -> Face:
    now_heard = sound(rows, device, now)
    state = State.FADING if device.playing == Playing.FADING else State.PLAYING
    if now_heard.minutes_left is not None:
        left = _("%(minutes)d min left") % {"minutes": now_heard.minutes_left}
        return _face(state, second=now_heard.title, foot=left, brief=f", {left}", stop=Stop.YES, sound=now_heard)
    state = State.CONTINUOUS if state is State.PLAYING else state
    began = began_at(device, rows.last)
    if began is None:
        return _face(state, second=now_heard.title, foot=_("No end time"), stop=Stop.YES, sound=now_heard)
    time = clock(began, now)
    foot, since = (
        words.replace(f" {time}", f"\N{NO-BREAK SPACE}{time}")
        for words in (_("Playing since %(time)s") % {"time": time}, _(" since %(time)s") % {"time": time})
    )
    brief = since if state is State.CONTINUOUS else ""  # it has not been fading out since then
    return _face(state, second=now_heard.title, foot=foot, brief=brief, stop=Stop.YES, sound=now_heard)


def _with_stop(rows: Rows, device: Device, playing: Face, now: datetime) -> Face:
    stop = rows.stop
    began = began_at(device, rows.last)
    if stop is not None and not stop.done and (began is None or stop.issued_at >= began):
        if outcome(stop, now).stage is Stage.WAITING:
            return _stopping(playing, stop.issued_at + VALID - now)
        return _still_playing(playing, stop)
    held = device.faults.get(Part.CONTROLS)  # the patient cannot stop it: that outranks what plays
    return replace(_fault(Part.CONTROLS, held, now), stop=Stop.YES, sound=playing.sound) if held else playing


def _stopping(playing: Face, left: timedelta) -> Face:
    recheck_s = int(left.total_seconds()) + 1
    return replace(playing, state=State.STOPPING, foot="", brief=_(", stopping"), stop=Stop.WAITS, recheck_s=recheck_s)


def _still_playing(playing: Face, stop: Command) -> Face:
    why, where = _("No reply from the box."), _("Press PLAY at the bed to stop.")
    brief = _(" Press PLAY at the bed to stop")
    if stop.reason == OFFLINE:  # it is online now, or it would not be known to play
        why, where, brief = _("The box was offline then."), _("Press Stop again."), _(" Press Stop again")
    elif stop.reason or stop.coded:
        why = _("The box refused: %(reason)s.") % {"reason": words(stop.kept_reason).rstrip(".")}
    shape, word, fill = LOOK[State.STILL_PLAYING]
    told = replace(playing, state=State.STILL_PLAYING, shape=shape, word=_(word), fill=fill)
    return replace(told, body=f"{why} {where}", brief=brief)


def faults_at_bed(device: Device) -> list[tuple[Part, Mapping[str, Any]]]:
    """The faults that someone at the bed can check, the most serious first."""
    told = [(part, device.faults[part]) for part in AT_THE_BED if part in device.faults]
    return [(part, fault) for part, fault in told if is_at_bed(part, fault)]


def is_at_bed(part: str, fault: Mapping[str, Any]) -> bool:
    """Where some tracks cannot be played or do not come, other music plays: nobody need come."""
    return part in set(AT_THE_BED) and fault.get("code") not in OTHER_MUSIC_PLAYS


def fault_line(part: Part, fault: Mapping[str, Any]) -> str:
    """`Box: PLAY held down`: what is wrong, short enough for a tile."""
    told = said(fault)
    return _("Box: %(what)s") % {"what": told.what} if _fits(fault) else _(AT_THE_BED[part])


def _trouble(rows: Rows, device: Device, now: datetime) -> Face | None:
    for part, fault in faults_at_bed(device):
        return _fault(part, fault, now)
    assigned = rows.assignment
    if assigned is not None and assigned.refused and assigned.applied_at is None:
        body = f"{_since(assigned.assigned_at, now)} {words(assigned.kept_reason)}"
        return _face(State.CHECK_BOX, second=_("Box rejected the music"), body=body, brief=_(". Music rejected"))
    return None


def _fits(fault: Mapping[str, Any]) -> bool:
    told = said(fault)
    return told.is_known and len(told.what) <= SECOND_LETTERS


def _fault(part: Part, fault: Mapping[str, Any], now: datetime) -> Face:
    since, second = fault_since(fault), fault_line(part, fault)
    look = said(fault).look if _fits(fault) else words(fault)
    look = f"{look[:1].upper()}{look[1:]}"
    body = f"{_since(since, now)} {look}" if since else look
    return _face(State.CHECK_BOX, second=second, body=body.strip(), brief=f". {second}")


def _since(at: datetime, now: datetime) -> str:
    return _("Since %(time)s.") % {"time": clock(at, now)}


def _silent(rows: Rows, now: datetime) -> Face:
    assigned = rows.assignment
    if rows.bed.stay is None:
        return _no_stay(assigned, now)
    if (
        assigned is not None
        and assigned.stay is not None
        and assigned.applied_at is None
        and assigned.expired_at is None
    ):
        return _waiting(assigned, now)
    if rows.last is not None:
        return _last_used(rows, rows.last, now)
    return _never_used(assigned, now)


def _no_stay(assigned: Assignment | None, now: datetime) -> Face:
    reset = assigned.applied_at if assigned is not None and assigned.stay is None else None
    foot = _("No patient assigned")
    if reset:
        foot = _("Cleared %(time)s.") % {"time": clock(reset, now)} + f"\n{foot}"
    return _face(State.UNASSIGNED, foot=foot, brief=_(". No patient assigned"))


def _never_used(assigned: Assignment | None, now: datetime) -> Face:
    built_in = _("Standard music only.")
    if assigned is None or assigned.stay is None:
        nothing = _("Nothing assigned yet")
        return _face(State.NEVER_USED, foot=f"{built_in}\n{nothing}", brief=_(", nothing assigned yet"))
    if assigned.expired_at is not None:
        ended = _("Playlists expired %(day)s") % {"day": day(assigned.expired_at, now)}
        return _face(State.NEVER_USED, foot=f"{built_in}\n{ended}", brief=_(", standard music only"))
    if days_since(assigned.assigned_at, now) == 0:
        on = _("Assigned at %(time)s") % {"time": clock(assigned.assigned_at, now)}
    else:
        on = _("Assigned %(day)s") % {"day": day(assigned.assigned_at, now)}
    unused = _("Not used yet.")
    return _face(State.NEVER_USED, foot=f"{unused}\n{on}", brief=_(", not used yet"))


def _waiting(assigned: Assignment, now: datetime) -> Face:
    playlists = assigned.message.get("playlists") or [{}]
    if assigned.sent_at is None:
        told, brief = (
            _("Assigned %(time)s. Not sent yet.") % {"time": clock(assigned.assigned_at, now)},
            _(", not sent yet"),
        )
    else:
        at = {"time": clock(assigned.sent_at, now)}
        told, brief = _("Sent %(time)s.") % at, _(", sent %(time)s") % at
    if assigned.needed:
        counted = {"held": assigned.held, "needed": assigned.needed}
        told += " " + _("%(held)d of %(needed)d tracks loaded.") % counted
    title = str(playlists[-1].get("title", ""))  # what is new comes last
    return _face(State.SENDING, second=title, body=told, brief=brief)


def _last_used(rows: Rows, last: Session, now: datetime) -> Face:
    days = days_since(last.started_at, now)
    when = {"when": clock(last.started_at, now) if days == 0 else day(last.started_at, now)}
    foot, brief = _("Last used %(when)s") % when, _(", last used %(when)s") % when
    if days < 2:
        facts = rows.playlists.get(last.playlist_slug)
        title = facts.title if facts else _("standard music")
        length = _("%(length)s, %(playlist)s") % {"length": length_heard(last.heard_s), "playlist": title}
        foot += f"\n{length if last.heard_s else title}"
    return _face(State.NO_MUSIC, foot=foot, brief=brief)
