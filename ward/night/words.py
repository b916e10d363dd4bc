"""Words of the night's page, in the reader's language. Reads no row of the database."""

from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.forms import DateField
from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from messages.entries import Part
from ward.beds.models import Bed
from ward.beds.staff import initials
from ward.beds.times import clock, day, length_heard
from ward.fleet.models import Device
from ward.fleet.reasons import fault_since
from ward.notes.models import Note
from ward.plots.days import Day
from ward.plots.marks import Time
from ward.plots.sessions import Played
from ward.tiles.status import fault_line, faults_at_bed
from ward.usage.models import Answer, FaultTime
from ward.usage.questions import said


def hour(at: datetime) -> str:
    """`21:36`; `at` is local."""
    return date_format(at, pgettext("date format, time of day", "H:i"))


def runs(night: Day, now: datetime) -> str:
    """`Monday 21:00 to Tuesday 07:00`."""
    begins, ends = night.begins.astimezone(now.tzinfo), night.ends.astimezone(now.tzinfo)
    facts = {"from": f"{_weekday(begins)} {hour(begins)}", "until": f"{_weekday(ends)} {hour(ends)}"}
    return _("%(from)s to %(until)s") % facts


def dates(night: Day, now: datetime) -> str:
    """`Monday 24 November to Tuesday 25 November 2025`, for paper."""
    begins, ends = night.begins.astimezone(now.tzinfo), night.ends.astimezone(now.tzinfo)
    first, last = (f"{_weekday(at)} {date_format(at, 'MONTH_DAY_FORMAT')}" for at in (begins, ends))
    return f"{_('%(from)s to %(until)s') % {'from': first, 'until': last}} {ends.year}"


def name(night: Day, now: datetime) -> str:
    """`Sunday night`, or the date of one that is longer ago."""
    begins = night.begins.astimezone(now.tzinfo)
    days = (now.date() - begins.date()).days
    if days <= 6:
        return _("%(weekday)s night") % {"weekday": _weekday(begins)}
    return _("Night of %(day)s") % {"day": day(begins, now)}


def typed(on: date) -> str:
    """A date as a person writes it in a field: `23/11/2026`."""
    return on.strftime(get_format("DATE_INPUT_FORMATS")[0])


def read_day(text: str) -> date | None:
    """What was typed, in any of the ways of the reader's language; None where it is no date."""
    try:
        found: date | None = DateField(input_formats=get_format("DATE_INPUT_FORMATS")).clean(text)
    except ValidationError:
        return None
    return found


def music(heard_s: float, *, known: bool) -> str:
    """`45 min`, `none`."""
    if not known:
        return _("not known")
    return length_heard(heard_s) if heard_s else _("none")


def nobody(bed: Bed, now: datetime) -> str:
    """Of a bed whose night is nobody's, or an earlier patient's."""
    if bed.stay is None or bed.stay_since is None:
        return _("Empty bed")
    return _("New patient since %(when)s") % {"when": clock(bed.stay_since, now)}


def all_night() -> str:
    """Of continuous music that did not stop."""
    return _("all night")


def sleep(answer: Answer | None) -> str:
    """A score, or why there is none."""
    return said(answer) if answer is not None else _("not asked")


def note(found: Note) -> tuple[str, str]:
    """Its text and who wrote it."""
    return found.text, initials(found.written_by)


def session(one: Played, now: datetime) -> str:
    """`21:36 Night Harbour, 45 min, finished`, for readers of the table."""
    length = length_heard(one.heard_s) if one.heard_s else _("length not known")
    return f"{hour(one.since.astimezone(now.tzinfo))} {one.title}, {length}, {one.told}"


def faults(device: Device, night: Day, now: datetime) -> list[str]:
    """`Box: PLAY held down since 22:20`: what is still wrong and began before the night was over."""
    found = []
    for part, fault in faults_at_bed(device):
        since = fault_since(fault)
        if since is None or since < night.ends:
            found.append(_since(fault_line(part, fault), since, night, now))
    return found


def faults_over(times: Sequence[FaultTime], now: datetime) -> list[str]:
    """`Box: PLAY held down 02:10 to 02:40`, or how often: what was wrong with a part of the box and is over."""
    found: dict[str, list[FaultTime]] = {}
    for one in times:
        found.setdefault(one.part, []).append(one)
    return [_over(of_part, now) for of_part in found.values()]


def offline(times: Sequence[Time], night: Day, now: datetime) -> str:
    """`Box offline 22:31 to 00:12`, `Box offline since 22:31`, `Box offline all night`, or how often."""
    if len(times) > 1:
        return ngettext("Box offline %(number)d time", "Box offline %(number)d times", len(times)) % {
            "number": len(times)
        }
    since, until = times[0]
    if since <= night.begins and until >= min(night.ends, now):
        return _("Box offline all night")
    begins, ends = hour(since.astimezone(now.tzinfo)), hour(until.astimezone(now.tzinfo))
    if until >= min(night.ends, now):
        return _("Box offline since %(time)s") % {"time": begins}
    return _("Box offline %(from)s to %(until)s") % {"from": begins, "until": ends}


def ended_by_box(one: Played, now: datetime) -> str:
    """`Music ended 22:31: no sound`."""
    facts = {"time": hour(one.until.astimezone(now.tzinfo)), "why": one.told}
    return _("Music ended %(time)s: %(why)s") % facts


def _since(line: str, since: datetime | None, night: Day, now: datetime) -> str:
    if since is None:
        return line
    local = since.astimezone(now.tzinfo)
    when = hour(local) if since >= night.begins else f"{day(local, now)} {hour(local)}"
    return _("%(what)s since %(when)s") % {"what": line, "when": when}


def _over(times: Sequence[FaultTime], now: datetime) -> str:
    first, number = times[0], len(times)
    said = {"what": fault_line(Part(first.part), first.told), "number": number}
    if number > 1:
        return ngettext("%(what)s %(number)d time", "%(what)s %(number)d times", number) % said
    since, until = (hour(at.astimezone(now.tzinfo)) for at in (first.since, first.until))
    return _("%(what)s %(from)s to %(until)s") % (said | {"from": since, "until": until})


def _weekday(at: datetime) -> str:
    return date_format(at, "l")
