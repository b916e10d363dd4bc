"""Makes a ward, and saves its set-up: name, hours, defaults, rooms and beds, all in one transaction. Knows no page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, User
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from ward.assignments.assigning import lock
from ward.assignments.defaults import Defaults, choose_defaults, defaults_of
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Bed, Role, Room, Ward
from ward.beds.naming import NamedRoom, write
from ward.people.roles import give_role
from ward.places.closing import close_held
from ward.places.errors import PlacesError
from ward.places.holding import changed, hold
from ward.places.rooms import Plan, plan_of, rooms_of

NAME_LONGEST = 60


@dataclass(frozen=True, slots=True)
class SetUp:
    """A ward as it is to be. `evening_at`: None for no reminder; `rooms`: None leaves them as they are."""

    name: str
    night_from: time
    night_until: time
    evening_at: time | None
    defaults: Defaults
    rooms: Sequence[NamedRoom] | None = None


def set_up_of(ward: Ward) -> SetUp:
    """As it is now."""
    ward.clean_fields(exclude=["name", "slug"])  # a ward that was just made holds "21:00" as a word
    hours = (ward.night_from, ward.night_until, ward.evening_at)
    return SetUp(ward.name, *hours, defaults_of(ward.pk), rooms_of(ward))


def add_ward(name: str, by: AbstractBaseUser | None, now: datetime) -> Ward:
    """A new ward without a bed; who makes it administers it. Raises PlacesError where the name cannot be used."""
    with transaction.atomic():
        _check_name(name, None)
        made = Ward.objects.create(name=name, slug=_slug(name), evening_at=time(20, 30))
        if isinstance(by, User):
            give_role(by, made, Role.ADMINISTRATOR, by, now)
        record(AuditVerb.WARD_ADDED, by=by, ward=made, after={"name": name}, now=now)
        made.refresh_from_db()
    return made


def save(ward: Ward, wanted: SetUp, by: AbstractBaseUser | None, now: datetime, *, seen: int | None = None) -> bool:
    """All of it or nothing; False where nothing was different. `seen`: the version that the page showed.

    Raises MeanwhileError where someone was quicker, OccupiedError where a bed to close is in use, PlacesError where the
    name is taken.
    """
    with transaction.atomic():
        hold(ward, seen)
        before = set_up_of(ward)
        plan = plan_of(ward, before.rooms or ()) if wanted.rooms is None else plan_of(ward, wanted.rooms)
        facts = (_said(before), _said(wanted))
        if facts[0] == facts[1] and not plan.changes:
            return False
        _save_ward(ward, wanted, by, now)
        close_held(plan.closes, by, now)
        _save_beds(ward, plan, by, now)
        if facts[0] != facts[1]:
            differ = [key for key in facts[1] if facts[0][key] != facts[1][key]]
            sides = [{key: side[key] for key in differ} for side in facts]
            record(AuditVerb.WARD_CHANGED, by=by, ward=ward, before=sides[0], after=sides[1], now=now)
    return True


def _save_ward(ward: Ward, wanted: SetUp, by: AbstractBaseUser | None, now: datetime) -> None:
    _check_name(wanted.name, ward)
    ward.name, ward.evening_at = wanted.name, wanted.evening_at
    ward.night_from, ward.night_until = wanted.night_from, wanted.night_until
    changed(ward, by, now)
    choose_defaults(ward, wanted.defaults)


def _save_beds(ward: Ward, plan: Plan, by: AbstractBaseUser | None, now: datetime) -> None:
    if not (plan.new or plan.opened or plan.moves):
        return
    was = write(rooms_of(ward))
    rooms = {room.number: room for room in Room.objects.filter(ward=ward)}
    for place, wanted in enumerate(plan.rooms, 1):
        room = rooms.get(wanted.number) or Room.objects.create(ward=ward, number=wanted.number, position=place)
        if room.position != place:
            Room.objects.filter(pk=room.pk).update(position=place)
        _save_room(room, wanted)
    _closed_last(ward, plan)
    said = {"beds": write(plan.rooms), "added": list(plan.new), "opened": list(plan.opened)}
    record(AuditVerb.BEDS_CHANGED, by=by, ward=ward, before={"beds": was}, after=said, now=now)


def _save_room(room: Room, wanted: NamedRoom) -> None:
    known = {bed.letter: bed for bed in Bed.objects.filter(room=room).select_related("room")}
    for letter in wanted.beds:
        bed = known.get(letter)
        if bed is None:
            Bed.objects.create(room=room, letter=letter)
        elif bed.closed_at is not None:
            lock(bed)
            Bed.objects.filter(pk=bed.pk).update(closed_at=None)


def _closed_last(ward: Ward, plan: Plan) -> None:
    """A room without an open bed stands behind all others, where it disturbs no order."""
    rest = Room.objects.filter(ward=ward).exclude(number__in=[room.number for room in plan.rooms])
    for place, room in enumerate(rest.order_by("position"), len(plan.rooms) + 1):
        Room.objects.filter(pk=room.pk).update(position=place)


def _said(one: SetUp) -> dict[str, Any]:
    """As the audit keeps it."""
    rules = one.defaults.rules
    said = {"name": one.name, "night_from": f"{one.night_from:%H:%M}", "night_until": f"{one.night_until:%H:%M}"}
    said |= {"evening_at": f"{one.evening_at:%H:%M}" if one.evening_at else ""}
    names = ("cap_day_dba", "cap_night_dba", "comfort_s", "sleep_s", "ask_before", "ask_after", "ask_sleep", "language")
    return said | {name: getattr(rules, name) for name in names} | {"days": one.defaults.days}


def _check_name(name: str, ward: Ward | None) -> None:
    if not name.strip() or len(name) > NAME_LONGEST:
        raise PlacesError(_("A ward's name has 1 to %(most)d characters.") % {"most": NAME_LONGEST})
    others = Ward.objects.filter(name__iexact=name)
    other = (others.exclude(pk=ward.pk) if ward else others).first()
    if other is not None and other.closed_at is None:
        raise PlacesError(_("There is already a ward named %(name)s. Choose another name.") % {"name": other.name})
    if other is not None:
        line = _("The closed ward %(name)s has this name and keeps its figures. Choose another name.")
        raise PlacesError(line % {"name": other.name})


def _slug(name: str) -> str:
    """For the ward's address; never that of another ward, and never empty."""
    base = slugify(name)[:40].strip("-") or "ward"
    taken = set(Ward.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(
        slug
        for number in range(1, len(taken) + 2)
        if (slug := base + (f"-{number}" if number > 1 else "")) not in taken
    )
