"""Two hands, or one hand that taps twice, in the same moment: one deed is done, and the other is told so.

PAIRS=1000 takes the figures of docs/benchmarks.md.
"""

import os
import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.ward.people import logged_in, person
from ward.assignments.giving import give, newest
from ward.assignments.models import Assignment
from ward.audit.models import AuditRow
from ward.beds.models import Bed, Role, Ward
from ward.music.models import MusicSet

pytestmark = pytest.mark.django_db(transaction=True)

PAIRS = int(os.environ.get("PAIRS", "15"))


def at_once(*deeds: Callable[[], HttpResponse]) -> list[HttpResponse]:
    """What each of them answered; all begin in the same moment, each with a connection of its own."""
    barrier = threading.Barrier(len(deeds))
    answers: list[HttpResponse | None] = [None] * len(deeds)

    def run(place: int) -> None:
        try:
            barrier.wait()
            answers[place] = deeds[place]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = [answer for answer in answers if answer is not None]
    assert len(done) == len(deeds), "one of them broke"
    return done


def again(browser: Client) -> Client:
    """The same browser once more: a second tap comes on a connection of its own."""
    other = Client()
    other.cookies = browser.cookies
    return other


def gives(browser: Client, bed: Bed, version: int, slug: str) -> Callable[[], HttpResponse]:
    return lambda: browser.post(reverse("bed", args=[bed.pk]), {"version": str(version), "set": [slug]})


def puts_back(browser: Client, bed: Bed, version: int) -> Callable[[], HttpResponse]:
    return lambda: browser.post(reverse("put_back", args=[bed.pk]), {"version": str(version)})


def version_of(bed: Bed) -> int:
    last = newest(bed)
    return last.version if last else 0


def test_a_double_tap_on_give_is_one_version_and_both_are_led_to_it(
    bed: Bed, sets: list[MusicSet], nurse: User
) -> None:
    browser = logged_in(nurse)
    for pair in range(PAIRS):
        slug = sets[pair % 2].slug
        tap, second = gives(browser, bed, pair, slug), gives(again(browser), bed, pair, slug)
        answers = at_once(tap, second)
        assert [answer.headers.get("Location") for answer in answers] == [reverse("given", args=[bed.pk])] * 2
        assert version_of(bed) == pair + 1
    assert Assignment.objects.count() == AuditRow.objects.filter(bed=bed.pk).count() == PAIRS


def test_of_two_nurses_at_once_one_gives_and_the_other_reads_who_was_quicker(
    ward: Ward, bed: Bed, sets: list[MusicSet], nurse: User
) -> None:
    one, other = logged_in(nurse), logged_in(person(ward, Role.NURSE, "other"))
    for pair in range(PAIRS):
        answers = at_once(gives(one, bed, pair, sets[0].slug), gives(other, bed, pair, sets[1].slug))
        assert sorted(answer.status_code for answer in answers) == [302, 409]
        overtaken = next(answer for answer in answers if answer.status_code == 409)
        assert b"changed these sets at" in overtaken.content
        assert version_of(bed) == pair + 1


def test_a_double_tap_on_undo_puts_back_once(bed: Bed, sets: list[MusicSet], nurse: User, now: datetime) -> None:
    browser = logged_in(nurse)
    for _pair in range(PAIRS):
        give(bed, sets[:1], nurse, now)
        made = give(bed, sets[1:2], nurse, now)
        at_once(puts_back(browser, bed, made.version), puts_back(again(browser), bed, made.version))
        assert version_of(bed) == made.version + 1
        last = newest(bed)
        assert last is not None
        assert [entry["slug"] for entry in last.message["sets"]] == [sets[0].slug]
