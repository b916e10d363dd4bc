"""What the page says after someone asked a box for something or gave it another place. Reads and writes no row."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from messages import Verb
from ward.fleet.models import Away, Command, Device
from ward.fleet.reasons import words
from ward.message import Kind

ASKED = {
    Verb.LOCATE: gettext_noop("Asked box %(number)s to blink"),
    Verb.LOCATE_END: gettext_noop("Asked box %(number)s to stop blinking"),
    Verb.SELF_TEST: gettext_noop("Asked box %(number)s for a self-test"),
    Verb.RESTART: gettext_noop("Asked box %(number)s to restart"),
    Verb.SEND_LOGS: gettext_noop("Asked box %(number)s for its logs"),
}


def asked_words(made: Command) -> tuple[str, str, Kind]:
    """Head, sentence and kind: what is refused at once was not asked."""
    number = {"number": made.device.number}
    if made.done is False:
        return _("Box %(number)s was not asked") % number, words(made.kept_reason), Kind.REFUSED
    return _(ASKED[Verb(made.verb)]) % number, _("The box answers within 30 seconds."), Kind.DONE


def placed_words(device: Device) -> tuple[str, str]:
    """Head and sentence: where the box is now."""
    if device.bed is not None:
        place = {"number": device.number, "bed": device.bed}
        return _("Box %(number)s is at bed %(bed)s now") % place, _("It gets the playlists of that bed.")
    place = {"number": device.number, "why": Away(device.away).label}
    return _("Box %(number)s is at no bed now: %(why)s") % place, ""
