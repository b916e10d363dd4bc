"""The people of a demo ward, and the refusal to mix them into a real one. Knows no bed."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User

from ward.beds.models import Access, Role, Ward

NAME, SLUG = "Ward 4 North", "4-north"
PEOPLE = {
    "km": Role.NURSE,
    "js": Role.NURSE,
    "rt": Role.THERAPIST,
    "house": Role.FACILITIES,
    "admin": Role.ADMINISTRATOR,
}
FULL_NAMES = {
    "km": ("Karen", "Miller"),
    "js": ("Joseph", "Stone"),
    "rt": ("Ruth", "Taylor"),
    "house": ("Henry", "Booth"),
    "admin": ("Anna", "Olsen"),
}
PASSWORD = "nightingale"  # noqa: S105 - where no other is named; `check` warns about it


class DemoError(Exception):
    """This database holds real data; one line says what to do."""


def refuse_a_real_ward() -> None:
    """Raises DemoError where the database holds anything that no demo made."""
    wards = set(Ward.objects.values_list("slug", flat=True))
    users = set(User.objects.values_list("username", flat=True))
    if wards - {SLUG} or users - set(PEOPLE) or bool(wards) != bool(users):
        raise DemoError("This database is in use. For the demo, set NIGHTINGALE_DATA to an empty folder.")


def make_people(ward: Ward, password: str) -> dict[str, User]:
    """Everyone, with this password, by user name; a second time it only sets the password where it is another."""
    hashed = make_password(password)  # one for all: each takes a third of a second
    return {name: _person(name, role, ward, password, hashed) for name, role in PEOPLE.items()}


def _person(name: str, role: Role, ward: Ward, password: str, hashed: str) -> User:
    first, last = FULL_NAMES[name]
    person, made = User.objects.get_or_create(
        username=name, defaults={"first_name": first, "last_name": last, "password": hashed}
    )
    if not made and not person.check_password(password):
        person.password = hashed
        person.save(update_fields=["password"])
    Access.objects.get_or_create(user=person, ward=ward, role=role)
    return person
