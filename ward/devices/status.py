"""How a box is, by its row and the time: needs a person, mends itself, or is well. Pure; knows no music, no stay."""

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
    """Which of the page's three lists a box stands in."""

    PERSON = "person"
    MENDS = "mends"
    WELL = "well"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is the matter, since when, what the box tried by itself, what to do. `rank`: worst first."""

    rank: int
    word: str
    since: str
    tried: str
    look: str
    then: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One box on the devices page. `mending`: one line on what it does about it by itself."""

    kind: Kind
    bed: str
    number: str
    troubles: tuple[Trouble, ...]
    mending: str
    heard: str
    software: str
    calibrated: str
    temperature: str
    unsent: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What the page says of a part that failed."""

    rank: int
    word: str
    tried: str
    look: str
    then: str


FAULTS: dict[str, Advice] = {
    Part.SOUND: Advice(
        0,
        gettext_noop("No sound"),
        gettext_noop("It keeps trying its sound card."),
        gettext_noop("Check the speaker plug."),
        gettext_noop("If it stays silent, replace it."),
    ),
    Part.PLAYER: Advice(
        1,
        gettext_noop("Player stopped"),
        gettext_noop("It starts its player anew by itself."),
        gettext_noop("Wait a minute."),
        gettext_noop("If it stays, unplug it."),
    ),
    Part.CONTROLS: Advice(
        2,
        gettext_noop("Button held down"),
        gettext_noop("It took one press and no more."),
        gettext_noop("Look at the buttons:"),
        gettext_noop("is something lying on one?"),
    ),
    Part.MUSIC: Advice(
        3,
        gettext_noop("No music to play"),
        gettext_noop("It looks for music each minute."),
        gettext_noop("Unplug it and plug it in."),
        gettext_noop("Then replace it."),
    ),
    Part.LOG: Advice(
        4,
        gettext_noop("Log set aside"),
        gettext_noop("It began a new log; music plays."),
        gettext_noop("Replace its card"),
        gettext_noop("when the room is free."),
    ),
    Part.CONFIG: Advice(
        4,
        gettext_noop("Configuration damaged"),
        gettext_noop("It plays by its last good copy."),
        gettext_noop("Mend its configuration file:"),
        gettext_noop("nightingale-device check says where."),
    ),
    Part.SCREEN: Advice(
        5,
        gettext_noop("Screen dark"),
        gettext_noop("Music and buttons work without it."),
        gettext_noop("Check the screen's cable."),
        gettext_noop("Then replace the screen."),
    ),
}


HARDWARE = Advice(
    1,
    gettext_noop("Hardware fault"),
    gettext_noop("It keeps trying."),
    gettext_noop("Unplug it and plug it in."),
    gettext_noop("Then replace it."),
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
        gettext_noop("It skips them; other music plays."),
        gettext_noop("They are too quiet or unreadable:"),
        gettext_noop("put good files on its card."),
    ),
    Code.LOG_OF_ANOTHER_BOX: Advice(
        4,
        gettext_noop("Card of another box"),
        gettext_noop("It began a new log, uncalibrated."),
        gettext_noop("Give it a card and an id of its own,"),
        gettext_noop("then bring the level meter."),
    ),
    Code.ENTRIES_LEFT_OUT: Advice(
        5,
        gettext_noop("Too many entries"),
        gettext_noop("It left some out; music plays."),
        gettext_noop("Look at the playlist's tracks:"),
        gettext_noop("are they broken or very short?"),
    ),
}
TWIN_SHOWN, DIFFERS_SHOWN = timedelta(hours=1), timedelta(days=1)  # each comes again as long as its cause is there
UNSENT_S, LINKED = 1800.0, timedelta(minutes=5)  # a box that just came back sends what it has within minutes


def condition(device: Device, now: datetime) -> Condition:
    """What the devices page says of one box at `now` (aware, in the ward's time zone)."""
    troubles = tuple(sorted(_troubles(device, now), key=lambda trouble: trouble.rank))
    mending = _mending(device)
    kind = Kind.PERSON if troubles else Kind.MENDS if mending else Kind.WELL
    health = device.health
    return Condition(
        kind=kind,
        bed=str(device.bed) if device.bed is not None else "",
        number=device.number,
        troubles=troubles,
        mending=mending,
        heard=ago(device.contact_at, now) if device.contact_at else _("never"),
        software=device.software or _("not known"),
        calibrated=str(health.get("calibrated_on") or _("not yet")),
        temperature=f"{health['temperature_c']:.0f} °C" if health.get("temperature_c") is not None else _("not known"),
        unsent=_unsent(device),
    )


def _troubles(device: Device, now: datetime) -> list[Trouble]:
    if (since := getattr(device, "aside_since", None)) is not None:  # annotated by the page; nothing of it is written
        tried, look = _("The ward hears it and keeps trying to write."), _("End what holds its rows in the database:")
        return [
            Trouble(1, _("Held in the database"), _since(since, now), tried, look, _("a forgotten session, a backup."))
        ]
    if not is_online(device, now):
        return [_not_heard(device, now)]  # what it said before is old news
    found = [_fault(_advice(part, fault), fault, now) for part, fault in device.faults.items() if part in FAULTS]
    if device.health and not device.health.get("calibrated_on"):
        tried, look = _("Plays with the careful level meanwhile."), _("Bring the level meter,")
        found.append(Trouble(6, _("Not calibrated"), "", tried, look, _("when the room is free.")))
    return found + _of_its_card(device, now)


def _of_its_card(device: Device, now: datetime) -> list[Trouble]:
    """A copied or exchanged card, and entries that do not come in."""
    found = []
    if device.twin_at and now - device.twin_at < TWIN_SHOWN:
        tried, look = _("Each takes the other's place."), _("Find the box with the copied card:")
        then = _("give it a card and an id of its own.")
        found.append(Trouble(2, _("Two boxes, one id"), _since(device.twin_at, now), tried, look, then))
    if device.differs_at and now - device.differs_at < DIFFERS_SHOWN:
        tried, look = _("It begins a new log; nothing is lost."), _("Find out who copied")
        then = _("or put back its card.")
        found.append(Trouble(5, _("Log does not match"), _since(device.differs_at, now), tried, look, then))
    linked = device.hello_at is not None and now - device.hello_at > LINKED
    if linked and device.unsent and device.oldest_unsent_s > UNSENT_S:
        tried, look = _("It sends them again and again."), _("Look at the broker's limits,")
        then = _("then at nightingale-ward mqttd.")
        found.append(Trouble(4, _("Entries do not arrive"), _unsent(device), tried, look, then))
    return found


def _since(moment: datetime, now: datetime) -> str:
    return _("since %(time)s.") % {"time": clock(moment, now)}


def _not_heard(device: Device, now: datetime) -> Trouble:
    word = _("Not heard")
    if device.contact_at is None:
        entered, then = _("since it was entered here"), _("then look at the network socket.")
        return Trouble(1, word, entered, "", _("Plug it in,"), then)
    gone = {"time": clock(device.contact_at, now), "length": long((now - device.contact_at).total_seconds())}
    since, tried = _("since %(time)s, %(length)s") % gone, _("Nothing can reach it. It may be switched off.")
    then = _("Then its plug, then the network socket.")
    if device.bed is not None:
        then = _("last seen at %(bed)s.") % {"bed": device.bed} + f" {then}"
    return Trouble(1, word, since, tried, _("Look for the box,"), then)


def _advice(part: str, fault: dict[str, Any]) -> Advice:
    return BY_CODE.get(fault.get("code", ""), FAULTS[part])


def _fault(advice: Advice, fault: dict[str, Any], now: datetime) -> Trouble:
    since, told = fault_since(fault), said(fault).what
    when = _("since %(time)s.") % {"time": clock(since, now)} + f" {told}" if since else told
    return Trouble(advice.rank, _(advice.word), when, _(advice.tried), _(advice.look), _(advice.then))


def _mending(device: Device) -> str:
    health = device.health
    if Part.CLOCK in device.faults or health.get("clock_ok") is False:
        return _("Clock not known, so it keeps night rules. It goes on asking for the time.")
    counted = {"held": health.get("tracks_held", 0), "needed": health.get("tracks_needed", 0)}
    return _("Fetching tracks: %(held)d of %(needed)d.") % counted if counted["held"] < counted["needed"] else ""


def _unsent(device: Device) -> str:
    if not device.unsent:
        return "0"
    return _("%(number)d, the oldest %(length)s") % {"number": device.unsent, "length": long(device.oldest_unsent_s)}
