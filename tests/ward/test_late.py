"""A press that comes too late is not carried out, wherever it was pressed."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.ward.addresses import ADDRESSES
from tests.ward.people import logged_in
from tests.ward.test_pages_access import converters
from ward.beds.models import Bed
from ward.people.late import LATE_S

POSTS = sorted({one.name for one in ADDRESSES if one.method == "post"})


def path_of(name: str, bed: Bed) -> str:
    said = {"bed_id": bed.pk, "slug": bed.room.ward.slug, "person_id": 1, "key": 1, "token": "x", "provider_id": "x"}
    said |= {"box": UUID(int=1), "log": 1}
    return reverse(name, kwargs={word: said[word] for word in converters(name)})


def pressed(seconds_ago: float) -> dict[str, str]:
    return {"pressed": str(round((timezone.now() - timedelta(seconds=seconds_ago)).timestamp() * 1000))}


@pytest.mark.parametrize("name", POSTS)
def test_no_address_takes_a_press_that_its_page_gave_up(name: str, nurse: User, bed: Bed) -> None:
    for browser in (logged_in(nurse), Client()):
        answer = browser.post(path_of(name, bed), pressed(LATE_S + 0.1))
        assert answer.status_code == 409
        assert "Nothing was done" in answer.content.decode()


@pytest.mark.parametrize("said", [None, "", "soon", "9" * 5000, LATE_S - 1, -60.0])
def test_a_press_in_time_and_one_that_says_no_time_are_taken(said: str | float | None, nurse: User, bed: Bed) -> None:
    """A page without scripts says none, and what makes no sense is no time."""
    if isinstance(said, float):
        said = pressed(said)["pressed"]
    assert logged_in(nurse).post(path_of("stop", bed), {} if said is None else {"pressed": said}).status_code == 302
