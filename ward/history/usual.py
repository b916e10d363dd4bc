"""What is usual in a stay, in one sentence above its plot; from medians. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from statistics import median, median_high, median_low

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ward.beds.times import length_heard
from ward.history import words

DAYS_FEWEST = 3  # with fewer days nothing is usual
NAMED_MOST = 3
WEEK = 7
LEAST_S = 60  # "about less than 1 min" would be no sentence


def usual(counts: Mapping[date, int], lengths_s: Sequence[float], under_way: int = 0) -> str:
    """`counts`: sessions on each day that is over; `lengths_s`: seconds of each session with sound, today's included;
    `under_way`: sessions today so far."""
    total = sum(counts.values()) + under_way
    if not total:
        return _("No music on these days yet.")
    if len(counts) < DAYS_FEWEST:
        return _so_far(total, sum(lengths_s))
    return " ".join(filter(None, (_usual_day(sorted(counts.values()), lengths_s), _none_on(counts))))


def _so_far(total: int, all_s: float) -> str:
    said = ngettext(
        "%(number)s session so far, %(min)s in total.", "%(number)s sessions so far, %(min)s in total.", total
    )
    return words.sentence(said % {"number": words.counted(total), "min": length_heard(all_s)})


def _usual_day(counts: Sequence[int], lengths_s: Sequence[float]) -> str:
    low, high = median_low(counts), median_high(counts)
    if not high:
        return _("No sessions on most days.")
    heard = length_heard(max(LEAST_S, median(lengths_s)) if lengths_s else 0)
    said = {"low": words.counted(low), "high": words.counted(high), "min": heard}
    if low != high:
        return words.sentence(_("Usually %(low)s to %(high)s sessions a day, about %(min)s each.") % said)
    told = ngettext(
        "Usually %(high)s session a day, about %(min)s each.",
        "Usually %(high)s sessions a day, about %(min)s each.",
        high,
    )
    return words.sentence(told % said)


def _none_on(counts: Mapping[date, int]) -> str:
    empty = [day for day, number in counts.items() if not number]
    if not empty:
        return ""
    if len(counts) <= WEEK and len(empty) <= NAMED_MOST:
        return _("None on %(days)s.") % {"days": words.listed([words.weekday(day) for day in empty])}
    said = ngettext("None on %(number)d of %(all)d days.", "None on %(number)d of %(all)d days.", len(empty))
    return said % {"number": len(empty), "all": len(counts)}
