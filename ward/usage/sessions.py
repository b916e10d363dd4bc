"""Sessions from a batch of entries: opened at first sound, closed at silence. Knows no broker and no assignment."""

from datetime import datetime, timedelta

from django.db.models import Q

from messages import Cause, SessionEnded, SessionStarted
from ward.fleet.models import Device
from ward.fleet.text import storable, storable_number
from ward.usage.models import Session


class Sessions:
    """The sessions of one box in one batch; `write` puts them into the database."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._begun: dict[str, Session] = {}
        self._last: Session | None = None

    def started(self, data: SessionStarted, at: datetime, bed: int | None, stay: str | None, clock_ok: bool) -> None:
        """First sound at `at`."""
        self._end_left_open(at)
        begun = self._session(data.session, data.playlist, at, bed, stay)
        begun.clock_ok, begun.level_dba, begun.begun_by = clock_ok, data.level_dba, data.cause
        self._last = self._begun[begun.session] = begun

    def ended(self, data: SessionEnded, at: datetime, bed: int | None, stay: str | None, clock_ok: bool) -> None:
        """Silence at `at`. A session whose start was never told began as long before as it was heard; one whose end was
        told keeps it, whatever is told of it again."""
        key = storable(data.session)
        known = self._begun.get(key) or Session.objects.filter(device=self._device, session=key).first()
        if known is None:
            known = self._session(
                data.session, data.playlist, at - timedelta(seconds=min(data.heard_s, 86400)), bed, stay
            )
        elif known.ended_at is not None and known.cause != Cause.RESTART:  # that one was guessed
            return
        known.ended_at = max(at, known.started_at)
        known.clock_ok = known.clock_ok and clock_ok
        known.heard_s, known.level_dba = data.heard_s, data.level_dba
        known.mean_dba, known.max_dba = data.mean_dba, data.max_dba
        known.skips, known.cause = storable_number(data.skips), data.cause
        self._begun[key] = known

    def cut(self, at: datetime) -> None:
        """The box started again at `at`: what it played had ended, unseen."""
        self._end_left_open(at)
        self._last = None

    def write(self) -> None:
        """One INSERT for all that is new."""
        Session.objects.bulk_create([s for s in self._begun.values() if s.pk is None], ignore_conflicts=True)
        for known in (s for s in self._begun.values() if s.pk is not None):
            known.save()

    def _session(self, session: str, slug: str, at: datetime, bed: int | None, stay: str | None) -> Session:
        return Session(
            device=self._device,
            bed_id=bed,
            stay=stay,
            session=storable(session),
            playlist_slug=storable(slug),
            started_at=at,
        )

    def _end_left_open(self, at: datetime) -> None:
        """A box plays one session at a time: one that a power cut left open ended before the next began."""
        if self._last is None:
            open_ones = Session.objects.filter(Q(ended_at=None), device=self._device)
            open_ones.exclude(session__in=self._begun).update(ended_at=at, cause=Cause.RESTART)
        for begun in self._begun.values():
            if begun.ended_at is None:
                begun.ended_at, begun.cause = at, Cause.RESTART
