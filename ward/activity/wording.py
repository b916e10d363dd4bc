"""Rows of the audit in words: one sentence each, and what was before and after."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ward.activity.names import Known, known_of, name_of, quoted
from ward.audit.models import AuditRow
from ward.audit.verbs import BY_VALUE
from ward.bed.rules_words import CLOCK_TIMES, RULES, clock_of

NAMES = {
    "playlists": gettext_lazy("Playlists"),
    "playlist": gettext_lazy("Playlist"),
    "box": gettext_lazy("Box"),
    "refused": gettext_lazy("Not sent"),
    "what": gettext_lazy("What"),
    "rows": gettext_lazy("Records"),
    "bed": gettext_lazy("Bed"),
    "who": gettext_lazy("Initials"),
    "verb": gettext_lazy("Action"),
    "through": gettext_lazy("Up to record"),
    "role": gettext_lazy("Role"),
    "user": gettext_lazy("Account"),
    "desk": gettext_lazy("Shared computer"),
    "invitation": gettext_lazy("Invitation"),
    "letters": gettext_lazy("Characters"),
    "name": gettext_lazy("Name"),
    "room": gettext_lazy("Room"),
    "beds": gettext_lazy("Beds"),
    "added": gettext_lazy("New beds"),
    "opened": gettext_lazy("Opened again"),
    "night_from": gettext_lazy("Night begins"),
    "night_until": gettext_lazy("Night ends"),
    "evening_at": gettext_lazy("Evening playlists"),
    "days": gettext_lazy("Days until they expire"),
    "first": gettext_lazy("First day"),
    "last": gettext_lazy("Last day"),
    **RULES,
    "version": gettext_lazy("Version"),
    "by": gettext_lazy("Changed by"),
    "value": gettext_lazy("Value"),
}
PLACES = {name: place for place, name in enumerate(NAMES)}


@dataclass(frozen=True, slots=True)
class Word:
    """One value, or one of several; `new`: it was not there before."""

    text: str
    new: bool


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing before and after."""

    name: str
    before: tuple[Word, ...]
    after: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A row as the page shows it. `compares`: something of before is known."""

    number: int
    at: datetime
    sentence: SafeString
    details: tuple[Detail, ...]
    compares: bool


def told(rows: Sequence[AuditRow]) -> list[Told]:
    """The rows in words, with the names that playlists, tracks and accounts have now."""
    sides = [(_flat(row.before), _flat(row.after)) for row in rows]
    known = known_of(chain.from_iterable(sides))
    return [_told(row, *both, known) for row, both in zip(rows, sides, strict=True)]


def _told(row: AuditRow, before: dict[str, Any], after: dict[str, Any], known: Known) -> Told:
    fields = sorted({*after, *before}, key=_place)
    details = tuple(_detail(field, before, after, known) for field in fields)
    return Told(row.number, localtime(row.at), _sentence(row), details, bool(before))


def _place(name: str) -> tuple[int, str]:
    """What this page has a name for comes first, in that order."""
    return (PLACES.get(name, len(PLACES)), name)


def _sentence(row: AuditRow) -> SafeString:
    """Only our own words are marked safe: what stands in the row is escaped."""
    who = row.initials or (_("System") if row.account is None else _("Someone"))
    parts = {
        "who": format_html("<b>{}</b>", who),
        "bed": format_html("<b>{}</b>", row.bed_label or _("no bed")),
    }
    verb = BY_VALUE.get(row.verb)  # None: recorded by another version
    sentence = str(verb.sentence) if verb else _("%(who)s: %(verb)s, %(bed)s.")
    return mark_safe(conditional_escape(sentence) % (parts | {"verb": conditional_escape(quoted(row.verb))}))  # noqa: S308


def _flat(side: str) -> dict[str, Any]:
    """Names and values; what stands in a group of its own, as the rules, stands beside the others."""
    try:
        value = json.loads(side) if side else {}
    except ValueError:  # someone wrote into the database: shown as it stands, `verify` says where
        value = [side]
    if not isinstance(value, dict):
        return {"value": value}
    flat: dict[str, Any] = {}
    for name, inner in value.items():
        flat |= inner if isinstance(inner, dict) else {name: inner}
    return flat


def _detail(field: str, before: dict[str, Any], after: dict[str, Any], known: Known) -> Detail:
    word = str(NAMES.get(field) or quoted(field))
    old = _words(field, before[field], known) if field in before else []
    new = _words(field, after[field], known) if field in after else []
    return Detail(word, _marked(old, old), _marked(new, old if before else new))


def _marked(words: Iterable[str], known: Sequence[str]) -> tuple[Word, ...]:
    return tuple(Word(word, word not in known) for word in words)


def _words(field: str, value: Any, known: Known) -> list[str]:
    if isinstance(value, list):
        return [_word(field, one, known) for one in value] or [_("none")]
    return [_word(field, value, known)]


def _word(field: str, value: Any, known: Known) -> str:
    name = name_of(field, value, known)
    if name is not None:
        return name
    if value is None or value == "":
        return _("none")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int | float):
        return _number(field)(value)
    moment = _moment(value) if isinstance(value, str) else None
    if moment:
        return date_format(localtime(moment), _("j F Y, H:i"))
    return str(value) if field in NAMES else quoted(value)


def _number(field: str) -> Callable[[float], str]:
    """How a number of this field is said: by the unit that its name carries."""
    if field in CLOCK_TIMES:
        return lambda value: clock_of(int(value))
    if field.endswith("_dba"):
        return lambda value: _("%(level)s dB") % {"level": _short(value)}
    if field.endswith("_s"):
        return lambda value: _("%(minutes)s min") % {"minutes": _short(value / 60)}
    return _short


def _short(value: float) -> str:
    return str(number_format(int(value) if value == int(value) else value))


def _moment(value: str) -> datetime | None:
    try:
        found = parse_datetime(value)
    except ValueError:
        return None
    return found if found and found.tzinfo else None
