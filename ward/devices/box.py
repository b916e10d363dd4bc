"""One box on its page: what it said, what was asked of it, its facts. No music, no answers, no stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messages import EntryKind, Playing, Verb
from ward.beds.staff import initials
from ward.beds.times import ago, clock, seconds_clock
from ward.devices.advice import BY_PART, advice
from ward.devices.answers import ASKABLE, NAMES, SHOWN_FOR, Answer, Blink, answer, blink, changes_in_s, results
from ward.devices.status import Condition, Version, condition
from ward.fleet.commands import Stage, outcome
from ward.fleet.models import Command, Device
from ward.fleet.online import is_online
from ward.fleet.reasons import said
from ward.usage.models import Entry

ENTRIES_SHOWN = 8
TOLD = (EntryKind.BOX_STARTED, EntryKind.FAULT, EntryKind.FAULT_OVER)  # kinds that tell nothing of a patient


@dataclass(frozen=True, slots=True)
class Fact:
    """A name, its value, and what stands beside it in a lighter hand."""

    name: str
    value: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the last entries."""

    time: str
    what: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything of the page that changes by itself."""

    condition: Condition
    did: tuple[str, ...]
    blink: Blink | None
    answer: Answer | None
    again_s: int | None
    facts: tuple[Fact, ...]
    lines: tuple[Line, ...]


def shown(device: Device, now: datetime, newest: Version = ()) -> Shown:
    """The box at `now`, in the ward's time zone; three queries. `newest`: software of the ward's boxes."""
    found = condition(device, now, newest)
    commands = list(
        Command.objects.filter(device=device, verb__in=ASKABLE)
        .select_related("issued_by", "excerpt", "device")
        .order_by("-issued_at")[:ENTRIES_SHOWN]
    )
    blinks = blink(commands, now)
    recent = commands[0] if commands and now - commands[0].issued_at < SHOWN_FOR else None
    if recent and blinks and recent.verb == Verb.LOCATE and recent.done:
        recent = None  # the picture says it
    return Shown(
        found,
        tuple(_did(device, found)),
        blinks,
        answer(recent, now) if recent else None,
        changes_in_s(commands, now),
        tuple(_facts(device, found, now)),
        tuple(_lines(device, commands, now)),
    )


def code_of(device: Device) -> str:
    """The end of its id, as its screen shows it."""
    return str(device.pk)[-4:].upper()


def _did(device: Device, found: Condition) -> Iterator[str]:
    """What the box did by itself, before anyone asked."""
    yield from dict.fromkeys(trouble.status for trouble in found.troubles)
    if found.doing:
        yield found.doing
    restarts = device.health.get("player_restarts", 0)
    if restarts:
        told = ngettext("Restarted its player once.", "Restarted its player %(number)d times.", restarts)
        yield told % {"number": restarts}


def _facts(device: Device, found: Condition, now: datetime) -> Iterator[Fact]:
    health = device.health
    free, held = health.get("disk_free_mb"), health.get("tracks_held", 0)
    tracks = ngettext("%(number)d track", "%(number)d tracks", held) % {"number": held}
    calibrated = parse_date(str(health.get("calibrated_on") or ""))
    yield Fact(_("Software"), found.software)
    yield Fact(_("Calibrated"), date_format(calibrated, "j M Y") if calibrated else _("not yet"))
    yield Fact(_("Storage"), _("%(size).1f GB free") % {"size": free / 1000} if free else _("not known"), tracks)
    yield Fact(_("Last contact"), found.contact)
    yield Fact(_("Unsent records"), found.unsent)
    yield Fact(_("Temperature"), found.temperature)
    yield Fact(_("Music"), _music(device, now))
    yield Fact(_("Connected"), ago(device.hello_at, now) if device.hello_at else _("never"))


def _music(device: Device, now: datetime) -> str:
    """When the room is free, for whoever comes to calibrate; not what plays."""
    if not is_online(device, now):
        return _("not known")
    if device.playing == Playing.SILENT:
        return _("silent")
    if device.now_at is None or not device.length_s:
        return _("plays")
    ends = device.now_at + timedelta(seconds=device.left_s)
    return _("plays until %(time)s") % {"time": clock(ends, now)}


def _lines(device: Device, commands: list[Command], now: datetime) -> Iterator[Line]:
    entries = Entry.objects.filter(log__device=device, kind__in=TOLD).order_by("-log", "-seq")[:ENTRIES_SHOWN]
    told = [line for command in commands for line in _of_command(command, now)]
    told += [(entry.at, _of_entry(entry)) for entry in entries]
    for at, (what, more) in sorted(told, key=itemgetter(0), reverse=True)[:ENTRIES_SHOWN]:
        yield Line(seconds_clock(at, now) if clock(at, now)[:2].isdigit() else clock(at, now), what, more)


def _of_command(command: Command, now: datetime) -> Iterator[tuple[datetime, tuple[str, str]]]:
    name, found = _(NAMES[command.verb]), outcome(command, now)  # type: ignore[index]  # of ASKABLE
    who = _("by %(who)s") % {"who": initials(command.issued_by)}
    yield command.issued_at, (_("%(what)s asked") % {"what": name}, who)
    if command.answered_at is not None:
        done = found.stage is Stage.DONE
        what = _("%(what)s finished") if done else _("%(what)s not done")
        more = results(command) if done and command.results else said(command.kept_reason).what if command.coded else ""
        yield command.answered_at, (what % {"what": name}, more or (_(command.reason) if command.reason else ""))


def _of_entry(entry: Entry) -> tuple[str, str]:
    if entry.kind == EntryKind.BOX_STARTED:
        return _("Box started"), str(entry.data.get("software", ""))
    part, code = str(entry.data.get("part", "")), str(entry.data.get("code") or "")
    word = _(advice(part, {"code": code}).word) if part in BY_PART else part
    return (_("%(what)s: over") % {"what": word}, "") if entry.kind == EntryKind.FAULT_OVER else (word, "")
