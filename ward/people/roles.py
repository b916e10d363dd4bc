"""Gives and takes roles, by hand and by the groups of the hospital's sign-in. A ward keeps its last administrator."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Access, Role, Ward
from ward.people.models import GroupRole, Invitation, KeptForm
from ward.people.sessions import end_sessions


class PeopleError(Exception):
    """The change cannot be made; one line says why and what to do."""


def give_role(user: User, ward: Ward, role: Role, by: User | None, now: datetime) -> None:
    """By hand; a role that a group gave stays when the group ends. Twice changes nothing."""
    with transaction.atomic():
        access, new = Access.objects.get_or_create(user=user, ward=ward, role=role)
        marked = GroupRole.objects.filter(access=access).delete()[0]
        if new or marked:
            record(AuditVerb.ROLE_ADDED, by=by, ward=ward, after={"user": user.pk, "role": role.value}, now=now)


def take_role(user: User, ward: Ward, role: Role, by: User | None, now: datetime) -> None:
    """By hand. Raises PeopleError for a group's role and for the ward's last administrator."""
    with transaction.atomic():
        _hold(ward)
        access = Access.objects.filter(user=user, ward=ward, role=role).first()
        if access is None:
            return
        if GroupRole.objects.filter(access=access).exists():
            raise PeopleError(
                _("This role comes from a hospital group. To remove it, remove the person from the group.")
            )
        if role == Role.ADMINISTRATOR and is_last_administrator(user, ward):
            raise PeopleError(_("This is the ward's last administrator. Add another administrator first."))
        _take(access, now)
        record(AuditVerb.ROLE_REMOVED, by=by, ward=ward, before={"user": user.pk, "role": role.value}, now=now)


def switch_off(user: User, ward: Ward, by: User, now: datetime) -> None:
    """The account opens nothing any more: its sessions, its PIN at desks, links to it and by it are over for good, also
    when it is switched on again. Its roles stay for that day. Raises PeopleError."""
    with transaction.atomic():
        held = list(
            Ward.objects.open().filter(access__user=user, access__role=Role.ADMINISTRATOR).distinct().order_by("pk")
        )
        for one in held:
            _hold(one)
        if any(is_last_administrator(user, one) for one in held):
            raise PeopleError(_("This is a ward's last administrator. Add another administrator first."))
        _revoke_links(Q(user=user) | Q(made_by=user), now)
        KeptForm.objects.filter(user=user).delete()
        end_sessions(user)
        if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            record(AuditVerb.ACCOUNT_OFF, by=by, ward=ward, before={"user": user.pk}, now=now)


def switch_on(user: User, ward: Ward, by: User, now: datetime) -> None:
    """The account opens what its roles allow."""
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        record(AuditVerb.ACCOUNT_ON, by=by, ward=ward, after={"user": user.pk}, now=now)


def is_last_administrator(user: User, ward: Ward) -> bool:
    """Whether nobody else whose account is on administers the ward."""
    held = Access.objects.filter(ward=ward, role=Role.ADMINISTRATOR, user__is_active=True)
    return held.filter(user=user).exists() and not held.exclude(user=user).exists()


def follow_groups(user: User, assigned: Iterable[tuple[str, str]], now: datetime) -> None:
    """At each sign-in through the hospital's: assigns what its groups say (ward's slug, role), takes what they do not.

    What was assigned by hand is left alone. A group may take the last administrator: who left the hospital must not
    keep a ward; `nightingale-ward administrator` makes another one.
    """
    wanted = set(assigned)
    with transaction.atomic():
        for mark in GroupRole.objects.filter(access__user=user).select_related("access__ward"):
            access = mark.access
            if (access.ward.slug, access.role) not in wanted:
                _take(access, now)
                record(AuditVerb.ROLE_REMOVED, by=None, ward=access.ward, before=_of_group(user, access.role), now=now)
        for ward in Ward.objects.filter(slug__in={slug for slug, _role in wanted}):
            for role in sorted(role for slug, role in wanted if slug == ward.slug):
                access, new = Access.objects.get_or_create(user=user, ward=ward, role=role)
                if new:
                    GroupRole.objects.create(access=access)
                    record(AuditVerb.ROLE_ADDED, by=None, ward=ward, after=_of_group(user, role), now=now)


def _take(access: Access, now: datetime) -> None:
    """The role, and the links that it made."""
    if access.role == Role.ADMINISTRATOR:
        _revoke_links(Q(made_by=access.user, ward=access.ward), now)
    access.delete()


def _revoke_links(which: Q, now: datetime) -> None:
    Invitation.objects.filter(which, used_at=None, revoked_at=None).update(revoked_at=now)


def _of_group(user: User, role: str) -> dict[str, object]:
    return {"user": user.pk, "role": role, "by": "group"}


def _hold(ward: Ward) -> None:
    """Two administrators who take each other's role at once must not both succeed: one waits here for the other."""
    list(Ward.objects.select_for_update().filter(pk=ward.pk))
