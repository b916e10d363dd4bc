"""What a playlist is for, as staff read it: one table. Knows no row."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from playlists.format import Purpose

PURPOSES: Mapping[str, Promise] = {
    Purpose.COMFORT: gettext_lazy("Comfort"),
    Purpose.SLEEP: gettext_lazy("Sleep"),
    Purpose.MEMORIES: gettext_lazy("Memories"),
    Purpose.VIGIL: gettext_lazy("End-of-life care"),
}


def purpose_word(purpose: str) -> str:
    """The word for a purpose; of one that a later format brought, the purpose itself."""
    return str(PURPOSES[purpose]) if purpose in PURPOSES else purpose.capitalize()
