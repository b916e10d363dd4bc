"""What follows from a sign-in, by whatever way it came."""

from typing import Any

from allauth.account.signals import password_changed
from allauth.account.signals import user_logged_in as fully_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.message import keep
from ward.people.adapters import groups_of
from ward.people.desks import came, desk_of
from ward.people.keeping import FLAG, newest
from ward.people.models import Visit
from ward.people.pins import unlock
from ward.people.roles import follow_groups
from ward.people.sessions import person_of


def connect() -> None:
    """Once, when the app is ready."""
    user_logged_in.connect(_began, dispatch_uid="ward.people.began")
    fully_logged_in.connect(_fully, dispatch_uid="ward.people.fully")
    password_changed.connect(_other_password, dispatch_uid="ward.people.other_password")
    authenticator_added.connect(_two_step_on, dispatch_uid="ward.people.two_step_on")
    authenticator_removed.connect(_two_step_off, dispatch_uid="ward.people.two_step_off")
    authenticator_reset.connect(_other_codes, dispatch_uid="ward.people.other_codes")


def _began(request: HttpRequest, user: User, **_more: Any) -> None:
    now = timezone.now()
    began = {"began": now.timestamp(), "seen": now.timestamp(), "sessions": person_of(user).sessions}
    request.session.update(began | {FLAG: newest(user, now)})


def _fully(request: HttpRequest, user: User, sociallogin: Any = None, **_more: Any) -> None:
    """With password or provider, and the second factor: PINs come after this, never instead of it."""
    now = timezone.now()
    person_of(user)
    unlock(user)
    desk = desk_of(request)
    if desk is not None:
        came(desk, user, now)
    if sociallogin is not None and settings.OIDC is not None:
        follow_groups(user, settings.OIDC.assigned(groups_of(sociallogin)), now)
        request.session["provider"] = True


def _other_password(user: User, **_more: Any) -> None:
    """Whoever changed it may have had a reason: PINs at desks wait for a full sign-in."""
    Visit.objects.filter(user=user).delete()
    record(AuditVerb.PASSWORD_CHANGED, by=user, now=timezone.now())


def _two_step_on(user: User, authenticator: Authenticator, request: HttpRequest | None = None, **_more: Any) -> None:
    _record_two_step(AuditVerb.TWO_STEP_ON, user, authenticator)
    if request is not None and authenticator.type != Authenticator.Type.RECOVERY_CODES:
        keep(request, _("Two-step sign-in is on"), _("You need a code from your authenticator app to sign in."))


def _two_step_off(user: User, authenticator: Authenticator, request: HttpRequest | None = None, **_more: Any) -> None:
    _record_two_step(AuditVerb.TWO_STEP_OFF, user, authenticator)
    if request is not None and authenticator.type != Authenticator.Type.RECOVERY_CODES:
        keep(request, _("Two-step sign-in is off"), _("You will sign in with your password only."))


def _other_codes(request: HttpRequest | None = None, **_more: Any) -> None:
    if request is not None:
        keep(request, _("New recovery codes created"), _("The old ones no longer work."))


def _record_two_step(verb: AuditVerb, user: User, authenticator: Authenticator) -> None:
    """Recovery codes come and go with a second factor, or are made again: that is no change of it."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record(verb, by=user, now=timezone.now())
