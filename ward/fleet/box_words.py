"""What a box says of its troubles, in the page's language. What is not known here stays as told, in English."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

SAID = (
    gettext_noop("%(button)s held down: is something lying on it?"),
    gettext_noop("no track of %(playlist)s plays: send its tracks to the box again"),
    gettext_noop("no music on this box: %(what)s"),
    gettext_noop("tracks cannot be played: too quiet or unreadable, put good files in their place"),
    gettext_noop("plays by the last good copy of its configuration: %(what)s"),
    gettext_noop("not the one that this box holds under its number"),
    gettext_noop("older than the one on this box"),
    gettext_noop("its number is too far ahead of the one on this box"),
    gettext_noop("its night begins and ends at the same minute: set the ward's night"),
    gettext_noop("too late by %(seconds)s s"),
    gettext_noop("this box does not know %(verb)s: update it"),
    gettext_noop("no sound card: %(what)s"),
    gettext_noop("no reason given"),
    gettext_noop("entries of tracks left out: %(number)s within %(seconds)s s, look at the playlist"),
    gettext_noop(
        "this card was made on another box: give each box its own card and id, then calibrate this one",
    ),
)


def _pattern(said: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", said)
    return re.compile("".join(f"(?P<{part}>.+)" if at % 2 else re.escape(part) for at, part in enumerate(parts)))


PATTERNS = tuple((said, _pattern(said)) for said in SAID)


def in_words(told: str) -> str:
    """The box's line, translated where it is one of the known."""
    for said, pattern in PATTERNS:
        if found := pattern.fullmatch(told):
            return _(said) % found.groupdict()
    return _(told) if told else ""
