"""The questions about a patient's preferences and the words that can be ticked. Pure. A stored value is never
renamed."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

LANGUAGES: Mapping[str, Promise] = {
    "en": gettext_lazy("English"),
    "de": gettext_lazy("German"),
    "fr": gettext_lazy("French"),
    "es": gettext_lazy("Spanish"),
    "it": gettext_lazy("Italian"),
    "pt": gettext_lazy("Portuguese"),
    "pl": gettext_lazy("Polish"),
    "ru": gettext_lazy("Russian"),
    "uk": gettext_lazy("Ukrainian"),
    "tr": gettext_lazy("Turkish"),
    "ar": gettext_lazy("Arabic"),
    "other": gettext_lazy("Another language"),
    "none": gettext_lazy("Prefers instrumental"),
}
DECADES: tuple[int, ...] = tuple(range(1930, 2020, 10))
INSTRUMENTS: Mapping[str, Promise] = {
    "voice": gettext_lazy("Voice"),
    "choir": gettext_lazy("Choir"),
    "piano": gettext_lazy("Piano"),
    "guitar": gettext_lazy("Guitar"),
    "harp": gettext_lazy("Harp"),
    "strings": gettext_lazy("Strings"),
    "flute": gettext_lazy("Flute"),
    "brass": gettext_lazy("Brass"),
    "organ": gettext_lazy("Organ"),
    "accordion": gettext_lazy("Accordion"),
    "bells": gettext_lazy("Bells"),
    "drums": gettext_lazy("Drums"),
}
COMFORTS: Mapping[str, Promise] = {
    "rain": gettext_lazy("Rain"),
    "waves": gettext_lazy("Waves"),
    "birds": gettext_lazy("Birds"),
    "slow": gettext_lazy("Slow and even"),
    "low": pgettext_lazy("how loud", "Very soft"),
    "known": gettext_lazy("Songs they know well"),
    "new": gettext_lazy("Music with no memories attached"),
    "sung": gettext_lazy("Being sung to"),
}
HURTS: Mapping[str, Promise] = {
    "sudden": gettext_lazy("Sudden changes"),
    "high": gettext_lazy("High notes"),
    "bass": gettext_lazy("Low notes"),
    "sad": gettext_lazy("Sad songs"),
    "love": gettext_lazy("Love songs"),
    "hymns": gettext_lazy("Hymns"),
    "war": gettext_lazy("Songs about war or homeland"),
    "crowd": gettext_lazy("Many voices at once"),
}


def subjects() -> dict[str, tuple[str, dict[str, str]]]:
    """Field -> question and choices, in the reader's language."""
    return {
        "languages": (_("Languages"), _plain(LANGUAGES)),
        "youth": (
            _("Decades when they were young"),
            {str(decade): _("%(year)ds") % {"year": decade} for decade in DECADES},
        ),
        "instruments": (_("Instruments"), _plain(INSTRUMENTS)),
        "comforts_ticked": (_("Comforting"), _plain(COMFORTS)),
        "hurts_ticked": (_("Upsetting or painful"), _plain(HURTS)),
    }


def told(ticks: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The ticked words: question and answers, without questions that have none."""
    lines = [
        (question, ", ".join(word for value, word in choices.items() if value in ticks.get(name, ())))
        for name, (question, choices) in subjects().items()
    ]
    return [(question, words) for question, words in lines if words]


def _plain(choices: Mapping[str, Promise]) -> dict[str, str]:
    return {value: str(word) for value, word in choices.items()}
