"""Claims a row, unless somebody holds what that needs."""

from collections.abc import Callable

from django.db import OperationalError, transaction

from ward.limits import is_held_up


def claimed(claim: Callable[[], bool], device_id: str, held_up: list[str] | None) -> bool:
    """Whether it could be. Where somebody holds it, its box is put into `held_up`; without that it is raised."""
    try:
        with transaction.atomic():
            return claim()
    except OperationalError as error:
        if held_up is None or not is_held_up(error):
            raise
        held_up.append(device_id)
        return False
