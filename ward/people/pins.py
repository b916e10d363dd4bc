"""Six digits at a desk: set by the person, kept as a hash, locked by five wrong ones."""

from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.people.models import WRONG_MOST, Person
from ward.people.roles import PeopleError
from ward.people.sessions import person_of

DIGITS = 6
RUNS = ("01234567890", "09876543210")


def set_pin(user: User, pin: str, again: str, now: datetime) -> None:
    """Raises PeopleError where it is no PIN, not twice the same, or one that anybody would try first."""
    if pin != again:
        raise PeopleError(_("The PINs do not match."))
    if len(pin) != DIGITS or not (pin.isascii() and pin.isdecimal()):
        raise PeopleError(_("A PIN must have 6 digits."))
    if len(set(pin)) < 3 or any(pin in run for run in RUNS):
        raise PeopleError(_("This PIN is too easy to guess. Choose another."))
    with transaction.atomic():
        Person.objects.filter(pk=person_of(user).pk).update(pin=make_password(pin), wrong=0)
        record(AuditVerb.PIN_SET, by=user, ward=None, now=now)


def take_pin(user: User, now: datetime) -> None:
    """No PIN from now on: a desk asks for the password."""
    with transaction.atomic():
        if Person.objects.filter(user=user).exclude(pin="").update(pin="", wrong=0):
            record(AuditVerb.PIN_REMOVED, by=user, ward=None, now=now)


def is_right(user: User, pin: str) -> bool:
    """Whether the PIN is right and not locked. The try is counted first: those that come at once are all counted."""
    if not Person.objects.filter(user=user, wrong__lt=WRONG_MOST).exclude(pin="").update(wrong=F("wrong") + 1):
        return False
    if not check_password(pin, Person.objects.get(user=user).pin):
        return False
    unlock(user)
    return True


def unlock(user: User) -> None:
    """Wrong tries are forgotten: after the right PIN, and after a full sign-in."""
    Person.objects.filter(user=user).update(wrong=0)
