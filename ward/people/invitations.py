"""One-time links that an administrator hands over: made, looked at, used once, revoked. No e-mail is sent."""

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Role, Ward
from ward.people.models import Invitation
from ward.people.roles import PeopleError, give_role
from ward.people.sessions import end_sessions

VALID_FOR = timedelta(days=7)


def hashed(token: str) -> str:
    """What is kept of a token; it is 256 bits of chance, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def invite(
    ward: Ward,
    by: User | None,
    now: datetime,
    *,
    role: Role | None = None,
    user: User | None = None,
    name: str = "",
    meant_for: str = "",
    resets: bool = False,
) -> tuple[Invitation, str]:
    """A new link: the row and its token, which nobody can see again. An older link for the same account ends."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        if user is not None:
            _open(now).filter(user=user).update(revoked_at=now)
        made = Invitation.objects.create(
            token_hash=hashed(token),
            ward=ward,
            role=role.value if role else "",
            user=user,
            name=name,
            meant_for=meant_for,
            resets=resets,
            made_by=by,
            made_at=now,
            expires_at=now + VALID_FOR,
        )
        record(
            AuditVerb.INVITED if user is None else AuditVerb.PASSWORD_LINK, by=by, ward=ward, after=_said(made), now=now
        )
    return made, token


def find(token: str, now: datetime) -> Invitation | None:
    """The invitation of a link that can still be used; looking does not use it."""
    return _open(now).filter(token_hash=hashed(token)).select_related("ward", "user").first()


def open_invitations(ward: Ward, now: datetime) -> list[Invitation]:
    """The ward's links that someone could still use, oldest first."""
    return list(_open(now).filter(ward=ward).select_related("made_by", "user"))


def revoke(invitation: Invitation, by: User, now: datetime) -> None:
    """The link opens nothing any more."""
    if _open(now).filter(pk=invitation.pk).update(revoked_at=now):
        record(AuditVerb.INVITATION_CANCELLED, by=by, ward=invitation.ward, before=_said(invitation), now=now)


def accept(invitation: Invitation, user: User, now: datetime) -> None:
    """Uses the link up and assigns its role. Raises PeopleError where it was used, revoked or ran out meanwhile."""
    with transaction.atomic():
        if not _open(now).filter(pk=invitation.pk).update(used_at=now):
            raise PeopleError(_("This link was used or has expired. Ask for a new one."))
        if user.pk is None:
            user.save()
        if invitation.resets:
            Authenticator.objects.filter(user=user).delete()
        if invitation.user_id is not None:
            user.is_active = True
            user.save(update_fields=["is_active", "password", "first_name", "last_name"])
            end_sessions(user)
        if invitation.role:
            give_role(user, invitation.ward, Role(invitation.role), invitation.made_by, now)
        record(AuditVerb.INVITATION_USED, by=user, ward=invitation.ward, after=_said(invitation), now=now)


def _open(now: datetime) -> QuerySet[Invitation]:
    """A link lives no longer than its maker's authority: it is looked at when the link is used, not when it was made.
    Nobody made those of the command line."""
    authority = Q(made_by__is_active=True, made_by__access__ward=F("ward"), made_by__access__role=Role.ADMINISTRATOR)
    held = Q(made_by=None) | authority
    return Invitation.objects.filter(held, used_at=None, revoked_at=None, expires_at__gt=now, ward__closed_at=None)


def _said(invitation: Invitation) -> dict[str, object]:
    return {"invitation": invitation.pk, "role": invitation.role, "user": invitation.user_id}
