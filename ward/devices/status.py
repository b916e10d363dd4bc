"""How a box is, by its row and the time: action needed, recovering, or working. Pure; knows no music, no stay."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from messages.entries import Part
from ward.beds.times import ago, clock, long
from ward.devices.advice import BY_PART, Advice, advice
from ward.fleet.models import Device
from ward.fleet.online import is_online
from ward.fleet.reasons import fault_since, said

Version = tuple[int, ...]


class Kind(StrEnum):
    """Which of the page's three lists shows a box."""

    ACTION = "action"
    RECOVERING = "recovering"
    WORKING = "working"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One problem: what, since when, its `status` now, what to do `first` and `then`. `rank`: 0 is the most
    serious."""

    rank: int
    word: str
    since: str
    status: str
    first: str
    then: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One box on the devices page. `doing`: how it recovers, in one line; empty where it need not."""

    kind: Kind
    bed: str
    number: str
    troubles: tuple[Trouble, ...]
    doing: str
    contact: str
    software: str
    is_old: bool
    calibrated: str
    temperature: str
    unsent: str


TWIN_SHOWN, DIFFERS_SHOWN = timedelta(hours=1), timedelta(days=1)  # each is reported again while its cause lasts
UNSENT_S, LINKED = 1800.0, timedelta(minutes=5)  # a box that has just reconnected sends its records within minutes


def newest_of(devices: Iterable[Device]) -> Version:
    """The newest software among these boxes; empty where none is known."""
    return max((_version(device.software) for device in devices), default=())


def condition(device: Device, now: datetime, newest: Version = ()) -> Condition:
    """What the devices page says of one box at `now` (aware, in the ward's time zone). `newest`: software of the boxes
    that it is compared with."""
    troubles = tuple(sorted(_troubles(device, now), key=lambda trouble: trouble.rank))
    doing = _doing(device)
    kind = Kind.ACTION if troubles else Kind.RECOVERING if doing else Kind.WORKING
    health = device.health
    return Condition(
        kind=kind,
        bed=str(device.bed) if device.bed is not None else "",
        number=device.number,
        troubles=troubles,
        doing=doing,
        contact=ago(device.contact_at, now) if device.contact_at else _("never"),
        software=_software(device, newest),
        is_old=_is_old(device, newest),
        calibrated=str(health.get("calibrated_on") or _("not yet")),
        temperature=f"{health['temperature_c']:.0f} °C" if health.get("temperature_c") is not None else _("not known"),
        unsent=_unsent(device),
    )


def _software(device: Device, newest: Version) -> str:
    """A quiet note where it is older: the box plays as well as the others."""
    if not device.software:
        return _("not known")
    if _is_old(device, newest):
        return _("%(version)s, older than other boxes") % {"version": device.software}
    return device.software


def _is_old(device: Device, newest: Version) -> bool:
    return () < _version(device.software) < newest


def _version(software: str) -> Version:
    """Its leading numbers, so that 0.10 comes after 0.9; empty where there are none."""
    found = re.match(r"\d{1,9}(\.\d{1,9})*", software, re.ASCII)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _troubles(device: Device, now: datetime) -> list[Trouble]:
    if (since := getattr(device, "aside_since", None)) is not None:  # annotated by the page: its row cannot be written
        return [_blocked(since, now)]
    if not is_online(device, now):
        return [_offline(device, now)]  # its last report may no longer be true
    found = [_fault(advice(part, fault), fault, now) for part, fault in device.faults.items() if part in BY_PART]
    if device.health and not device.health.get("calibrated_on"):
        status, first = _("Using a safe low volume until calibrated."), _("Calibrate with a sound level meter")
        found.append(Trouble(6, _("Not calibrated"), "", status, first, _("when the room is free.")))
    return found + _of_its_card(device, now)


def _blocked(since: datetime, now: datetime) -> Trouble:
    return Trouble(
        1,
        _("Blocked in the database"),
        _since(since, now),
        _("The server receives its messages and keeps trying to save them."),
        _("Stop what blocks its rows in the database:"),
        _("for example an old session or a backup."),
    )


def _of_its_card(device: Device, now: datetime) -> list[Trouble]:
    """A memory card that was copied or swapped, and records that do not arrive."""
    found = []
    if device.twin_at and now - device.twin_at < TWIN_SHOWN:
        status, first = _("Each box disconnects the other."), _("Find the box with the copied card.")
        then = _("Give it its own card and ID.")
        found.append(Trouble(2, _("Two boxes, one ID"), _since(device.twin_at, now), status, first, then))
    if device.differs_at and now - device.differs_at < DIFFERS_SHOWN:
        status, first = _("Starting a new log. Nothing is lost."), _("Find out if its card was copied")
        then = _("or restored from a backup.")
        found.append(Trouble(5, _("Log does not match"), _since(device.differs_at, now), status, first, then))
    linked = device.hello_at is not None and now - device.hello_at > LINKED
    if linked and device.unsent and device.oldest_unsent_s > UNSENT_S:
        status, first = _("The box keeps sending them."), _("Check the limits of the message broker,")
        then = _("then the service nightingale-ward mqttd.")
        found.append(Trouble(4, _("Records are not arriving"), _unsent(device), status, first, then))
    return found


def _since(moment: datetime, now: datetime) -> str:
    return _("since %(time)s.") % {"time": clock(moment, now)}


def _offline(device: Device, now: datetime) -> Trouble:
    word = _("Offline")
    if device.contact_at is None:
        entered, then = _("since it was added"), _("Then check the network socket.")
        return Trouble(1, word, entered, _("Never connected."), _("Plug it in."), then)
    gone = {"time": clock(device.contact_at, now), "length": long((now - device.contact_at).total_seconds())}
    since, status = _("since %(time)s (%(length)s)") % gone, _("No connection. It may be switched off.")
    then = _("Check its plug, then the network socket.")
    if device.bed is not None:
        then = _("It belongs at bed %(bed)s.") % {"bed": device.bed} + f" {then}"
    return Trouble(1, word, since, status, _("Find the box."), then)


def _fault(told_as: Advice, fault: dict[str, Any], now: datetime) -> Trouble:
    since, told = fault_since(fault), said(fault).what
    if told.casefold() == _(told_as.word).casefold():
        told = ""  # said already
    when = f"{_('since %(time)s.') % {'time': clock(since, now)}} {told}".strip() if since else told
    return Trouble(told_as.rank, _(told_as.word), when, _(told_as.status), _(told_as.first), _(told_as.then))


def _doing(device: Device) -> str:
    health = device.health
    if Part.CLOCK in device.faults or health.get("clock_ok") is False:
        return _("Clock not set, so night limits apply. Still trying to get the time.")
    counted = {"held": health.get("tracks_held", 0), "needed": health.get("tracks_needed", 0)}
    return _("Loading tracks: %(held)d of %(needed)d.") % counted if counted["held"] < counted["needed"] else ""


def _unsent(device: Device) -> str:
    if not device.unsent:
        return "0"
    return _("%(number)d (oldest: %(length)s)") % {"number": device.unsent, "length": long(device.oldest_unsent_s)}
