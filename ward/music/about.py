"""What a playlist sounds like, in the reader's language: made from its tracks' tags. Knows no row."""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

NO_LYRICS = "no lyrics"
WORDS: Mapping[str, Promise] = {  # of the playlists that come with the ward
    NO_LYRICS: gettext_lazy("no lyrics"),
    "felt piano": gettext_lazy("felt piano"),
    "flute": gettext_lazy("flute"),
    "harp": gettext_lazy("harp"),
    "pad": gettext_lazy("pad"),
    "rain": gettext_lazy("rain"),
    "waves": gettext_lazy("waves"),
}
BETWEEN, LAST = ", ", " and "


def joined(parts: Sequence[Sequence[str]]) -> str:
    """As it is stored, in English: `no lyrics, harp and rain`."""
    return BETWEEN.join(LAST.join(part) for part in parts if part)


def described(stored: str) -> str:
    """In the reader's language; as it is stored where a word of it is not among ours: half a translation is none."""
    parts = [part.split(LAST) for part in stored.split(BETWEEN)]
    if not all(word in WORDS for part in parts for word in part):
        return stored
    return BETWEEN.join(_and([str(WORDS[word]) for word in part]) for part in parts)


def _and(words: Sequence[str]) -> str:
    if len(words) == 1:
        return words[0]
    return _("%(some)s and %(last)s") % {"some": ", ".join(words[:-1]), "last": words[-1]}
