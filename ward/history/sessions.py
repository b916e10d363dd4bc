"""Sessions as the history tells them: what kind of music, from when to when, and how it ended. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messages import Cause
from messages.wire import Playing
from playlists.format import Purpose
from ward.beds.times import minutes_heard
from ward.tiles.status import PlaylistFacts, heard
from ward.usage.models import Session

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class Kind(StrEnum):
    """How a session is drawn."""

    COMFORT = Purpose.COMFORT
    SLEEP = Purpose.SLEEP
    VIGIL = Purpose.VIGIL


class End(StrEnum):
    """How a session ended, as far as anybody knows."""

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
TOLD: "dict[str, StrPromise]" = {
    Cause.COMPLETED: gettext_lazy("played to its end"),
    Cause.BUTTON: gettext_lazy("stopped at the bed"),
    Cause.WARD: gettext_lazy("stopped from the ward"),
    Cause.NURSE_CALL: gettext_lazy("silenced by nurse call"),
    Cause.CLEANING: gettext_lazy("stopped for cleaning"),
    Cause.RESTART: gettext_lazy("the box started anew"),
    Cause.NO_SOUND: gettext_lazy("no sound"),
    Cause.NO_MUSIC: gettext_lazy("no music to play"),
}


@dataclass(frozen=True, slots=True)
class Played:
    """One session. `until` is the same as `since` where its end is not known; `heard_s`: seconds of sound."""

    key: tuple[str, str]  # box and session: what answers name
    since: datetime
    until: datetime
    heard_s: float
    kind: Kind
    end: End
    title: str
    told: str
    set_time: bool = False
    clock_ok: bool = True

    @property
    def minutes(self) -> int:
        """Whole minutes that were heard, rounded up; 0 where nobody told."""
        return minutes_heard(self.heard_s)


def played(rows: Sequence[Session], playlists: Mapping[str, PlaylistFacts], now: datetime) -> list[Played]:
    """The sessions in the order of their beginning; one that sounds lasts until `now`."""
    return [_played(row, playlists.get(row.playlist_slug), now) for row in sorted(rows, key=lambda row: row.started_at)]


def _played(row: Session, facts: PlaylistFacts | None, now: datetime) -> Played:
    end = _end(row, now)
    until = row.started_at if end is End.UNKNOWN else row.ended_at or now
    return Played(
        key=(str(row.device_id), row.session),
        since=row.started_at,
        until=max(until, row.started_at),
        heard_s=(now - row.started_at).total_seconds() if end is End.PLAYING else row.heard_s,
        kind=_kind(facts),
        end=end,
        title=facts.title if facts else _("Built-in music"),
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
        return End.UNKNOWN  # the ward learnt of it when the box was back: silence came at some time before
    return ENDS.get(row.cause, End.UNKNOWN)


def _told(row: Session, end: End) -> str:
    if end is End.PLAYING:
        return _("playing now")
    return str(TOLD[row.cause]) if row.cause in TOLD and row.ended_at is not None else _("end not known")


def _kind(facts: PlaylistFacts | None) -> Kind:
    if facts is None or facts.purpose not in (Kind.SLEEP, Kind.VIGIL):
        return Kind.COMFORT
    return Kind(facts.purpose)
