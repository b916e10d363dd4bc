"""How a box is, by its row and the time: action needed, recovering, or working. Pure; knows no music, no stay."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from messages import Code
from messages.entries import Part
from ward.beds.times import ago, clock, long
from ward.fleet.models import Device
from ward.fleet.online import is_online
from ward.fleet.reasons import said
from ward.tiles.status import fault_since


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
    calibrated: str
    temperature: str
    unsent: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What the page says when a part has failed; the fields are those of Trouble."""

    rank: int
    word: str
    status: str
    first: str
    then: str


FAULTS: dict[str, Advice] = {
    Part.SOUND: Advice(
        0,
        gettext_noop("No sound"),
        gettext_noop("Still trying to use its sound card."),
        gettext_noop("Check the speaker plug."),
        gettext_noop("If there is still no sound, replace the box."),
    ),
    Part.PLAYER: Advice(
        1,
        gettext_noop("Player stopped"),
        gettext_noop("Restarting the player automatically."),
        gettext_noop("Wait 1 minute."),
        gettext_noop("If it continues, unplug the box and plug it in again."),
    ),
    Part.CONTROLS: Advice(
        2,
        gettext_noop("Button stuck"),
        gettext_noop("Ignoring the stuck button."),
        gettext_noop("Check the buttons."),
        gettext_noop("Is something lying on one?"),
    ),
    Part.MUSIC: Advice(
        3,
        gettext_noop("No music to play"),
        gettext_noop("Looking for music every minute."),
        gettext_noop("Unplug the box and plug it in again."),
        gettext_noop("If that does not help, replace it."),
    ),
    Part.LOG: Advice(
        4,
        gettext_noop("Log replaced after an error"),
        gettext_noop("Started a new log. Music still works."),
        gettext_noop("Replace its memory card"),
        gettext_noop("when the room is free."),
    ),
    Part.CONFIG: Advice(
        4,
        gettext_noop("Configuration damaged"),
        gettext_noop("Using its last good copy."),
        gettext_noop("Fix its configuration file."),
        gettext_noop("Run nightingale-device check to find the error."),
    ),
    Part.SCREEN: Advice(
        5,
        gettext_noop("Screen dark"),
        gettext_noop("Music and buttons still work."),
        gettext_noop("Check the screen's cable."),
        gettext_noop("If that does not help, replace the screen."),
    ),
}


HARDWARE = Advice(
    1,
    gettext_noop("Hardware fault"),
    gettext_noop("Still trying."),
    gettext_noop("Unplug the box and plug it in again."),
    gettext_noop("If it continues, replace the box."),
)
BY_CODE: dict[str, Advice] = {  # where the part alone says too little
    Code.GPIO_BROKEN: HARDWARE,
    Code.GPIO_REFUSED: HARDWARE,
    Code.GPIO_MISSING: HARDWARE,
    Code.LINE_LOST: HARDWARE,
    Code.LINE_IN_USE: HARDWARE,
    Code.LINES_LOST: HARDWARE,
    Code.TRACKS_UNPLAYABLE: Advice(
        5,
        gettext_noop("Tracks cannot be played"),
        gettext_noop("Skipping them. Other music plays."),
        gettext_noop("They are too quiet or cannot be read."),
        gettext_noop("Put good files on its memory card."),
    ),
    Code.LOG_OF_ANOTHER_BOX: Advice(
        4,
        gettext_noop("Memory card of another box"),
        gettext_noop("Started a new log. The box is not calibrated."),
        gettext_noop("Give it its own card and ID."),
        gettext_noop("Then calibrate it with a sound level meter."),
    ),
    Code.ENTRIES_LEFT_OUT: Advice(
        5,
        gettext_noop("Too many records"),
        gettext_noop("Some were left out. Music still works."),
        gettext_noop("Check the playlist's tracks."),
        gettext_noop("Are they damaged or very short?"),
    ),
}
TWIN_SHOWN, DIFFERS_SHOWN = timedelta(hours=1), timedelta(days=1)  # each is reported again while its cause lasts
UNSENT_S, LINKED = 1800.0, timedelta(minutes=5)  # a box that has just reconnected sends its records within minutes


def condition(device: Device, now: datetime) -> Condition:
    """What the devices page says of one box at `now` (aware, in the ward's time zone)."""
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
        software=device.software or _("not known"),
        calibrated=str(health.get("calibrated_on") or _("not yet")),
        temperature=f"{health['temperature_c']:.0f} °C" if health.get("temperature_c") is not None else _("not known"),
        unsent=_unsent(device),
    )


def _troubles(device: Device, now: datetime) -> list[Trouble]:
    if (since := getattr(device, "aside_since", None)) is not None:  # annotated by the page: its row cannot be written
        return [_blocked(since, now)]
    if not is_online(device, now):
        return [_offline(device, now)]  # its last report may no longer be true
    found = [_fault(_advice(part, fault), fault, now) for part, fault in device.faults.items() if part in FAULTS]
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
        then = _("It belongs at %(bed)s.") % {"bed": device.bed} + f" {then}"
    return Trouble(1, word, since, status, _("Find the box."), then)


def _advice(part: str, fault: dict[str, Any]) -> Advice:
    return BY_CODE.get(fault.get("code", ""), FAULTS[part])


def _fault(advice: Advice, fault: dict[str, Any], now: datetime) -> Trouble:
    since, told = fault_since(fault), said(fault).what
    if told.casefold() == _(advice.word).casefold():
        told = ""  # said already
    when = f"{_('since %(time)s.') % {'time': clock(since, now)}} {told}".strip() if since else told
    return Trouble(advice.rank, _(advice.word), when, _(advice.status), _(advice.first), _(advice.then))


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
