"""Who may do what on which ward, by action. Knows no page: who may not even see a ward gets a 404 there, never a
403.

A page asks for the same roles many times: `roles_read_once` reads them once for as long as one page is drawn.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from ward.beds.models import Access, Role, Ward

Person = AbstractBaseUser | AnonymousUser
_read: ContextVar[dict[int, list[Access]] | None] = ContextVar("roles of one answer", default=None)
ASSIGNS = frozenset({Role.NURSE, Role.THERAPIST, Role.ADMINISTRATOR})
SEES_BOARD = frozenset({Role.NURSE, Role.THERAPIST, Role.ADMINISTRATOR, Role.AUDITOR})
SEES_DEVICES = frozenset({Role.FACILITIES, Role.ADMINISTRATOR, Role.AUDITOR})
TENDS_DEVICES = frozenset({Role.FACILITIES, Role.ADMINISTRATOR})
SEES_AUDIT = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
SEES_REPORTS = SEES_BOARD
SEES_NIGHT = ASSIGNS
CURATES = frozenset({Role.THERAPIST, Role.ADMINISTRATOR})
ADMINISTERS = frozenset({Role.ADMINISTRATOR})


def wards_of(user: Person) -> QuerySet[Ward]:
    """The open wards where the person has any role. Nobody has one by being a superuser."""
    return wards_ever_of(user).filter(closed_at=None)


def wards_ever_of(user: Person) -> QuerySet[Ward]:
    """The same with closed wards, whose history and reports stay."""
    if not user.is_active or user.pk is None:
        return Ward.objects.none()
    return Ward.objects.filter(access__user=user.pk).distinct()


@contextmanager
def roles_read_once() -> Iterator[None]:
    """Within it a person's roles are read once: only for what changes nothing, and never longer than one answer. A role
    that is taken away meanwhile counts from the next answer on."""
    before = _read.get()
    _read.set({})
    try:
        yield
    finally:
        _read.set(before)


def roles(user: Person, ward: Ward) -> frozenset[Role]:
    """What the person is on that ward; empty for a stranger, and for an account that was switched off."""
    return next((what for one, what in held(user) if one.pk == ward.pk), frozenset())


def held(user: Person) -> list[tuple[Ward, frozenset[Role]]]:
    """Every ward of the person's with what they are there, in one query however many wards; closed ones last."""
    if not user.is_active or user.pk is None:
        return []
    found: dict[Ward, set[Role]] = {}
    for row in _rows(user.pk):
        found.setdefault(row.ward, set()).update({Role(row.role)} if row.role in Role.values else ())
    return [(ward, frozenset(what)) for ward, what in found.items()]


def _rows(user: int) -> list[Access]:
    kept = _read.get()
    if kept is not None and user in kept:
        return kept[user]
    rows = list(Access.objects.filter(user=user).select_related("ward").order_by("ward__closed_at", "ward"))
    if kept is not None:
        kept[user] = rows
    return rows


def may(user: Person, ward: Ward, *allowed: Role) -> bool:
    """Whether the person has one of these roles on that ward."""
    return not roles(user, ward).isdisjoint(allowed)


def may_see_board(user: Person, ward: Ward) -> bool:
    """Music, stays and answers: everybody of the ward but facilities."""
    return may(user, ward, *SEES_BOARD)


def may_assign(user: Person, ward: Ward) -> bool:
    """Give a bed its music, put back, discharge."""
    return may(user, ward, *ASSIGNS)


def assigns_on(user: Person) -> list[Ward]:
    """The open wards where the person may assign. One query."""
    return [ward for ward, what in held(user) if ward.closed_at is None and not what.isdisjoint(ASSIGNS)]


def may_stop(user: Person, ward: Ward) -> bool:
    """Stop what plays."""
    return may_assign(user, ward)


def may_see_devices(user: Person, ward: Ward) -> bool:
    """How the boxes are; no music and nothing of a stay stands there."""
    return may(user, ward, *SEES_DEVICES)


def may_tend_devices(user: Person, ward: Ward) -> bool:
    """Ask a box to blink, test itself or restart; move it, take it away."""
    return may(user, ward, *TENDS_DEVICES)


def may_manage_people(user: Person, ward: Ward) -> bool:
    """Give and take roles, invite, switch accounts off, register desks."""
    return may(user, ward, *ADMINISTERS)


def may_set_up(user: Person, ward: Ward) -> bool:
    """Change the ward's rooms, beds, hours and defaults; close it."""
    return may(user, ward, *ADMINISTERS)


def may_see_audit(user: Person, ward: Ward) -> bool:
    """Who did what on that ward."""
    return may(user, ward, *SEES_AUDIT)


def may_see_reports(user: Person, ward: Ward) -> bool:
    """A ward's weeks in figures that tell of nobody."""
    return may(user, ward, *SEES_REPORTS)


def may_see_night(user: Person, ward: Ward) -> bool:
    """The handover: the night of each bed, and what was noted there."""
    return may(user, ward, *SEES_NIGHT)


def may_curate(user: Person, ward: Ward) -> bool:
    """Keep what comforts and what hurts, review, hold tracks back from the whole ward."""
    return may(user, ward, *CURATES)
