"""The safety check, once a stay, whether music is suitable: a reminder, never a lock. Keeps who checked and when, never
what they know of the patient."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ward.assignments.assigning import lock
from ward.assignments.models import Checked
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Bed
from ward.beds.staff import initials
from ward.beds.times import clock

# Known reasons against music, or for care with it. The answers are for staff, the ward does not keep them.
LOOK_AT = (
    gettext_noop("Music-triggered seizures"),
    gettext_noop("Sound sensitivity or change in hearing"),
    gettext_noop("Musical or auditory hallucinations"),
    gettext_noop("Recent bereavement"),
    gettext_noop("Patient prefers silence"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What the page says of it: `told` is empty until someone has checked in this stay."""

    told: str
    points: list[str]
    stay: str | None


def look(bed: Bed, now: datetime) -> Look:
    """Who checked in this stay, and when; what there is to check."""
    found = Checked.objects.filter(stay=bed.stay).select_related("by").first() if bed.stay else None
    facts = {"time": clock(found.at, now), "who": initials(found.by)} if found else {}
    told = _("%(time)s, by %(who)s.") % facts if found else ""
    return Look(told, [_(point) for point in LOOK_AT], bed.stay)


def looked(bed: Bed, by: AbstractBaseUser, now: datetime) -> None:
    """Records that this person checked; a later check replaces the one before. Does nothing without a stay."""
    with transaction.atomic():
        lock(bed)  # so that the stay is not moved to another bed meanwhile
        if bed.stay is None:
            return
        Checked.objects.exclude(stay=bed.stay).filter(bed=bed).delete()  # a stay that is over is private
        Checked.objects.update_or_create(stay=bed.stay, defaults={"bed": bed, "by_id": by.pk, "at": now})
        record(AuditVerb.SAFETY_CHECKED, by=by, bed=bed, now=now)
