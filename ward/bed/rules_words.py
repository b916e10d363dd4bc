"""The settings of a bed in words: what will apply, and what changed. Pure; knows no row and no page."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import msgspec
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from messages import Question
from messages.wire import Rules
from ward.usage.questions import phrase

LANGUAGES = {  # of the screen; empty: the box's own
    "": gettext_noop("Same as the box"),
    "en": gettext_noop("English"),
    "de": gettext_noop("German"),
    "fr": gettext_noop("French"),
    "es": gettext_noop("Spanish"),
}
RULES: Mapping[str, Promise] = {  # as the list of actions calls them
    "cap_day_dba": gettext_lazy("Maximum volume (day)"),
    "cap_night_dba": gettext_lazy("Maximum volume (night)"),
    "comfort_s": gettext_lazy("Length of comfort music"),
    "sleep_s": gettext_lazy("Length of sleep music"),
    "night_begins": gettext_lazy("Night begins"),
    "night_ends": gettext_lazy("Night ends"),
    "shared_room": gettext_lazy("Shared room"),
    "vigil": gettext_lazy("End-of-life care"),
    "ask_before": gettext_lazy("Question before music"),
    "ask_after": gettext_lazy("Question after music"),
    "ask_sleep": gettext_lazy("Question in the morning"),
    "reminders": gettext_lazy("Reminders"),
    "sleep_starts": gettext_lazy("Sleep music starts"),
    "never_play": gettext_lazy("Excluded tracks"),
    "expires_at": gettext_lazy("Expires"),
    "language": gettext_lazy("Language"),
}
CLOCK_TIMES = {"night_begins", "night_ends", "sleep_starts", "reminders"}  # in minutes of the day
# Not staff's to choose on a bed's page: the ward's night, and the end, which has a line of its own.
ASIDE: dict[str, Any] = {"expires_at": None, "night_begins": 0, "night_ends": 0}


def summary(rules: Rules, defaults: Rules) -> tuple[str, str]:
    """That these are the ward's default settings (empty where they differ), and what will apply."""
    usual = same(rules, msgspec.structs.replace(defaults, never_play=rules.never_play))
    return _("Default settings.") if usual else "", " ".join(_all(rules))


def same(one: Rules, other: Rules) -> bool:
    """Whether both say the same of what staff choose; the end is a matter of when they were assigned."""
    return msgspec.structs.replace(one, **ASIDE) == msgspec.structs.replace(other, **ASIDE)


def changes(before: Rules, after: Rules) -> list[str]:
    """One sentence for each thing that changed, as it is after."""
    return [words(after) for fields, words in _GROUPS if any(getattr(before, f) != getattr(after, f) for f in fields)]


def clock_of(minute: int) -> str:
    """A minute of the day as a clock time: `21:30`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def listed(words: Sequence[str]) -> str:
    """`21:00, 21:30 and 22:00`."""
    if len(words) < 2:
        return "".join(words)
    return _("%(some)s and %(last)s") % {"some": ", ".join(words[:-1]), "last": words[-1]}


def number_words(value: float) -> str:
    """A number as the language of the page writes it, with at most one decimal."""
    rounded = round(value, 1)
    return number_format(int(rounded) if rounded == int(rounded) else rounded)


def _all(rules: Rules) -> list[str]:
    asks = bool(rules.ask_before or rules.ask_after or rules.ask_sleep or rules.reminders)
    quiet = rules.vigil or not asks  # whatever is set, continuous music is not disturbed
    parts = [_lengths(rules), _levels(rules)] if rules.vigil else [_levels(rules), _lengths(rules)]
    parts += [_("No questions. No reminders.")] if quiet else [_questions(rules), _reminders(rules)]
    if rules.sleep_starts is not None:
        parts.append(_sleep_start(rules))
    parts += [_room(rules)] if rules.shared_room else []
    return parts + ([_screen(rules)] if rules.language else [])


def _levels(rules: Rules) -> str:
    said = {"day": number_words(rules.cap_day_dba), "night": number_words(rules.cap_night_dba)}
    return _("Maximum volume %(day)s dB (night %(night)s dB).") % said


def _lengths(rules: Rules) -> str:
    if rules.vigil:
        return _("Continuous music until staff or family stop it.")
    said = {"comfort": number_words(rules.comfort_s / 60), "sleep": number_words(rules.sleep_s / 60)}
    return _("Stops after %(comfort)s min (sleep: %(sleep)s min).") % said


def _questions(rules: Rules) -> str:
    asked = []
    if rules.ask_before:
        asked.append(_("%(what)s before music") % {"what": phrase(rules.ask_before)})
    if rules.ask_after:
        asked.append(_("%(what)s after music") % {"what": phrase(rules.ask_after)})
    if rules.ask_sleep:
        asked.append(phrase(Question.SLEEP))
    return _("Asks about: %(what)s.") % {"what": reduce(_apart, asked)} if asked else _("No questions.")


def _apart(one: str, other: str) -> str:
    return _("%(one)s; %(other)s") % {"one": one, "other": other}


def _reminders(rules: Rules) -> str:
    if not rules.reminders:
        return _("No reminders.")
    return _("Reminders at %(times)s.") % {"times": listed([clock_of(minute) for minute in rules.reminders])}


def _sleep_start(rules: Rules) -> str:
    if rules.sleep_starts is None:
        return _("Sleep music starts only when someone presses a button.")
    return _("Sleep music starts automatically at %(time)s.") % {"time": clock_of(rules.sleep_starts)}


def _room(rules: Rules) -> str:
    return _("Shared room: lower volume limit.") if rules.shared_room else _("Not a shared room.")


def _screen(rules: Rules) -> str:
    return _("Screen: %(language)s.") % {"language": _(LANGUAGES.get(rules.language, rules.language))}


def _never(rules: Rules) -> str:
    count = len(rules.never_play)
    if not count:
        return _("No tracks excluded.")
    return ngettext("%(number)d track excluded.", "%(number)d tracks excluded.", count) % {"number": count}


_GROUPS: tuple[tuple[tuple[str, ...], Callable[[Rules], str]], ...] = (
    (("vigil", "comfort_s", "sleep_s"), _lengths),
    (("cap_day_dba", "cap_night_dba"), _levels),
    (("ask_before", "ask_after", "ask_sleep"), _questions),
    (("reminders",), _reminders),
    (("sleep_starts",), _sleep_start),
    (("shared_room",), _room),
    (("never_play",), _never),
    (("language",), _screen),
)
