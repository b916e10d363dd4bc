"""How a session ended, in words: written once, for a bed's page, its history and the reports. Pure."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from messages import Cause

WORDS: Mapping[str, Promise] = {
    Cause.COMPLETED: gettext_lazy("finished"),
    Cause.BUTTON: gettext_lazy("stopped at the bed"),
    Cause.WARD: gettext_lazy("stopped from the ward"),
    Cause.NURSE_CALL: gettext_lazy("silenced by nurse call"),
    Cause.CLEANING: gettext_lazy("stopped for cleaning"),
    Cause.RESTART: gettext_lazy("box restarted"),
    Cause.NO_SOUND: gettext_lazy("no sound"),
    Cause.NO_MUSIC: gettext_lazy("no music to play"),
}
UNKNOWN = gettext_lazy("end unknown")


def words_of(cause: str) -> str:
    """The cause in the reader's language, in lower case; "end unknown" where nothing is known of it."""
    return str(WORDS.get(cause, UNKNOWN))
