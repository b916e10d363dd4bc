"""Tells the audit what changed about people and desks."""

from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from django.contrib.auth.models import User

from ward.audit import recording
from ward.audit.verbs import AuditVerb
from ward.beds.models import Ward


class PeopleVerb(StrEnum):
    """Actions of this app that the audit has no word of its own for: it shows these."""

    ACCOUNT_OFF = "account_off"
    ACCOUNT_ON = "account_on"
    DESK_REGISTERED = "desk_registered"
    DESK_REVOKED = "desk_revoked"
    INVITATION_REVOKED = "invitation_revoked"
    INVITATION_USED = "invitation_used"
    LINK_MADE = "link_made"
    SECOND_FACTOR_RESET = "second_factor_reset"


def record(
    verb: AuditVerb | PeopleVerb,
    *,
    by: User | None,
    ward: Ward | None,
    now: datetime,
    before: Any = None,
    after: Any = None,
) -> None:
    """One row of the audit, in the transaction of the action. `by`: None for the command line and for groups."""
    recording.record(cast("AuditVerb", verb), by=by, ward=ward, before=before, after=after, now=now)
