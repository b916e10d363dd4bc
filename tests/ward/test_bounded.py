"""What comes from outside has bounds: how many at once, how slow, how many that never ask."""

import asyncio
import resource
import select
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from tests.servers import free_port
from tests.ward.test_main import ROOT, environment, ward
from ward import bounded
from ward.bounded import Bounded, Crowd
from ward.patient import HEAD_WITHIN_S, LOOK_EACH_S

HALF_REQUESTS = 1_100  # more than the files that a process may usually open
FEW_FILES = ("sh", "-c", 'ulimit -S -n 1024; exec "$0" "$@"')  # as a shell usually begins a process
SCOPE = {"type": "http", "headers": []}


async def nothing() -> Any:
    """What a browser says that waits."""
    return await asyncio.Event().wait()


class Asked:
    """Requests to an application, and what each was answered."""

    def __init__(self) -> None:
        self.sent: list[list[Any]] = []

    def ask(self, application: Callable[..., Any], receive: Any = None, path: str = "/") -> asyncio.Task[None]:
        sent: list[Any] = []
        self.sent.append(sent)

        async def send(message: Any) -> None:
            sent.append(message)

        return asyncio.ensure_future(application(SCOPE | {"path": path}, receive, send))

    def statuses(self) -> list[int]:
        return [sent[0]["status"] for sent in self.sent if sent]


class Held:
    """An application that answers when it may, and counts how many it has at once; `full`: that it waits for."""

    def __init__(self, full: int = 1) -> None:
        self.full = full
        self.may, self.is_full, self.is_more = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.now = self.most = 0

    async def __call__(self, _scope: Any, _receive: Any, send: Any) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        if self.now == self.full:
            self.is_full.set()
        if self.now > self.full:
            self.is_more.set()
        await self.may.wait()
        self.now -= 1
        await send({"type": "http.response.start", "status": 200})


def test_so_many_are_answered_at_once_and_the_others_in_their_turn() -> None:
    async def crowd() -> tuple[list[int], int]:
        held, asked = Held(3), Asked()
        application = Crowd(held, at_once=3, within_s=20.0)
        tasks = [asked.ask(application) for _ in range(10)]
        await held.is_full.wait()
        held.may.set()
        await asyncio.gather(*tasks)
        return asked.statuses(), held.most

    assert asyncio.run(crowd()) == ([200] * 10, 3)


def test_whose_turn_does_not_come_is_told_and_who_was_in_is_answered() -> None:
    async def crowd() -> list[int]:
        held, asked = Held(), Asked()
        application = Crowd(held, at_once=1, within_s=0.05)
        first = asked.ask(application)
        await held.is_full.wait()
        await asked.ask(application)
        held.may.set()
        await first
        await asked.ask(application)
        return asked.statuses()

    assert asyncio.run(crowd()) == [200, 503, 200]


def test_streams_that_all_come_back_at_once_keep_no_press_waiting() -> None:
    async def crowd() -> list[int]:
        opening, asked = Held(bounded.STREAMS_AT_ONCE), Asked()
        crowded = Crowd(opening, at_once=1)
        streams = [asked.ask(crowded, path=bounded.STREAMS) for _ in range(4 * bounded.STREAMS_AT_ONCE)]
        await opening.is_full.wait()
        press = asked.ask(crowded)
        await opening.is_more.wait()
        opening.may.set()
        await asyncio.gather(press, *streams)
        return asked.statuses()

    assert set(asyncio.run(crowd())) == {200}


def test_the_streams_address_is_the_one_that_has_places_of_its_own() -> None:
    assert reverse("events") == bounded.STREAMS


def test_an_answer_that_nobody_takes_holds_no_place() -> None:
    async def stuck(_message: Any) -> None:
        await asyncio.Event().wait()

    async def crowd() -> list[int]:
        held, asked = Held(), Asked()
        held.may.set()
        application = Crowd(held, at_once=1, within_s=20.0)
        untaken = asyncio.ensure_future(application(dict(SCOPE), nothing, stuck))
        await asked.ask(application)
        untaken.cancel()
        return asked.statuses()

    assert asyncio.run(crowd()) == [200]


def test_answers_that_nobody_takes_are_bounded_and_who_comes_then_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MOST_UNTAKEN_BYTES", 100)

    async def large(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"x" * 60})

    async def crowd() -> list[int]:
        asked, may = Asked(), asyncio.Event()

        async def slow(_message: Any) -> None:
            await may.wait()

        application = Crowd(large)
        untaken = [asyncio.ensure_future(application(dict(SCOPE), nothing, slow)) for _ in range(2)]
        await asyncio.sleep(0)
        while not all(task.done() for task in untaken):
            await asked.ask(application)
            may.set()
            await asyncio.sleep(0)
        await asked.ask(application)
        return asked.statuses()

    statuses = asyncio.run(crowd())
    assert statuses[0] == 503
    assert statuses[-1] == 200


def test_a_body_that_does_not_come_is_refused_and_takes_no_place() -> None:
    async def slow() -> list[int]:
        asked = Asked()
        await asked.ask(Bounded(Held(), within_s=0.05), nothing)
        return asked.statuses()

    assert asyncio.run(slow()) == [408]


@pytest.fixture
def _many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2 * HALF_REQUESTS:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * HALF_REQUESTS), hard))


def half_a_request(port: int) -> socket.socket:
    asked = socket.create_connection(("127.0.0.1", port), timeout=20)
    asked.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-")
    return asked


def who_takes_nothing(port: int) -> socket.socket:
    """Asks for ten megabytes."""
    asked = socket.socket()
    asked.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    asked.connect(("127.0.0.1", port))
    asked.sendall(b"GET /static/vendor/htmx.min.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 200)
    return asked


def answer(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as asked:
        asked.sendall(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        return asked.recv(12)


@pytest.mark.usefixtures("_many_files")
def test_eleven_hundred_half_requests_keep_nobody_from_the_pages_and_are_ended(tmp_path: Path) -> None:
    assert ward(tmp_path, "migrate", "--verbosity=0")[0] == 0
    port = free_port()
    with ExitStack() as stack:
        command = [*FEW_FILES, sys.executable, "-m", "ward", "serve", f"--listen=127.0.0.1:{port}"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, text=True)
        stack.callback(process.communicate)
        stack.callback(process.kill)
        assert process.stdout is not None
        assert process.stdout.readline() == f"ward: http://127.0.0.1:{port}\n"
        halves = [stack.enter_context(half_a_request(port)) for _ in range(HALF_REQUESTS)]
        assert answer(port) == b"HTTP/1.1 200"
        halves[0].setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody had to go first
            halves[0].recv(1)
        halves[-1].settimeout(3 * HEAD_WITHIN_S)
        assert halves[-1].recv(1) == b"", "closed"


def test_who_asks_much_and_takes_nothing_keeps_nobody_from_the_pages_and_is_cut_off(tmp_path: Path) -> None:
    assert ward(tmp_path, "migrate", "--verbosity=0")[0] == 0
    port = free_port()
    with ExitStack() as stack:
        command = [sys.executable, "-m", "ward", "serve", f"--listen=127.0.0.1:{port}"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, text=True)
        stack.callback(process.communicate)
        stack.callback(process.kill)
        assert process.stdout is not None
        process.stdout.readline()
        takers = [stack.enter_context(who_takes_nothing(port)) for _ in range(2 * bounded.AT_ONCE)]
        assert answer(port) == b"HTTP/1.1 200"
        for taker in takers:
            ended = select.poll()
            ended.register(taker, 0)
            assert ended.poll(5_000 * LOOK_EACH_S), "cut off"
