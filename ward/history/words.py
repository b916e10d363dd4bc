"""Words, times and numbers of the history, in the reader's language. Reads no row."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.formats import date_format, number_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

COUNTED = (  # a number of sessions as a word; larger ones are digits
    pgettext_lazy("number of sessions", "zero"),
    pgettext_lazy("number of sessions", "one"),
    pgettext_lazy("number of sessions", "two"),
    pgettext_lazy("number of sessions", "three"),
    pgettext_lazy("number of sessions", "four"),
    pgettext_lazy("number of sessions", "five"),
    pgettext_lazy("number of sessions", "six"),
    pgettext_lazy("number of sessions", "seven"),
    pgettext_lazy("number of sessions", "eight"),
    pgettext_lazy("number of sessions", "nine"),
    pgettext_lazy("number of sessions", "ten"),
)


def counted(number: int) -> str:
    """A number of sessions: `two`, from 11 on as digits."""
    return str(COUNTED[number]) if number < len(COUNTED) else str(number)


def sentence(words: str) -> str:
    """With a capital first letter."""
    return f"{words[:1].upper()}{words[1:]}"


def score(value: float) -> str:
    """A median from 0 to 10: `5`, `4.5`."""
    return number_format(value, decimal_pos=0 if value == int(value) else 1)


def listed(words: Sequence[str]) -> str:
    """`Sunday, Monday and Friday`."""
    return get_text_list(list(words), _("and"))


def row_label(day: date) -> str:
    """`Wed 12`."""
    return date_format(day, pgettext("date format, a row of a plot", "D j"))


def weekday(day: date) -> str:
    """`Sunday`."""
    return date_format(day, "l")


def short_day(day: date) -> str:
    """`18 Nov`."""
    return date_format(day, pgettext("date format, day and month", "j M"))


def hour_of(at: datetime) -> str:
    """`13:05`; `at` is local."""
    return date_format(at, pgettext("date format, time of day", "H:i"))


def moment(at: datetime) -> str:
    """`18 Nov 13:05`; `at` is local."""
    return f"{short_day(at.date())} {hour_of(at)}"


def shift_word(begin: int) -> str:
    """The name of a shift, by its number from the end of the night."""
    return (_("early shift"), _("late shift"), _("night shift"))[begin]
