"""All that the database holds, before and after, and whose it is."""

import re
from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import ForeignKey, Model

from ward.beds.models import Access, Ward

# Sessions, tries and forms that are kept change with what is refused, and are meant to; Django's own two never change.
LEFT_OUT = {"django_session", "people_attempt", "people_keptform", "django_content_type", "auth_permission"}
SEEN = re.compile(r""", .viewed_at.: [0-9.]+""")
PEOPLE = User._meta.db_table
Key = tuple[str, Any]  # table and primary key
Rows = dict[Key, dict[str, Any]]
Owners = dict[Key, frozenset[int]]
Changes = dict[Key, tuple[Any, Any]]  # a row before and after


def models() -> dict[str, type[Model]]:
    """Every table that counts, by its name: a new one is among them by itself."""
    found = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    return {table: model for table, model in found.items() if table not in LEFT_OUT}


def rows() -> Rows:
    """Every row of every table."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for table, model in models().items():
            primary = model._meta.pk
            assert primary is not None
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - Django's own name
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                said = dict(zip(names, row, strict=True))
                if table == Authenticator._meta.db_table:  # allauth counts who looks at recovery codes
                    said["data"] = SEEN.sub("", str(said["data"]))
                found[table, said[primary.column]] = said
    return found


def changed(before: Rows, after: Rows) -> Changes:
    """What is not as it was: the row before and after, None where there is none."""
    if before == after:
        return {}
    keys = before.keys() | after.keys()
    return {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}


def told(changes: Mapping[Key, tuple[Any, Any]]) -> str:
    """One line a row, for whoever reads a failure."""
    return "\n".join(f"{key}: {_difference(*sides)}" for key, sides in sorted(changes.items(), key=str))


def owners(found: Rows) -> Owners:
    """The wards that each row belongs to, by what it refers to; none for what belongs to the house."""
    made: Owners = {key: frozenset({key[1]}) for key in found if key[0] == Ward._meta.db_table}
    access = [row for key, row in found.items() if key[0] == Access._meta.db_table]
    for key in found:
        if key[0] == PEOPLE:
            made[key] = frozenset(row["ward_id"] for row in access if row["user_id"] == key[1])
    for _pass in range(6):  # an entry is a log's, that a box's, that a bed's, that a room's, that a ward's
        known = len(made)
        for key, row in found.items():
            if key not in made and (wards := _owners(key[0], row, made)):
                made[key] = wards
        if len(made) == known:
            break
    return made


def _owners(table: str, row: dict[str, Any], made: Owners) -> frozenset[int]:
    """By places first; what refers to nothing but a person is that person's."""
    if table == "audit_row":
        return frozenset({row["ward"]} - {None}) or made.get((PEOPLE, row["account"]), frozenset())
    places, people = frozenset[int](), frozenset[int]()
    for field in models()[table]._meta.concrete_fields:
        if isinstance(field, ForeignKey) and row[field.column] is not None:
            target = field.related_model._meta.db_table
            wards = made.get((target, row[field.column]), frozenset())
            places, people = (places, people | wards) if target == PEOPLE else (places | wards, people)
    return places or people


def _difference(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    if before is None or after is None:
        return f"{'new' if before is None else 'gone'}: {after or before}"
    return ", ".join(f"{name}: {before[name]!r} -> {after[name]!r}" for name in before if before[name] != after[name])
