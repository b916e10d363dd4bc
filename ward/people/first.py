"""A new installation's first administrator: known by a code that the server prints, so that no stranger on the network
can be it. Knows no page."""

import hmac
import secrets
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Role, Ward
from ward.people.invitations import hashed
from ward.people.models import FirstCode
from ward.people.roles import PeopleError, give_role

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
GROUPS, GROUP = 3, 4
KEPT = 5  # codes of the newest starts: several processes may serve one database, each with a code of its own


def is_new() -> bool:
    """Whether nobody has an account yet."""
    return not User.objects.exists()


def new_code(now: datetime) -> str:
    """A code such as `K7QF-3MWD-9TRX`, shown now and never again."""
    letters = "".join(secrets.choice(LETTERS) for _place in range(GROUPS * GROUP))
    FirstCode.objects.create(code_hash=hashed(letters), made_at=now)
    kept = FirstCode.objects.order_by("-pk").values_list("pk", flat=True)[:KEPT]
    FirstCode.objects.filter(used_at=None).exclude(pk__in=list(kept)).delete()
    return "-".join(letters[place : place + GROUP] for place in range(0, len(letters), GROUP))


def matching(code: str) -> FirstCode | None:
    """The unused code that this is, in upper or lower case, with or without dashes."""
    wanted = hashed("".join(one for one in code.upper() if one.isalnum()))
    unused = FirstCode.objects.filter(used_at=None)
    return next((row for row in unused if hmac.compare_digest(row.code_hash, wanted)), None)


def begin(code: FirstCode, user: User, now: datetime) -> None:
    """Makes the account, uses the code up, and gives the account every ward that there is. Raises PeopleError where
    someone else was quicker."""
    with transaction.atomic():
        list(FirstCode.objects.select_for_update().order_by("pk"))  # in one order, or two who begin wait for each other
        if not FirstCode.objects.filter(pk=code.pk, used_at=None).update(used_at=now) or not is_new():
            raise PeopleError(_("Someone has already made the first account. Ask them for a link."))
        user.save()
        FirstCode.objects.filter(pk=code.pk).update(user=user)
        FirstCode.objects.filter(used_at=None).delete()
        for ward in Ward.objects.open().order_by("pk"):
            give_role(user, ward, Role.ADMINISTRATOR, None, now)
        record(AuditVerb.FIRST_ADMINISTRATOR, by=user, after={"user": user.pk}, now=now)


def began(user: User) -> bool:
    """Whether this person made the installation's first account: they may make its first ward."""
    return FirstCode.objects.filter(user=user).exists()
