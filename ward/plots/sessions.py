"""Sessions as the history shows them: kind of music, start, end, and how it ended. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _

from messages import Cause
from messages.wire import Playing
from playlists.format import Purpose
from ward.tiles.status import PlaylistFacts, heard
from ward.usage import endings
from ward.usage.models import Session


class Kind(StrEnum):
    """How a session is drawn."""

    COMFORT = Purpose.COMFORT
    SLEEP = Purpose.SLEEP
    VIGIL = Purpose.VIGIL


class End(StrEnum):
    """How a session ended, as far as is known."""

    ITSELF = "itself"
    BED = "bed"
    WARD = "ward"
    NURSE_CALL = "nurse_call"
    CLEANING = "cleaning"
    BOX = "box"
    UNKNOWN = "unknown"
    PLAYING = "playing"


ENDS: dict[str, End] = {
    Cause.COMPLETED: End.ITSELF,
    Cause.BUTTON: End.BED,
    Cause.WARD: End.WARD,
    Cause.NURSE_CALL: End.NURSE_CALL,
    Cause.CLEANING: End.CLEANING,
    Cause.RESTART: End.BOX,
    Cause.NO_SOUND: End.BOX,
    Cause.NO_MUSIC: End.BOX,
}
LEGEND = {  # the mark of an end in the plot -> its cause; the box's mark has several causes and its own words
    End.BED: Cause.BUTTON,
    End.WARD: Cause.WARD,
    End.NURSE_CALL: Cause.NURSE_CALL,
    End.CLEANING: Cause.CLEANING,
    End.UNKNOWN: "",
}


@dataclass(frozen=True, slots=True)
class Played:
    """One session. `until` equals `since` if nothing is known of its length; `heard_s`: seconds of sound, 0 if
    unknown."""

    key: tuple[str, str]  # box and session, as answers name them
    since: datetime
    until: datetime
    heard_s: float
    kind: Kind
    end: End
    title: str
    told: str
    set_time: bool = False
    clock_ok: bool = True


def played(rows: Sequence[Session], playlists: Mapping[str, PlaylistFacts], now: datetime) -> list[Played]:
    """The sessions in order of their start; one that is playing lasts until `now`."""
    return [_played(row, playlists.get(row.playlist_slug), now) for row in sorted(rows, key=lambda row: row.started_at)]


def legend_words() -> dict[str, str]:
    """The words of the plot's legend, by the end that they name."""
    return {end.value: endings.words_of(cause) for end, cause in LEGEND.items()}


def _played(row: Session, facts: PlaylistFacts | None, now: datetime) -> Played:
    end = _end(row, now)
    return Played(
        key=(str(row.device_id), row.session),
        since=row.started_at,
        until=max(_until(row, end, now), row.started_at),
        heard_s=(now - row.started_at).total_seconds() if end is End.PLAYING else row.heard_s,
        kind=_kind(facts),
        end=end,
        title=facts.title if facts else _("Standard music"),
        told=_told(row, end),
        set_time=row.begun_by == Cause.TIMED,
        clock_ok=row.clock_ok,
    )


def _end(row: Session, now: datetime) -> End:
    if row.ended_at is None:
        device = row.device
        sounds = row.session == device.now_session and device.playing != Playing.SILENT and heard(device, now)
        return End.PLAYING if sounds else End.UNKNOWN
    if row.cause == Cause.RESTART and not row.heard_s:
        return End.UNKNOWN  # the ward heard of it only when the box was back: the music may have ended long before
    return ENDS.get(row.cause, End.UNKNOWN)


def _until(row: Session, end: End, now: datetime) -> datetime:
    """Where nobody told how it ended, it lasted for as long as it was heard."""
    if end is End.UNKNOWN:
        return row.started_at + timedelta(seconds=row.heard_s)
    return row.ended_at or now


def _told(row: Session, end: End) -> str:
    if end is End.PLAYING:
        return _("playing now")
    return endings.words_of(row.cause if row.ended_at is not None else "")


def _kind(facts: PlaylistFacts | None) -> Kind:
    if facts is None or facts.purpose not in (Kind.SLEEP, Kind.VIGIL):
        return Kind.COMFORT
    return Kind(facts.purpose)
