"""Clock times as staff read them, and the ward's night. Pure: knows no row and no clock of its own."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def clock(at: datetime, now: datetime) -> str:
    """`14:02`, with the day in front where it is not today: `Monday 14:02`. In the time zone of `now`."""
    local = at.astimezone(now.tzinfo)
    return f"{local:%H:%M}" if local.date() == now.date() else f"{day(at, now)} {local:%H:%M}"


def seconds_clock(at: datetime, now: datetime) -> str:
    """`14:16:08`, with the day in front where it is not today."""
    return f"{clock(at, now)}:{at.astimezone(now.tzinfo):%S}"


def day(at: datetime, now: datetime) -> str:
    """`today`, the weekday within six days, else `12 November`."""
    local = at.astimezone(now.tzinfo)
    days = (now.date() - local.date()).days
    if days == 0:
        return _("today")
    return date_format(local, "l") if 0 < days <= 6 else date_format(local, "MONTH_DAY_FORMAT")


def days_since(at: datetime, now: datetime) -> int:
    """Midnights between `at` and `now`, in the time zone of `now`."""
    return (now.date() - at.astimezone(now.tzinfo).date()).days


def ago(at: datetime, now: datetime) -> str:
    """`8 s ago`, `12 min ago`; from an hour on the clock time, which needs no arithmetic."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < 60:
        return _("%(number)d s ago") % {"number": seconds}
    if seconds < 3600:
        return _("%(number)d min ago") % {"number": seconds // 60}
    return _("at %(time)s") % {"time": clock(at, now)}


def long(seconds: float) -> str:
    """A length of time in its largest whole unit: `20 s`, `3 min`, `5 h`, `2 days`."""
    if seconds >= 2 * 86400:
        days = int(seconds // 86400)
        return ngettext("%(number)d day", "%(number)d days", days) % {"number": days}
    if seconds >= 3600:
        return _("%(number)d h") % {"number": int(seconds // 3600)}
    if seconds >= 60:
        return _("%(number)d min") % {"number": int(seconds // 60)}
    return _("%(number)d s") % {"number": int(seconds)}


def minutes_up(seconds: float) -> int:
    """Whole minutes, rounded up: nobody is told 0 while something plays."""
    return max(1, math.ceil(seconds / 60))


def minutes_heard(seconds: float) -> int:
    """The same of what was heard: 0 for nothing. A sum is rounded once, as each of its parts."""
    return minutes_up(seconds) if seconds > 0 else 0


def is_night(at: time, night_from: time, night_until: time) -> bool:
    """Whether the local time of day lies in the night, which may pass midnight."""
    if night_from <= night_until:
        return night_from <= at < night_until
    return at >= night_from or at < night_until


def read_clock(words: str) -> time | None:
    """A time of day as people write it: `21:00`, `21.00`, `2100`, `7`, `7:05`. None for anything else."""
    found = re.fullmatch(r"(\d{1,2})(?:[:.h]?(\d{2}))?", words.strip(), re.ASCII)
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (24, 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Clocks that go forward on `day`: `begins` is the first time of day that there is not, `ends` the next that there
    is."""

    day: date
    begins: time
    ends: time


def skipped(at: time, zone: tzinfo, since: date, days: int = 400) -> Skipped | None:
    """When clocks go forward over this time of day within so many days: there it never comes. None: never."""
    for one in (since + timedelta(days=more) for more in range(days)):
        local = datetime.combine(one, at, zone)
        back = local.astimezone(UTC).astimezone(zone)
        if back.replace(tzinfo=None) != local.replace(tzinfo=None):
            jump = back.replace(tzinfo=None) - local.replace(tzinfo=None)
            return _skipped(local, jump, zone)
    return None


def _skipped(local: datetime, jump: timedelta, zone: tzinfo) -> Skipped:
    """The first and the last minute round `local` that a clock does not show."""
    minute, day = timedelta(minutes=1), local.replace(tzinfo=None)
    begins = ends = day
    while _is_skipped(begins - minute, zone):
        begins -= minute
    while _is_skipped(ends, zone) and ends - day <= jump:
        ends += minute
    return Skipped(local.date(), begins.time(), ends.time())


def _is_skipped(naive: datetime, zone: tzinfo) -> bool:
    return naive.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive


def next_change(now: datetime, night_from: time, night_until: time) -> datetime:
    """When night begins or ends next, in the time zone of `now`."""
    turns = [now.replace(hour=t.hour, minute=t.minute, second=0, microsecond=0) for t in (night_from, night_until)]
    return min(turn if turn > now else turn + timedelta(days=1) for turn in turns)
