"""Which playlists have what a patient likes: ticked preferences beside what is known of a playlist. Pure.

A playlist is known by its title and the words of what it sounds like, which are English as they are stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from playlists.format import Purpose
from ward.assignments.on_bed import on_bed
from ward.history.words import listed
from ward.therapy.facts import Facts
from ward.therapy.subjects import COMFORTS, INSTRUMENTS

WORDS: Mapping[str, tuple[str, ...]] = {  # a ticked value -> what a playlist says of itself, as beginnings of words
    "voice": ("voice", "sung", "song"),
    "choir": ("choir",),
    "piano": ("piano",),
    "guitar": ("guitar",),
    "harp": ("harp",),
    "strings": ("string", "cello", "violin"),
    "flute": ("flute",),
    "brass": ("brass", "horn", "trumpet"),
    "organ": ("organ",),
    "accordion": ("accordion",),
    "bells": ("bell",),
    "drums": ("drum",),
    "rain": ("rain",),
    "waves": ("wave", "sea", "ocean"),
    "birds": ("bird",),
}
DECADES = {
    "1930": "thirties", "1940": "forties", "1950": "fifties", "1960": "sixties", "1970": "seventies",
    "1980": "eighties", "1990": "nineties",
}  # fmt: skip
SUGGESTED_MOST = 2
ON_BED_MOST = 6  # more is no choice for a patient


@dataclass(frozen=True, slots=True)
class Like:
    """A playlist that is not on the bed. `sentence`: what they like of it; `ticked`: all that would be on the bed."""

    slug: str
    title: str
    sentence: str
    ticked: Sequence[str]


def likes(facts: Facts) -> list[Like]:
    """The playlists that match most, two at most; none where the bed has enough."""
    held = on_bed(facts.assignment)
    if not facts.ticks or len(held) >= ON_BED_MOST:
        return []
    rows = [one for one in facts.offers if one.slug not in held and one.purpose != Purpose.VIGIL]
    matched = [(matches(facts.ticks, one.title, one.about), one) for one in rows]
    best = sorted((one for one in matched if one[0]), key=lambda one: (-len(one[0]), one[1].title.casefold()))
    return [
        Like(one.slug, one.title, _like(words, one.title), (*held, one.slug)) for words, one in best[:SUGGESTED_MOST]
    ]


def matches(ticks: Mapping[str, Any], title: str, about: str) -> list[str]:
    """The ticked words that a playlist has, in the reader's language."""
    has = f" {title} {about} ".casefold()
    words = [
        str(word)
        for subject, known in (("instruments", INSTRUMENTS), ("comforts_ticked", COMFORTS))
        for value, word in known.items()
        if value in ticks.get(subject, ()) and any(f" {begins}" in has for begins in WORDS.get(value, ()))
    ]
    decades = [one for one in ticks.get("youth", ()) if one in has or DECADES.get(one, "-") in has]
    return [word.lower() for word in words] + [_("%(year)ds") % {"year": int(one)} for one in decades]


def _like(words: Sequence[str], title: str) -> str:
    return _("They like %(words)s: %(playlist)s.") % {"words": listed(words), "playlist": title}
