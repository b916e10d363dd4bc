"""The live stream: what a page is told, what it missed, and when it is told no more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from http import HTTPStatus
from typing import TypeVar

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.test import Client, RequestFactory
from django.urls import reverse

from tests.ward.people import logged_in
from ward.beds.changes import changed
from ward.beds.models import Access, Bed, Change, Ward
from ward.beds.stream import Changed, Watcher, allowed, listen, newest_change, read_changes
from ward.fleet.models import Device
from ward.music.models import MusicSet

T = TypeVar("T")


async def always() -> bool:
    return True


async def never() -> bool:
    return False


class Told:
    """Changes as the database would tell them, one batch a look; an error where a batch is None."""

    def __init__(self, *batches: Sequence[Changed] | None) -> None:
        self.batches = list(batches)
        self.asked: list[int | None] = []

    def __call__(self, after: int | None) -> Sequence[Changed]:
        self.asked.append(after)
        batch = self.batches.pop(0) if self.batches else ()
        if batch is None:
            raise DatabaseError("database is locked")
        return batch


def run(coroutine: Awaitable[T]) -> T:
    """On a loop of its own; nothing here may wait longer than ten seconds."""

    async def within() -> T:
        return await asyncio.wait_for(coroutine, 10)

    return asyncio.run(within())


async def first(stream: AsyncIterator[bytes], count: int = 1) -> list[bytes]:
    """What a page is told first; then it goes."""
    told = [await anext(stream) for _ in range(count)]
    await stream.aclose()  # type: ignore[attr-defined]
    return told


def test_a_change_is_told_by_its_growing_id_and_names_only_its_bed() -> None:
    watcher = Watcher(Told((), [Changed(7, 12, 1)]))
    told = run(first(listen(watcher, 1, None, always)))
    assert told == [b"id: 7\nevent: bed-12\ndata: 7\n\n"]


def test_another_ward_s_change_is_told_to_nobody_here() -> None:
    watcher = Watcher(Told((), [Changed(7, 12, 2)], [Changed(8, 13, 1)]))
    assert run(first(listen(watcher, 1, None, always))) == [b"id: 8\nevent: bed-13\ndata: 8\n\n"]


def test_a_slow_page_is_told_each_bed_once_with_the_newest_id() -> None:
    batch = [Changed(7, 12, 1), Changed(8, 13, 1), Changed(9, 12, 1)]
    told = run(first(listen(Watcher(Told((), batch)), 1, None, always)))
    assert told == [b"id: 8\nevent: bed-13\ndata: 8\n\nid: 9\nevent: bed-12\ndata: 9\n\n"]


def test_one_watch_serves_all_pages_and_looks_only_for_what_is_newer() -> None:
    read = Told([Changed(6, 1, 9)], [Changed(7, 12, 1)])
    watcher = Watcher(read)

    async def two() -> list[list[bytes]]:
        return await asyncio.gather(*(first(listen(watcher, 1, None, always)) for _ in range(2)))

    assert run(two()) == [[b"id: 7\nevent: bed-12\ndata: 7\n\n"]] * 2
    assert read.asked[:2] == [None, 6]


def test_the_watch_ends_with_its_last_page_and_begins_again_with_the_next() -> None:
    watcher = Watcher(Told((), [Changed(7, 12, 1)], (), [Changed(8, 12, 1)]))

    async def twice() -> bytes:
        await first(listen(watcher, 1, None, always))
        assert (watcher.listeners, watcher.task) == (set(), None)
        return (await first(listen(watcher, 1, None, always)))[0]

    assert run(twice()).startswith(b"id: 8\n")


def test_a_database_that_fails_once_is_asked_again() -> None:
    watcher = Watcher(Told((), None, [Changed(7, 12, 1)]))
    assert run(first(listen(watcher, 1, None, always)))[0].startswith(b"id: 7\n")


def test_whoever_may_no_longer_see_the_ward_is_told_to_ask_and_no_more() -> None:
    clock = iter([0.0, 60.0])
    watcher = Watcher(Told())

    async def all_told() -> list[bytes]:
        return [told async for told in listen(watcher, 1, None, never, lambda: next(clock))]

    assert run(all_told()) == [b"id: 0\nevent: board\ndata: 0\n\n"]
    assert not watcher.listeners


def test_nobody_is_asked_again_before_a_minute_is_over() -> None:
    clock = iter([0.0, 59.0])
    watcher = Watcher(Told((), [Changed(7, 12, 1)]))
    assert run(first(listen(watcher, 1, None, never, lambda: next(clock))))[0].startswith(b"id: 7\n")


def test_a_watch_that_could_not_begin_tells_nobody_the_whole_past() -> None:
    read = Told(None, [Changed(6, 12, 1)], [Changed(7, 12, 1)])
    assert run(first(listen(Watcher(read), 1, None, always)))[0].startswith(b"id: 7\n")
    assert read.asked == [None, None, 6]


@pytest.mark.django_db(transaction=True)
def test_what_a_page_missed_is_not_told_again_by_the_watch(bed: Bed, other_bed: Bed) -> None:
    changed([bed.pk])
    known = newest_change()
    changed([bed.pk])
    missed, ward = newest_change(), bed.room.ward_id
    watcher = Watcher(Told((), [Changed(missed, bed.pk, ward)], [Changed(missed + 1, other_bed.pk, ward)]))
    told = run(first(listen(watcher, ward, known, always), 2))
    assert f"id: {missed}\nevent: bed-{bed.pk}\n".encode() in told[0]
    assert told[1].startswith(f"id: {missed + 1}\n".encode())


@pytest.mark.django_db(transaction=True)
def test_a_page_that_comes_back_is_told_what_it_missed(bed: Bed, other_bed: Bed) -> None:
    changed([bed.pk])
    known = newest_change()
    changed([other_bed.pk, bed.pk])
    told = run(first(listen(Watcher(Told()), bed.room.ward_id, known, always)))[0]
    assert f"id: {known + 1}\nevent: bed-{other_bed.pk}\n".encode() in told
    assert f"id: {known + 2}\nevent: bed-{bed.pk}\n".encode() in told


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [0, 999_999])
def test_a_page_that_was_away_too_long_is_told_that_all_may_have_changed(known: int, bed: Bed) -> None:
    for _ in range(4):
        changed([bed.pk])
    Change.objects.filter(pk__lt=newest_change()).delete()
    told = run(first(listen(Watcher(Told()), bed.room.ward_id, known, always)))[0]
    assert b"event: board\n" in told


@pytest.mark.django_db
def test_changes_are_read_oldest_first_and_at_first_only_the_newest(bed: Bed, other_bed: Bed) -> None:
    changed([bed.pk, other_bed.pk])
    newest = newest_change()
    assert [one.id for one in read_changes(None)] == [newest]
    assert [(one.id, one.bed) for one in read_changes(newest - 2)] == [(newest - 1, bed.pk), (newest, other_bed.pk)]


def test_the_stream_is_not_kept_by_any_cache_and_not_held_back_by_a_proxy(nurse: User) -> None:
    answer = logged_in(nurse).get(reverse("events", args=["4-north"]))
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert (answer.headers["X-Accel-Buffering"], answer.headers["Cache-Control"]) == ("no", "no-store, private")


def test_a_log_out_elsewhere_and_a_role_that_was_taken_end_the_right_to_listen(nurse: User, ward: Ward) -> None:
    browser = logged_in(nurse)
    address = reverse("events", args=["4-north"])
    assert browser.get(address).status_code == 200
    Access.objects.all().delete()
    assert browser.get(address).status_code == 404
    browser.logout()
    assert browser.get(address).status_code == 403


def test_a_stream_that_is_open_already_reads_the_session_anew(nurse: User, ward: Ward) -> None:
    browser = logged_in(nurse)
    request = RequestFactory().get(reverse("events", args=["4-north"]))
    request.session = browser.session
    assert allowed(request, "4-north") == ward
    assert request.session.get("_auth_user_id") == str(nurse.pk)  # read, and kept by the request
    browser.logout()
    assert allowed(request, "4-north") is HTTPStatus.FORBIDDEN


def test_a_page_listens_from_what_it_shows(nurse: User, bed: Bed, device: Device, sets: list[MusicSet]) -> None:
    changed([bed.pk])
    page = logged_in(nurse).get(reverse("board")).content.decode()
    assert f"?since={newest_change()}" in page


def test_only_get_opens_a_stream(client: Client, db: None) -> None:
    assert client.post(reverse("events", args=["4-north"])).status_code == 405
