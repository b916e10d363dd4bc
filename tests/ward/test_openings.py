"""How streams are let in: many in one look, and nobody whom a page would turn away."""

import asyncio
import threading
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import pytest
import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.ward.people import logged_in, person, session_of
from tests.ward.saying import NOW
from tests.ward.test_pages_stream import Told
from ward.beds.models import Access, Role, Ward
from ward.bounded import STREAMS
from ward.live import openings
from ward.live.openings import Openings, ask
from ward.live.stream import Watcher
from ward.live.streams import HEADERS, Live
from ward.people.standing import NO_WARD, Asked, BoxesOf, plainly_open

T = TypeVar("T")
KEY = "k" * 32


class Asking:
    """Answers as the database would, and keeps what it was asked, look by look."""

    def __init__(self, wards: frozenset[int] = frozenset({1})) -> None:
        self.looks: list[Sequence[Asked]] = []
        self._wards = wards

    def __call__(self, asked: Sequence[Asked]) -> Mapping[Asked, frozenset[int]]:
        self.looks.append(asked)
        return dict.fromkeys(asked, self._wards)


def request(cookie: str = f"sessionid={KEY}", query: bytes = b"since=4", **more: Any) -> dict[str, Any]:
    """What the server is told of a request for the stream."""
    heads = [(b"Host", b"localhost"), (b"Cookie", cookie.encode())]
    return {"type": "http", "method": "GET", "path": STREAMS, "query_string": query, "headers": heads} | more


def run(coroutine: Awaitable[T]) -> T:
    async def within() -> T:
        return await asyncio.wait_for(coroutine, 10)

    return asyncio.run(within())


def is_let_in(scope: dict[str, Any], asking: Asking) -> bool:
    return run(Openings(Watcher(Told()), asking)(scope)) is not None


def test_five_hundred_that_come_at_once_are_one_look() -> None:
    asking = Asking()
    opened = Openings(Watcher(Told()), asking)

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(opened(request(f"sessionid=k{number}; a=b")) for number in range(500)))

    assert None not in run(all_at_once())
    assert [len(look) for look in asking.looks] == [500]
    assert asking.looks[0][7] == Asked("k7", at_desk=False)


def test_who_comes_while_a_look_runs_has_the_next() -> None:
    asking = Asking()
    begun = threading.Event()
    may_end = threading.Event()

    def slowly(asked: Sequence[Asked]) -> Mapping[Asked, frozenset[int]]:
        begun.set()
        may_end.wait(10)
        return asking(asked)

    opened = Openings(Watcher(Told()), slowly)

    async def one_after_the_other() -> None:
        first = asyncio.create_task(opened(request("sessionid=a")))
        await asyncio.to_thread(begun.wait, 10)
        asyncio.get_running_loop().call_soon(may_end.set)
        await asyncio.gather(first, opened(request("sessionid=b")), opened(request("sessionid=c; desk=d")))
        await opened(request("sessionid=e"))

    run(one_after_the_other())
    assert asking.looks == [
        [Asked("a", at_desk=False)],
        [Asked("b", at_desk=False), Asked("c", at_desk=True)],
        [Asked("e", at_desk=False)],
    ]


def test_who_may_not_plainly_hear_is_left_to_django() -> None:
    assert is_let_in(request(), Asking())
    assert not is_let_in(request(), Asking(frozenset()))


@pytest.mark.parametrize(
    "scope",
    [
        request(""),
        request("sessionid="),
        request("sessionid=a\x00b"),
        request("sessionid=\u0663"),
        request(f"sessionid={'k' * 41}"),
        request(query=b"a=b&" * 2_000),
        request(method="POST"),
        request(method="HEAD"),
        request(path="/board"),
        request(headers=[(b"host", b"evil.example"), (b"cookie", b"sessionid=k")]),
        request(headers=[(b"cookie", b"sessionid=k")]),
        request(headers=[(b"host", b"localhost"), (b"cookie", b"sessionid=k"), (b"cookie", b"sessionid=l")]),
        {"type": "lifespan"},
    ],
)
def test_what_is_no_plain_request_for_the_stream_spoils_no_look(scope: dict[str, Any]) -> None:
    asking = Asking()
    assert not is_let_in(scope, asking)
    assert asking.looks == []


def test_what_a_browser_says_that_it_knows_is_what_it_is_told_from() -> None:
    read = Told()
    opened = Openings(Watcher(read), Asking())

    async def hears(scope: dict[str, Any]) -> None:
        stream = await opened(scope)
        assert stream is not None
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]

    for heads in ([], [(b"Last-Event-ID", b"9")]):
        scope = request(query=b"since=4")
        scope["headers"] += heads
        run(hears(scope))
    assert read.asked_missed == [[4], [9]]


@pytest.mark.django_db
def test_a_database_that_fails_lets_nobody_in_and_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_asked: Any) -> None:
        raise DatabaseError("database is locked")

    monkeypatch.setattr(openings, "plainly_open", fails)
    assert run(Openings(Watcher(Told()), ask)(request())) is None


def test_an_error_that_nobody_foresaw_keeps_nobody_waiting() -> None:
    begun = threading.Event()
    may_end = threading.Event()

    def fails(_asked: Sequence[Asked]) -> Mapping[Asked, frozenset[int]]:
        begun.set()
        may_end.wait(10)
        raise ValueError

    opened = Openings(Watcher(Told()), fails)

    async def one_while_another_fails() -> list[Any]:
        first = asyncio.create_task(opened(request()))
        await asyncio.to_thread(begun.wait, 10)
        asyncio.get_running_loop().call_soon(may_end.set)
        return await asyncio.gather(first, opened(request("sessionid=b")))

    assert run(one_while_another_fails()) == [None, None]


def test_a_database_that_says_nothing_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openings, "WITHIN_S", 0.05)
    may_end = threading.Event()

    def says_nothing(_asked: Sequence[Asked]) -> Mapping[Asked, frozenset[int]]:
        may_end.wait(10)
        return {}

    async def one() -> Any:
        try:
            return await Openings(Watcher(Told()), says_nothing)(request())
        finally:
            may_end.set()

    assert run(one()) is None


def test_a_stream_begins_without_django_and_ends_with_its_reader() -> None:
    sent: list[Any] = []
    has_read = asyncio.Event()

    async def django(*_asked: Any) -> None:
        raise AssertionError

    async def opener(_scope: Any) -> Any:
        async def stream() -> Any:
            yield b"one"
            await asyncio.Event().wait()

        return stream()

    async def receive() -> Any:
        await has_read.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) == 2:
            has_read.set()

    run(Live(django, opener)(request(), receive, send))
    assert dict(sent[0]["headers"])[b"content-type"] == b"text/event-stream"
    assert sent[1]["body"] == b"one"


def test_both_ways_to_a_stream_say_the_same_of_caches_and_proxies(ward: Ward) -> None:
    answer = logged_in(person(ward, Role.NURSE)).get(reverse("events"))
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


MINUTE = timedelta(minutes=1)
STATES = {  # minutes since it was touched and begun, and what the session says besides
    "fresh": (0, 0, {}),
    "at a desk that may have locked": (6, 60, {}),
    "idle": (31, 60, {}),
    "of the last shift": (0, 721, {}),
    "locked": (0, 1, {"locked": True}),
    "with a second factor": (0, 1, {"factor": True}),
}


@pytest.fixture
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(ward: Ward) -> Client:
    """A browser that is a desk; nobody is logged in there."""
    browser = logged_in(person(ward, Role.ADMINISTRATOR, "boss"))
    browser.post(reverse("desk_register", args=[ward.slug]), {"name": "Station"})
    browser.post(reverse("logout"))
    return browser


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("role", [Role.NURSE, Role.ADMINISTRATOR, Role.FACILITIES])
@pytest.mark.parametrize("required", [False, True])
def test_nobody_is_let_in_whom_a_page_would_turn_away(
    state: str, role: Role, required: bool, ward: Ward, desk: Client
) -> None:
    seen, began, more = STATES[state]
    user = person(ward, role, "km")
    moment = NOW.timestamp()
    for browser, at_desk in ((Client(), False), (desk, True)):
        key = session_of(user)
        store = SessionStore(key)
        store.update({"seen": moment - 60 * seen, "began": moment - 60 * began} | more)
        store.save()
        browser.cookies["sessionid"] = key
        with override_settings(REQUIRE_MFA=required):
            plain = bool(plainly_open([Asked(key, at_desk)], timezone.now()).get(Asked(key, at_desk)))
            assert not plain or browser.get(reverse("events")).status_code == 200


@pytest.mark.usefixtures("clock")
def test_who_is_plainly_logged_in_is_let_in_in_three_queries_however_many_there_are(ward: Ward) -> None:
    asked = [
        Asked(session_of(person(ward, Role.NURSE, f"n{number}")), at_desk=bool(number % 2)) for number in range(20)
    ]
    for some in (asked[:2], asked):
        with CaptureQueriesContext(connection) as queries:
            assert plainly_open(some, timezone.now()) == dict.fromkeys(some, frozenset({ward.pk}))
        assert len(queries) == 3


@pytest.mark.usefixtures("clock")
def test_facilities_are_let_in_to_boxes_alone_and_a_lost_role_to_nothing(ward: Ward) -> None:
    house = person(ward, Role.FACILITIES)
    asked = [Asked(session_of(house), at_desk=False)]
    assert plainly_open(asked, timezone.now()) == {asked[0]: {BoxesOf(ward.pk), BoxesOf(NO_WARD)}}
    Access.objects.filter(user=house).delete()
    assert plainly_open(asked, timezone.now()) == {asked[0]: frozenset()}
