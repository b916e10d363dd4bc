"""The people of a ward as its administrator's page shows them. Reads, and changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User

from ward.beds.access import wards_of
from ward.beds.models import Access, Role, Ward
from ward.beds.staff import initials
from ward.people.models import GroupRole


@dataclass(frozen=True, slots=True)
class Held:
    """One role that someone has here."""

    role: Role
    by_group: bool
    is_last: bool  # the ward's last administrator: cannot be taken


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the ward."""

    pk: int
    initials: str
    name: str
    account: str
    held: tuple[Held, ...]
    open: tuple[Role, ...]  # roles that can be assigned
    on: bool
    factor: bool
    last_seen: datetime | None
    only_here: bool  # no role on a ward that the reader does not administer
    is_me: bool


def people_of(ward: Ward, reader: User) -> list[Row]:
    """Everybody with a role on the ward, those switched off last; as many queries for two people as for two hundred."""
    access = list(Access.objects.filter(ward=ward).select_related("user").order_by("user__last_name", "user__username"))
    users = {one.user_id: one.user for one in access}
    groups = set(GroupRole.objects.filter(access__ward=ward).values_list("access_id", flat=True))
    factors = set(_factors(list(users)))
    elsewhere = set(_elsewhere(list(users), reader))
    rows = []
    for key, user in users.items():
        mine = [one for one in access if one.user_id == key]
        held = tuple(_held(one, one.pk in groups, access) for one in sorted(mine, key=lambda one: _place(one.role)))
        rows.append(
            Row(
                pk=key,
                initials=initials(user),
                name=user.get_full_name(),
                account=user.get_username(),
                held=held,
                open=tuple(role for role in Role if role not in {one.role for one in mine}),
                on=user.is_active,
                factor=key in factors,
                last_seen=user.last_login,
                only_here=key not in elsewhere,
                is_me=key == reader.pk,
            )
        )
    return sorted(rows, key=lambda row: not row.on)


def may_manage_account(user: User, reader: User) -> bool:
    """The account as a whole is this administrator's business: it has no role on a ward of someone else's."""
    return user.pk not in set(_elsewhere([user.pk], reader))


def _held(one: Access, by_group: bool, access: list[Access]) -> Held:
    role = Role(one.role)
    others = any(two.role == role and two.user_id != one.user_id and two.user.is_active for two in access)
    return Held(role, by_group, role is Role.ADMINISTRATOR and one.user.is_active and not others)


def _place(role: str) -> int:
    return Role.values.index(role) if role in Role.values else len(Role.values)


def _factors(users: list[int]) -> list[int]:
    found = Authenticator.objects.filter(user__in=users).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return list(found.values_list("user_id", flat=True))


def _elsewhere(users: list[int], reader: User) -> list[int]:
    mine = wards_of(reader).filter(access__user=reader, access__role=Role.ADMINISTRATOR)
    found = Access.objects.filter(user__in=users).exclude(ward__in=mine.values("pk"))
    return list(found.values_list("user_id", flat=True))
