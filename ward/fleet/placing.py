"""Moves a box to another bed, takes it from its bed, ends its service. Knows no playlist and no page.

Who asks says which bed the page showed: where someone else was faster, nothing is done.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from messages import Playing
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.changes import boxes_changed
from ward.beds.models import Bed
from ward.fleet.commands import hold, ward_of
from ward.fleet.models import Away, Device
from ward.fleet.online import is_online

# Said in the page's language.
CHANGED = gettext_noop("Not done. Someone else has moved this box. Here is where it is now.")
BED_TAKEN = gettext_noop("Not done. Another box is at that bed. Take that one away first.")
BED_CLOSED = gettext_noop("Not done. That bed is closed. Choose another one.")
PLAYS = gettext_noop("Not done. Music plays there. Wait until it ends, or say why it cannot wait.")


class PlacingError(Exception):
    """Nothing was done; one line, in English, to be said in the page's language."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants it and when; `shown`: the bed that the page showed; `why`: it cannot wait until the music ends."""

    by: AbstractBaseUser
    now: datetime
    shown: int | None
    why: str = ""


def move(device: Device, bed: Bed, asked: Asked) -> None:
    """Puts the box at a bed that has none. Raises PlacingError."""
    with transaction.atomic():
        _hold(device, asked, bed)
        if not Bed.objects.open().filter(pk=bed.pk).exists():  # closed since the page was drawn; held now
            raise PlacingError(BED_CLOSED)
        if Device.objects.filter(bed=bed).exclude(pk=device.pk).exists():
            raise PlacingError(BED_TAKEN)
        before = _place(device)
        old = device.bed_id
        device.bed, device.home = bed, None
        device.away, device.away_since, device.away_note = Away.SPARE, None, ""
        _save(device, old)
        said = {"box": device.number, "bed": str(bed)} | _why(asked)
        record(AuditVerb.BOX_MOVED, by=asked.by, bed=bed, before=before, after=said, now=asked.now)


def take_away(device: Device, away: Away, note: str, asked: Asked) -> None:
    """Takes the box from its bed, or says again why it stands at none. Raises PlacingError."""
    with transaction.atomic():
        _hold(device, asked)
        before, bed, ward = _place(device), device.bed, ward_of(device)
        device.bed, device.home = None, ward
        device.away, device.away_since, device.away_note = away, asked.now, note
        _save(device, bed.pk if bed else None)
        verb = AuditVerb.BOX_RETIRED if away == Away.RETIRED else AuditVerb.BOX_AWAY
        said = {"box": device.number, "away": str(away)} | _why(asked)
        record(verb, by=asked.by, ward=ward, bed=bed, before=before, after=said, now=asked.now)


def _hold(device: Device, asked: Asked, bed: Bed | None = None) -> None:
    """Box and beds are held, in this order, and what the page showed still is."""
    hold(device)
    device.refresh_from_db()
    beds = sorted(pk for pk in {device.bed_id, bed.pk if bed else None} if pk is not None)
    for pk in beds:
        Bed.objects.filter(pk=pk).update(stay=F("stay"))
    if device.bed_id != asked.shown or device.away == Away.RETIRED:
        raise PlacingError(CHANGED)
    if plays(device, asked.now) and not asked.why:
        raise PlacingError(PLAYS)


def plays(device: Device, now: datetime) -> bool:
    """Whether music is to be heard there, as far as the ward knows."""
    return is_online(device, now) and device.playing != Playing.SILENT


def _save(device: Device, old: int | None) -> None:
    device.save(update_fields=["bed", "home", "away", "away_since", "away_note"])
    boxes_changed([device.stands, *([(old, None)] if old is not None else [])])


def _place(device: Device) -> dict[str, str]:
    return {"bed": str(device.bed)} if device.bed else {"away": str(device.away)}


def _why(asked: Asked) -> dict[str, str]:
    return {"why": asked.why} if asked.why else {}
