"""What a page says after Stop where the tile cannot say it by itself. Reads no row."""

from django.utils.translation import gettext as _

from ward.beds.models import Bed
from ward.fleet.models import Command
from ward.fleet.reasons import words
from ward.message import Kind


def stop_words(bed: Bed, made: Command | None) -> tuple[str, str, Kind]:
    """Head, sentence and kind; `made`: None where the bed has no box."""
    if made is not None and made.done is None:
        return _("Stopping bed %(bed)s") % {"bed": bed}, _("The bed shows whether its box confirmed."), Kind.DONE
    why = words(made.kept_reason) if made is not None else _("No box at this bed.")
    at_the_bed = _("Press PLAY at bed %(bed)s to stop.") % {"bed": bed}
    return _("Bed %(bed)s may still play") % {"bed": bed}, f"{why.rstrip('.')}. {at_the_bed}", Kind.MAY_PLAY
