"""Clock times as staff read them, and the ward's night. Pure: knows no row and no clock of its own."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# Hours and minutes with or without a mark between, seconds of zero; then am or pm, or the word of the hour.
WRITTEN = re.compile(
    r"(\d{1,2})(?:\s?[:.,h]?\s?(\d{2})(?::00)?)?\s?(?:(?:([ap])\.?\s?m\.?)|h|uhr)?", re.ASCII | re.IGNORECASE
)


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
    """Whole minutes of what is left, rounded up: nobody is told 0 while something plays."""
    return max(1, math.ceil(seconds / 60))


def minutes_heard(seconds: float) -> str:
    """What was heard as the figure of a column of minutes: `24`, `<1`, `0`.

    To the nearest minute, on every page: rounded up, a session that ended a second after its limit had a minute more
    than the limit. A sum is rounded once, not each of its parts.
    """
    if 0 < seconds < 60:
        return "<1"
    return str(math.floor(seconds / 60 + 0.5))


def length_heard(seconds: float) -> str:
    """The same in words: `24 min`, `less than 1 min`, `0 min`."""
    if 0 < seconds < 60:
        return _("less than 1 min")
    return _("%(number)d min") % {"number": int(minutes_heard(seconds))}


def is_night(at: time, night_from: time, night_until: time) -> bool:
    """Whether the local time of day lies in the night, which may pass midnight."""
    if night_from <= night_until:
        return night_from <= at < night_until
    return at >= night_from or at < night_until


def read_clock(words: str) -> time | None:
    """A time of day as people write it: `21:30`, `21.30`, `2130`, `21h30`, `9 pm`, `7`. None for anything else."""
    found = WRITTEN.fullmatch(words.strip())
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0) if 1 <= hour <= 12 else 24
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
