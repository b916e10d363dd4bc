"""Changes made on a bed's history page: a note, an excluded track, the end of the stay. Knows no page.

Every action names the stay that its page showed, so that an old page cannot change the next patient's stay.
"""

from datetime import datetime

import msgspec
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ward.assignments import assigning
from ward.assignments.stays import ActionError, StaleError, held
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Bed
from ward.beds.staff import initials
from ward.history import words
from ward.notes.models import LETTERS_MOST, Note


def write_note(bed: Bed, text: str, by: AbstractBaseUser, now: datetime, *, mark: str, newest: str) -> Note:
    """Saves a note for the next shift. `newest`: the id of the newest note on the page, "0" for none.

    Raises ActionError for a text that is empty or too long, StaleError if someone else has written a note meanwhile.
    """
    text = "\n".join(line.strip() for line in text.strip().splitlines())
    with transaction.atomic():
        stay = held(bed, mark)
        _check_length(text)
        last = Note.objects.filter(stay=stay).select_related("written_by").first()
        if last is not None and newest != str(last.pk):
            facts = {"who": initials(last.written_by), "time": _clock(last.written_at)}
            raise StaleError(_("%(who)s wrote a note at %(time)s. It is shown here. Your text is kept below.") % facts)
        _forget_other_stays(bed, stay)
        made = Note.objects.create(bed=bed, stay=stay, text=text, written_by_id=by.pk, written_at=now)
        record(AuditVerb.WROTE_NOTE, by=by, bed=bed, after={"letters": len(text)}, now=now)
        return made


def never_play(bed: Bed, track: str, by: AbstractBaseUser, now: datetime, *, mark: str) -> None:
    """Assigns the same playlists with this track (by its hash) excluded. Raises StaleError, and AssigningError if the
    bed has standard music only."""
    with transaction.atomic():
        held(bed, mark)
        rules = assigning.rules_of(bed)
        if track not in rules.never_play:
            held_back = msgspec.structs.replace(rules, never_play=(*rules.never_play, track))
            assigning.with_rules(bed, held_back, by, now, AuditVerb.EXCLUDED_FOR_BED)


def end_stay(bed: Bed, by: AbstractBaseUser, now: datetime, *, mark: str) -> None:
    """Ends the stay that the page showed. Raises StaleError on a second press, or if the page showed an earlier
    stay."""
    with transaction.atomic():
        stay = held(bed, mark)
        _forget_other_stays(bed, stay)
        assigning.discharge(bed, by, now)


def held_back(bed: Bed) -> frozenset[str]:
    """The tracks that are excluded for this bed, by hash."""
    return frozenset(assigning.rules_of(bed).never_play)


def _check_length(text: str) -> None:
    if not text:
        raise ActionError(_("The note is empty. Write a line, then save it."))
    if len(text) > LETTERS_MOST:
        over = ngettext("%(number)d character. ", "%(number)d characters. ", len(text)) % {"number": len(text)}
        raise ActionError(
            over + _("A note can have up to %(most)d. Shorten it, then save it.") % {"most": LETTERS_MOST}
        )


def _forget_other_stays(bed: Bed, stay: str) -> None:
    """Deletes notes of earlier stays. They are kept until then, so that a discharge of the wrong bed can be undone."""
    Note.objects.filter(bed=bed).exclude(stay=stay).delete()


def _clock(at: datetime) -> str:
    return words.hour_of(localtime(at))
