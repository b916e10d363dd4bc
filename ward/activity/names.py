"""Names for what a row of the audit keeps as a code: playlists, tracks, accounts, roles, questions, languages."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ward.audit.verbs import BY_VALUE
from ward.bed.rules_words import LANGUAGES
from ward.beds.models import Role
from ward.beds.staff import initials
from ward.music.models import Playlist, Track
from ward.usage.questions import QUESTIONS, label

HASH = re.compile(r"[0-9a-f]{12,}")
HASH_SHOWN = 8  # letters: enough to tell one track from another, and to find it
REPORT = re.compile(r"report (\S+), (\w+)")
Side = Mapping[str, Any]


EMPTY: Mapping[str, Promise] = {"user": gettext_lazy("no account yet"), "language": gettext_lazy(LANGUAGES[""])}
Known = Mapping[str, Mapping[Any, str]]  # by field: what its codes are called now


def known_of(sides: Iterable[Side]) -> Known:
    """Asks for the names of all that these sides are about, in one query a kind."""
    every = list(sides)
    playlists = Playlist.objects.in_bulk(_texts(every, "playlists", "playlist"), field_name="slug")
    tracks = Track.objects.in_bulk(_texts(every, "never_play"))
    accounts = User.objects.in_bulk({one for one in _values(every, "user") if isinstance(one, int)})
    titles = {slug: playlist.title for slug, playlist in playlists.items()}
    return {
        "playlists": titles,
        "playlist": titles,
        "never_play": {track: row.title for track, row in tracks.items()},
        "user": {key: initials(user) for key, user in accounts.items()},
    }


def name_of(field: str, value: Any, known: Known) -> str | None:
    """What a value is called, in quotation marks where only its code is known; None where the value speaks for
    itself."""
    if value is None or value == "":
        return str(EMPTY[field]) if field in EMPTY else None
    if field in known:
        return known[field].get(value if isinstance(value, str | int) else "") or quoted(value)
    if not isinstance(value, str):
        return None
    if field in WORDS:
        return WORDS[field](value) or quoted(value)
    return quoted(value) if HASH.fullmatch(value) else None


def quoted(code: object) -> str:
    """A code that no name is known of. Of a hash only the beginning: nobody reads 64 letters."""
    text = str(code)
    return _("“%(code)s”") % {"code": f"{text[:HASH_SHOWN]}…" if HASH.fullmatch(text) else text}


def _texts(sides: Iterable[Side], *fields: str) -> set[str]:
    return {one for field in fields for one in _values(sides, field) if isinstance(one, str)}


def _values(sides: Iterable[Side], field: str) -> Iterator[Any]:
    for side in sides:
        value = side.get(field)
        yield from value if isinstance(value, list) else [value]


def _question(code: str) -> str:
    return label(code) if code in QUESTIONS else ""


def _what(said: str) -> str:
    """What was exported; of a track its title stands there."""
    if said == "audit":
        return _("Activity log")
    report = REPORT.fullmatch(said)
    return _("Report %(week)s (%(kind)s)") % {"week": report[1], "kind": report[2].upper()} if report else said


def _day(said: str) -> str:
    try:
        found: date | None = parse_date(said)
    except ValueError:
        return ""
    return date_format(found) if found else ""


WORDS: Mapping[str, Callable[[str], str]] = {  # empty: a code that this version does not know
    "ask_before": _question,
    "ask_after": _question,
    "language": lambda code: _(LANGUAGES[code]) if code in LANGUAGES else "",
    "role": lambda code: str(Role(code).label) if code in Role.values else "",
    "verb": lambda code: str(BY_VALUE[code].label) if code in BY_VALUE else "",
    "by": lambda code: _("hospital sign-in group") if code == "group" else "",
    "refused": _,
    "what": _what,
    "first": _day,
    "last": _day,
}
