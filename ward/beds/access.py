"""Who may do what on which ward, by deed. Knows no page: who may not even see a ward gets a 404 there, never a 403."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from ward.beds.models import Access, Role, Ward

Person = AbstractBaseUser | AnonymousUser


def wards_of(user: Person) -> QuerySet[Ward]:
    """The wards where the person has any role. Nobody has one by being a superuser."""
    if not user.is_active or user.pk is None:
        return Ward.objects.none()
    return Ward.objects.filter(access__user=user.pk).distinct()


def roles(user: Person, ward: Ward) -> frozenset[Role]:
    """What the person is on that ward; empty for a stranger, and for an account that was switched off."""
    if not user.is_active or user.pk is None:
        return frozenset()
    held = Access.objects.filter(user=user.pk, ward=ward).values_list("role", flat=True)
    return frozenset(Role(role) for role in held if role in Role.values)


def may(user: Person, ward: Ward, *allowed: Role) -> bool:
    """Whether the person has one of these roles on that ward."""
    return not roles(user, ward).isdisjoint(allowed)


def may_see_board(user: Person, ward: Ward) -> bool:
    """Music, stays and answers: everybody of the ward but facilities."""
    return may(user, ward, Role.NURSE, Role.THERAPIST, Role.ADMINISTRATOR, Role.AUDITOR)


def may_give(user: Person, ward: Ward) -> bool:
    """Give a bed its music, put back, discharge."""
    return may(user, ward, Role.NURSE, Role.THERAPIST, Role.ADMINISTRATOR)


def may_stop(user: Person, ward: Ward) -> bool:
    """Stop what plays."""
    return may_give(user, ward)


def may_see_devices(user: Person, ward: Ward) -> bool:
    """How the boxes are; no music and nothing of a stay stands there."""
    return may(user, ward, Role.FACILITIES, Role.ADMINISTRATOR, Role.AUDITOR)
