"""How a box is, by its row and the time: needs a person, mends itself, or is well. Pure; knows no music, no stay."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from messages.entries import Part
from ward.beds.status import fault_since
from ward.beds.times import ago, clock, long
from ward.fleet.hearing import is_heard
from ward.fleet.models import Device


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
        0, "No sound", "It keeps trying its sound card.", "Check the speaker plug.", "If it stays silent, replace it."
    ),
    Part.PLAYER: Advice(
        1, "Player stopped", "It starts its player anew by itself.", "Wait a minute.", "If it stays, unplug it."
    ),
    Part.CONTROLS: Advice(
        2, "Button held down", "It took one press and no more.", "Look at the buttons:", "is something lying on one?"
    ),
    Part.MUSIC: Advice(
        3, "No music to play", "It tried every piece it holds.", "Unplug it and plug it in.", "Then replace it."
    ),
    Part.LOG: Advice(
        4, "Log set aside", "It began a new log; music plays.", "Replace its card", "when the room is free."
    ),
    Part.SCREEN: Advice(
        5, "Screen dark", "Music and buttons work without it.", "Check the screen's cable.", "Then replace the screen."
    ),
}


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
        heard=ago(device.heard_at, now) if device.heard_at else "never",
        software=device.software or "not known",
        calibrated=str(health.get("calibrated_on") or "not yet"),
        temperature=f"{health['temperature_c']:.0f} °C" if health.get("temperature_c") is not None else "not known",
        unsent=f"{device.unsent}, the oldest {long(device.oldest_unsent_s)}" if device.unsent else "0",
    )


def _troubles(device: Device, now: datetime) -> list[Trouble]:
    if not is_heard(device, now):
        return [_not_heard(device, now)]  # what it said before is old news
    found = [_fault(FAULTS[part], fault, now) for part, fault in device.faults.items() if part in FAULTS]
    if device.health and not device.health.get("calibrated_on"):
        tried = "Plays with the careful level meanwhile."
        found.append(Trouble(6, "Not calibrated", "", tried, "Bring the level meter,", "when the room is free."))
    return found


def _not_heard(device: Device, now: datetime) -> Trouble:
    if device.heard_at is None:
        return Trouble(
            1, "Not heard", "since it was entered here", "", "Plug it in,", "then look at the network socket."
        )
    gone = long((now - device.heard_at).total_seconds())
    where = f" last seen at {device.bed}." if device.bed is not None else ""
    since = f"since {clock(device.heard_at, now)}, {gone}"
    tried = "Nothing can reach it. It may be switched off."
    return Trouble(
        1, "Not heard", since, tried, "Look for the box,", f"{where} Then its plug, then the network socket.".strip()
    )


def _fault(advice: Advice, fault: dict[str, str], now: datetime) -> Trouble:
    since, told = fault_since(fault), fault.get("reason", "").partition(": ")[0]
    when = f"since {clock(since, now)}. {told}" if since else told
    return Trouble(advice.rank, advice.word, when, advice.tried, advice.look, advice.then)


def _mending(device: Device) -> str:
    health = device.health
    if Part.CLOCK in device.faults or health.get("clock_ok") is False:
        return "Clock not known, so it keeps night rules. It goes on asking for the time."
    held, needed = health.get("pieces_held", 0), health.get("pieces_needed", 0)
    return f"Fetching pieces: {held} of {needed}." if held < needed else ""
