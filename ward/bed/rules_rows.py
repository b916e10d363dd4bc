"""The settings of a bed as a few plain rows: time, volume, question, and what else is set. Pure; knows no row of the
database and no page."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from messages import Question
from messages.wire import Rules
from ward.bed.rules_words import LANGUAGES, clock_of, listed, number_words, same
from ward.usage.questions import phrase


@dataclass(frozen=True, slots=True)
class RulesRow:
    """One row. `part`: its fields on the page of assigning; `lines`: the first says most."""

    part: str
    name: str
    lines: Sequence[str]


def rules_rows(rules: Rules, defaults: Rules) -> list[RulesRow]:
    """Time, volume and question always; more only where there is something to say."""
    rows = [
        RulesRow("time", _("Time limit"), _time(rules)),
        RulesRow("volume", _("Volume"), _volume(rules)),
        RulesRow("question", _("Question"), _question(rules)),
    ]
    more = _more(rules, defaults)
    return [*rows, RulesRow("more", _("More"), more)] if more else rows


def more_line(rules: Rules, defaults: Rules) -> str:
    """What the row of more settings says, in one line; empty where there is nothing to say."""
    return " ".join(_more(rules, defaults))


def _time(rules: Rules) -> list[str]:
    if rules.vigil:
        return [_("Continuous music"), _("Until staff or family stop it")]
    comfort, sleep = (number_words(seconds / 60) for seconds in (rules.comfort_s, rules.sleep_s))
    return [_("Stops after %(number)s min") % {"number": comfort}, _("Sleep after %(number)s min") % {"number": sleep}]


def _volume(rules: Rules) -> list[str]:
    day, night = number_words(rules.cap_day_dba), number_words(rules.cap_night_dba)
    lines = [_("Up to %(number)s dB") % {"number": day}, _("At night up to %(number)s dB") % {"number": night}]
    return [*lines, _("Shared room: lower volume limit.")] if rules.shared_room else lines


def _question(rules: Rules) -> list[str]:
    if rules.vigil:  # whatever is set, continuous music is not disturbed
        return [_("No questions. No reminders.")]
    lines = _around(rules)
    if rules.ask_sleep:
        lines.append(capfirst(phrase(Question.SLEEP)))
    return lines or [_("No question")]


def _around(rules: Rules) -> list[str]:
    before, after = rules.ask_before, rules.ask_after
    if before and before == after:
        return [capfirst(phrase(before)), _("Before and after music")]
    asked = [capfirst(_("%(what)s before music") % {"what": phrase(before)})] if before else []
    return [*asked, capfirst(_("%(what)s after music") % {"what": phrase(after)})] if after else asked


def _more(rules: Rules, defaults: Rules) -> list[str]:
    usual = same(rules, msgspec.structs.replace(defaults, never_play=rules.never_play))
    lines = [_("Default settings.")] if usual else []
    if rules.reminders and not rules.vigil:
        lines.append(_("Reminders at %(times)s.") % {"times": listed([clock_of(one) for one in rules.reminders])})
    if rules.sleep_starts is not None:
        lines.append(_("Sleep music starts automatically at %(time)s.") % {"time": clock_of(rules.sleep_starts)})
    if rules.language:
        lines.append(_("Screen: %(language)s.") % {"language": _(LANGUAGES.get(rules.language, rules.language))})
    return lines
