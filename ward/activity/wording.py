"""Rows of the audit in words: one sentence each, and what was before and after."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ward.audit.models import AuditRow
from ward.audit.verbs import BY_VALUE
from ward.bed.rules_words import CLOCK_TIMES, RULES, clock_of
from ward.beds.staff import initials

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
    """The rows in words, in one query for all the accounts that they are about."""
    sides = [(_flat(row.before), _flat(row.after)) for row in rows]
    known = User.objects.in_bulk({side["user"] for both in sides for side in both if isinstance(side.get("user"), int)})
    accounts = {key: initials(user) for key, user in known.items()}
    return [_told(row, *map(partial(_named, accounts), both)) for row, both in zip(rows, sides, strict=True)]


def _named(accounts: Mapping[int, str], side: dict[str, Any]) -> dict[str, Any]:
    """With initials where the row keeps an account's number; the number where the account is gone."""
    return side | ({"user": accounts.get(side["user"], str(side["user"]))} if "user" in side else {})


def _told(row: AuditRow, before: dict[str, Any], after: dict[str, Any]) -> Told:
    names = sorted({*after, *before}, key=_place)
    details = tuple(_detail(name, before, after) for name in names)
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
    return mark_safe(conditional_escape(sentence) % (parts | {"verb": conditional_escape(row.verb)}))  # noqa: S308


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


def _detail(name: str, before: dict[str, Any], after: dict[str, Any]) -> Detail:
    word = str(NAMES.get(name) or name.replace("_", " ").capitalize())
    old = _words(name, before[name]) if name in before else []
    new = _words(name, after[name]) if name in after else []
    return Detail(word, _marked(old, old), _marked(new, old if before else new))


def _marked(words: Iterable[str], known: Sequence[str]) -> tuple[Word, ...]:
    return tuple(Word(word, word not in known) for word in words)


def _words(name: str, value: Any) -> list[str]:
    if isinstance(value, list):
        return [_word(name, one) for one in value] or [_("none")]
    return [_word(name, value)]


def _word(name: str, value: Any) -> str:
    if value is None or value == "":
        return _("none")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int | float):
        return _number(name)(value)
    moment = _moment(value) if isinstance(value, str) else None
    return date_format(localtime(moment), _("j F Y, H:i")) if moment else str(value)


def _number(name: str) -> Callable[[float], str]:
    """How a number with this name is said: by the unit that the name carries."""
    if name in CLOCK_TIMES:
        return lambda value: clock_of(int(value))
    if name.endswith("_dba"):
        return lambda value: _("%(level)s dB") % {"level": _short(value)}
    if name.endswith("_s"):
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
