"""The live stream: what a browser is told, what it missed, and when it is told no more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.ward.people import logged_in, person, session_of
from ward.beds.changes import boxes_changed, changed
from ward.beds.models import Access, Bed, Change, Role, Ward
from ward.fleet.models import Device
from ward.live.stream import STREAMS_OF_ONE, Changed, Database, Listener, Missed, Watcher, listen, newest_change
from ward.live.streams import STREAM, Live, hand_over
from ward.music.models import Playlist
from ward.people.roles import switch_off, take_role
from ward.people.sessions import end_sessions
from ward.people.standing import NO_WARD, BoxesOf, standing

T = TypeVar("T")
NOBODY: Mapping[str, frozenset[int]] = {}


class Told:
    """Changes as the database would tell them, one batch a look; an error where a batch is None."""

    def __init__(
        self,
        *batches: Sequence[Changed] | None,
        missed: Missed | None = None,
        holds: Mapping[str, frozenset[int]] | None = None,
    ) -> None:
        self.batches = list(batches)
        self.asked: list[int | None] = []
        self.asked_missed: list[Sequence[int]] = []
        self.asked_standing: list[list[str]] = []
        self._missed = missed or Missed((), None, 0)
        self._holds = holds

    def changes(self, after: int | None) -> Sequence[Changed]:
        self.asked.append(after)
        batch = self.batches.pop(0) if self.batches else ()
        if batch is None:
            raise DatabaseError("database is locked")
        return batch

    def missed(self, known: Sequence[int]) -> Missed:
        self.asked_missed.append(known)
        return self._missed

    def standing(self, sessions: Iterable[str]) -> Mapping[str, frozenset[int]]:
        self.asked_standing.append(list(sessions))
        return dict.fromkeys(sessions, frozenset({1})) if self._holds is None else self._holds


def nurse_of(*wards: int, since: int | None = None) -> Listener:
    """Someone who may hear of these wards."""
    return Listener("a session", frozenset(wards), since)


def run(coroutine: Awaitable[T]) -> T:
    """On a loop of its own; nothing here may wait longer than ten seconds."""

    async def within() -> T:
        return await asyncio.wait_for(coroutine, 10)

    return asyncio.run(within())


async def first(stream: AsyncIterator[bytes], count: int = 1) -> list[bytes]:
    """What a browser is told first; then it goes."""
    told = [await anext(stream) for _ in range(count)]
    await stream.aclose()  # type: ignore[attr-defined]
    return told


async def all_of(stream: AsyncIterator[bytes]) -> list[bytes]:
    return [told async for told in stream]


def test_a_change_is_told_by_its_growing_id_and_names_only_its_bed() -> None:
    watcher = Watcher(Told((), [Changed(7, 12, 1)]))
    assert run(first(listen(watcher, nurse_of(1)))) == [b"id: 7\ndata: bed-12\n\n"]


def test_another_ward_s_change_is_told_to_nobody_here_and_each_of_one_s_own_is() -> None:
    watcher = Watcher(Told((), [Changed(7, 12, 2)], [Changed(8, 13, 1), Changed(9, 14, 3)]))
    told = run(first(listen(watcher, nurse_of(1, 3))))
    assert told == [b"id: 8\ndata: bed-13\n\nid: 9\ndata: bed-14\n\n"]


def test_a_slow_browser_is_told_each_bed_once_with_the_newest_id() -> None:
    batch = [Changed(7, 12, 1), Changed(8, 13, 1), Changed(9, 12, 1)]
    told = run(first(listen(Watcher(Told((), batch)), nurse_of(1))))
    assert told == [b"id: 8\ndata: bed-13\n\nid: 9\ndata: bed-12\n\n"]


def test_one_watch_serves_all_browsers_and_looks_only_for_what_is_newer() -> None:
    read = Told([Changed(6, 1, 9)], [Changed(7, 12, 1)])
    watcher = Watcher(read)

    async def two() -> list[list[bytes]]:
        return await asyncio.gather(*(first(listen(watcher, nurse_of(1))) for _ in range(2)))

    assert run(two()) == [[b"id: 7\ndata: bed-12\n\n"]] * 2
    assert read.asked[:2] == [None, 6]


def test_the_watch_ends_with_its_last_browser_and_begins_again_with_the_next() -> None:
    watcher = Watcher(Told((), [Changed(7, 12, 1)], (), [Changed(8, 12, 1)]))

    async def twice() -> bytes:
        await first(listen(watcher, nurse_of(1)))
        assert (watcher.listeners, watcher.task) == ({}, None)
        return (await first(listen(watcher, nurse_of(1))))[0]

    assert run(twice()).startswith(b"id: 8\n")


def test_a_database_that_fails_once_is_asked_again() -> None:
    watcher = Watcher(Told((), None, [Changed(7, 12, 1)]))
    assert run(first(listen(watcher, nurse_of(1))))[0].startswith(b"id: 7\n")


def test_whoever_came_while_the_database_failed_is_told_later_what_was_missed() -> None:
    watcher = Watcher(Told(None, None, missed=Missed([Changed(5, 12, 1)], 1, 5)))
    assert run(first(listen(watcher, nurse_of(1, since=4)))) == [b": here\n\nid: 5\ndata: bed-12\n\n"]


def test_a_watch_that_could_not_begin_tells_nobody_the_whole_past() -> None:
    read = Told(None, [Changed(6, 12, 1)], [Changed(7, 12, 1)])
    assert run(first(listen(Watcher(read), nurse_of(1))))[0].startswith(b"id: 7\n")
    assert read.asked == [None, None, 6]


def test_a_hundred_browsers_that_come_back_at_once_are_one_question() -> None:
    read = Told(missed=Missed([Changed(5, 12, 1), Changed(6, 13, 1)], 1, 6))
    watcher = Watcher(read)

    async def many() -> list[list[bytes]]:
        coming = (Listener(str(place), frozenset({1}), 4 + place % 2) for place in range(100))
        return await asyncio.gather(*(first(listen(watcher, one)) for one in coming))

    told = run(many())
    assert told[0] == [b": here\n\nid: 5\ndata: bed-12\n\nid: 6\ndata: bed-13\n\n"]
    assert told[1] == [b": here\n\nid: 6\ndata: bed-13\n\n"]
    assert len(read.asked_missed) == 1


def test_whoever_may_no_longer_hear_is_told_to_ask_and_no_more() -> None:
    clock = iter([0.0, 1.9, *[2.0] * 9])
    read = Told(holds=NOBODY)
    watcher = Watcher(read, lambda: next(clock))
    assert run(all_of(listen(watcher, nurse_of(1)))) == [b"id: 0\ndata: board\n\n"]
    assert not watcher.listeners
    assert read.asked_standing == [["a session"]], "each two seconds, all at once"


def test_a_ward_that_was_given_or_taken_meanwhile_is_heard_of_or_not() -> None:
    clock = iter([0.0, *[2.0] * 9])
    batches = [[Changed(5, 9, 9)], [], [Changed(7, 12, 1), Changed(8, 13, 2)]]
    watcher = Watcher(Told(*batches, holds={"a session": frozenset({2})}), lambda: next(clock))
    assert run(first(listen(watcher, nurse_of(1)))) == [b"id: 8\ndata: bed-13\n\n"]


def test_one_session_has_so_many_streams_and_the_oldest_ends() -> None:
    watcher = Watcher(Told())

    async def too_many() -> list[bytes]:
        oldest = listen(watcher, nurse_of(1))
        ended = asyncio.ensure_future(all_of(oldest))
        await asyncio.sleep(0)
        others = [asyncio.ensure_future(all_of(listen(watcher, nurse_of(1)))) for _ in range(STREAMS_OF_ONE)]
        told = await ended
        assert not any(one.done() for one in others)
        for one in others:
            one.cancel()
        return told

    assert run(too_many()) == [b"id: 0\ndata: board\n\n"]


@pytest.mark.django_db(transaction=True)
def test_what_a_browser_missed_is_not_told_again_by_the_watch(bed: Bed, other_bed: Bed) -> None:
    changed([bed.pk])
    known = newest_change()
    changed([bed.pk])
    missed, ward = newest_change(), bed.room.ward_id
    found = Database().missed([known])
    batches = [(), [Changed(missed, bed.pk, ward)], [Changed(missed + 1, other_bed.pk, ward)]]
    told = run(first(listen(Watcher(Told(*batches, missed=found)), nurse_of(ward, since=known)), 2))
    assert f"id: {missed}\ndata: bed-{bed.pk}\n".encode() in told[0]
    assert told[1].startswith(f"id: {missed + 1}\n".encode())


@pytest.mark.django_db(transaction=True)
def test_a_browser_that_comes_back_is_told_what_it_missed(bed: Bed, other_bed: Bed) -> None:
    changed([bed.pk])
    known = newest_change()
    changed([other_bed.pk, bed.pk])
    told = run(first(listen(Watcher(Database()), nurse_of(bed.room.ward_id, since=known))))[0]
    assert f"id: {known + 1}\ndata: bed-{other_bed.pk}\n".encode() in told
    assert f"id: {known + 2}\ndata: bed-{bed.pk}\n".encode() in told


@pytest.mark.django_db(transaction=True)
def test_a_watch_whose_connection_the_database_ended_makes_another(bed: Bed) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that ends connections")
    changed([bed.pk])
    known, ward = newest_change(), bed.room.ward_id
    connection.close()  # this thread's own is not to be ended

    def ends_all() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        changed([bed.pk])
        connection.close()

    async def told_after() -> list[bytes]:
        stream = listen(Watcher(Database()), nurse_of(ward, since=known))
        assert await anext(stream) == b": here\n\n"
        await asyncio.to_thread(ends_all)
        return await first(stream)

    assert run(told_after()) == [f"id: {known + 1}\ndata: bed-{bed.pk}\n\n".encode()]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [0, 999_999])
def test_a_browser_that_was_away_too_long_is_told_that_all_may_have_changed(known: int, bed: Bed) -> None:
    for _ in range(4):
        changed([bed.pk])
    Change.objects.filter(pk__lt=newest_change()).delete()
    told = run(first(listen(Watcher(Database()), nurse_of(bed.room.ward_id, since=known))))[0]
    assert b"data: board\n" in told


@pytest.mark.django_db
def test_changes_are_read_oldest_first_and_at_first_only_the_newest(bed: Bed, other_bed: Bed) -> None:
    changed([bed.pk, other_bed.pk])
    newest, source = newest_change(), Database()
    assert [one.id for one in source.changes(None)] == [newest]
    assert [(one.id, one.bed) for one in source.changes(newest - 2)] == [(newest - 1, bed.pk), (newest, other_bed.pk)]


def test_the_stream_is_not_kept_by_any_cache_and_not_held_back_by_a_proxy(nurse: User) -> None:
    answer = logged_in(nurse).get(reverse("events"))
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert (answer.headers["X-Accel-Buffering"], answer.headers["Cache-Control"]) == ("no", "no-store, private")


def test_who_has_no_role_on_a_ward_has_no_stream(nurse: User, ward: Ward) -> None:
    browser = logged_in(nurse)
    assert browser.get(reverse("events")).status_code == 200
    Access.objects.filter(user=nurse).update(role=Role.FACILITIES)
    assert browser.get(reverse("events")).status_code == 200
    Access.objects.filter(user=nurse).delete()
    assert browser.get(reverse("events")).status_code == 403
    assert logged_in(person(ward, Role.AUDITOR)).get(reverse("events")).status_code == 200
    browser.logout()
    assert browser.get(reverse("events")).status_code == 403


def _logs_out(user: User, key: str, _ward: Ward) -> None:
    Client(headers={"cookie": f"sessionid={key}"}).post(reverse("logout"))
    SessionStore(key).delete()
    assert user.is_active


def _logs_out_everywhere(user: User, _key: str, _ward: Ward) -> None:
    end_sessions(user)


def _is_switched_off(user: User, _key: str, ward: Ward) -> None:
    switch_off(user, ward, person(ward, Role.ADMINISTRATOR), timezone.now())


def _loses_the_role(user: User, _key: str, ward: Ward) -> None:
    take_role(user, ward, Role.NURSE, None, timezone.now())


def _gets_a_new_password(user: User, _key: str, _ward: Ward) -> None:
    user.set_password("another lamp on the quay")
    user.save()


def _expires(_user: User, key: str, _ward: Ward) -> None:
    store = SessionStore(key)
    store.set_expiry(timezone.now() - timedelta(seconds=1))
    store.save()


@pytest.mark.parametrize(
    "over", [_logs_out, _logs_out_everywhere, _is_switched_off, _loses_the_role, _gets_a_new_password, _expires]
)
def test_a_session_that_is_over_hears_nothing_more(over: Any, nurse: User, ward: Ward) -> None:
    other, key = session_of(person(ward, Role.THERAPIST)), session_of(nurse)
    assert set(standing([key, other], timezone.now())) == {key, other}
    over(nurse, key, ward)
    assert standing([key, other], timezone.now()).get(key, frozenset()) == frozenset()
    assert standing([key, other], timezone.now())[other] == {ward.pk}


def test_who_still_may_hear_is_asked_in_three_queries_however_many_there_are(ward: Ward) -> None:
    keys = [session_of(person(ward, Role.NURSE, f"n{number}")) for number in range(20)]
    for some in (keys[:2], keys):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert set(standing(some, timezone.now())) == set(some)
        assert len(queries) == 3


def test_a_page_listens_from_what_it_shows(nurse: User, bed: Bed, device: Device, playlists: list[Playlist]) -> None:
    changed([bed.pk])
    page = logged_in(nurse).get(reverse("board")).content.decode()
    assert f"?since={newest_change()}" in page


def test_facilities_hear_of_a_ward_s_boxes_and_of_no_bed() -> None:
    house = Listener("a session", frozenset({BoxesOf(1), BoxesOf(NO_WARD)}))
    batch = [
        Changed(7, 12, 1),
        Changed(8, 12, 1, of_box=True),
        Changed(9, 13, 2, of_box=True),
        Changed(10, None, None, True),
    ]
    told = run(first(listen(Watcher(Told((), batch)), house)))
    assert told == [b"id: 8\ndata: boxes-1\n\nid: 10\ndata: boxes-0\n\n"]


def test_a_nurse_hears_of_the_bed_of_a_box_that_changed_and_an_administrator_of_both() -> None:
    batch = [Changed(8, 12, 1, of_box=True), Changed(9, None, 1, of_box=True)]
    assert run(first(listen(Watcher(Told((), batch)), nurse_of(1)))) == [b"id: 8\ndata: bed-12\n\n"]
    both = Listener("a session", frozenset({1, BoxesOf(1)}))
    told = run(first(listen(Watcher(Told((), batch)), both)))
    assert told == [b"id: 8\ndata: bed-12\n\nid: 9\ndata: boxes-1\n\n"]


def test_a_box_at_no_bed_is_read_with_its_ward_and_one_of_no_ward_with_none(bed: Bed, ward: Ward) -> None:
    boxes_changed([(bed.pk, None), (None, ward.pk), (None, None)])
    found = [(one.bed, one.ward, one.of_box) for one in Database().changes(0)]
    assert found == [(bed.pk, ward.pk, True), (None, ward.pk, True), (None, None, True)]


def test_only_get_opens_a_stream(client: Client, db: None) -> None:
    assert client.post(reverse("events")).status_code == 405


class Told200:
    """An application as Django is one: answers, and a view may have handed a stream over."""

    def __init__(self, status: int, parts: Sequence[bytes]) -> None:
        self.status, self.parts = status, parts
        self.is_closed = False

    async def stream(self) -> AsyncIterator[bytes]:
        try:
            for part in self.parts:
                yield part
            await asyncio.Event().wait()
        finally:
            self.is_closed = True

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        scope[STREAM] = self.stream
        headers = [(b"Content-Type", b"text/event-stream"), (b"Content-Length", b"0")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"refused"})


async def nobody_at_once(_scope: Any) -> None:
    """Each stream is looked at by Django."""


def served(application: Told200) -> list[Any]:
    """What a browser got that goes when it has two parts of a body."""
    sent: list[Any] = []
    gone = asyncio.Event()

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) == 3:
            gone.set()

    run(Live(application, nobody_at_once)({"type": "http"}, receive, send))
    return sent


def test_django_is_done_with_a_stream_before_it_begins_and_it_ends_with_its_reader() -> None:
    application = Told200(200, [b"one", b"two"])
    start, *bodies = served(application)
    assert [name for name, _ in start["headers"]] == [b"Content-Type"], "nobody knows how long it is"
    assert [(body["body"], body["more_body"]) for body in bodies] == [(b"one", True), (b"two", True)]
    assert application.is_closed


def test_a_stream_that_a_middleware_refused_does_not_begin() -> None:
    sent = served(Told200(423, [b"one"]))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[1]["body"] == b"refused"


def test_a_view_hands_over_where_something_takes_it(rf: Any) -> None:
    request = rf.get("/events")
    hand_over(request, Told200(200, []).stream)  # a test's client has no scope
    request.scope = {}
    hand_over(request, Told200(200, []).stream)
    assert STREAM in request.scope
