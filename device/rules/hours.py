"""What the time of day means: whether it is night, and which times had their turn. Pure; knows no clock.

Times are minutes after local midnight. A clock may jump: forward by NTP or in spring, back by NTP or in autumn.
"""

from device.rules.events import NO_RULES, BedRules, Wall

DAY = 24 * 60
GRACE = 5  # minutes after which a missed time is dropped: a reminder for 14:00 is not wanted at 17:00
SET_BACK = 3 * 60  # a clock set back by more than this was wrong; by less, it is autumn, and nothing comes twice


def is_night(wall: Wall | None, rules: BedRules) -> bool:
    """Whether it is night by these rules; midnight may lie within. An unknown clock means night, and rules without a
    night, which an older version may have taken, mean that of no rules."""
    if wall is None:
        return True
    begins, ends = rules.night_begins, rules.night_ends
    if begins == ends:
        begins, ends = NO_RULES.night_begins, NO_RULES.night_ends
    if begins <= ends:
        return begins <= wall.minute < ends
    return wall.minute >= begins or wall.minute < ends


def moment(wall: Wall) -> int:
    """Local minutes since the first day of the calendar: in these a day in spring skips an hour, one in autumn repeats
    one."""
    return wall.day * DAY + wall.minute


def is_due(minute: int, wall: Wall, seen_until: int | None) -> bool:
    """Whether this minute of the day has come since `seen_until`. None: the clock was just found; nothing is due, so
    that no start of the box starts anything else."""
    if seen_until is None:
        return False
    now = moment(wall)
    last = now - (now - minute) % DAY  # the last time that it was this minute
    return seen_until < last <= now <= last + GRACE


def seen(wall: Wall | None, seen_until: int | None) -> int | None:
    """Up to when times of the day have had their turn, now that this clock was read."""
    if wall is None:
        return None
    now = moment(wall)
    return now if seen_until is None or now < seen_until - SET_BACK else max(now, seen_until)
