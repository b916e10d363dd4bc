"""That staff looked, once a stay, whether anything speaks against music: a reminder, never a lock. Keeps who and when,
and never what they saw."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ward.assignments.models import Checked
from ward.beds.models import Bed
from ward.beds.staff import initials
from ward.beds.times import clock

# What is known to speak against music, or asks for care; for staff to know, not for the ward to keep.
LOOK_AT = (
    gettext_noop("Music-triggered seizures"),
    gettext_noop("Sound sensitivity or change in hearing"),
    gettext_noop("Musical or auditory hallucinations"),
    gettext_noop("Recent bereavement"),
    gettext_noop("Patient prefers silence"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What the page says of it: `told` is empty while nobody looked in this stay."""

    told: str
    points: list[str]
    stay: str | None


def look(bed: Bed, now: datetime) -> Look:
    """Who looked in this stay, and when; what there is to look at."""
    found = Checked.objects.filter(stay=bed.stay).select_related("by").first() if bed.stay else None
    facts = {"time": clock(found.at, now), "who": initials(found.by)} if found else {}
    told = _("%(time)s, by %(who)s.") % facts if found else ""
    return Look(told, [_(point) for point in LOOK_AT], bed.stay)


def looked(bed: Bed, by: AbstractBaseUser, now: datetime) -> None:
    """Keeps that this person looked; a later look takes the place of the one before. Nothing without a stay."""
    if bed.stay is not None:
        Checked.objects.exclude(stay=bed.stay).filter(bed=bed).delete()  # a stay that is over is nobody's business
        Checked.objects.update_or_create(stay=bed.stay, defaults={"bed": bed, "by_id": by.pk, "at": now})
