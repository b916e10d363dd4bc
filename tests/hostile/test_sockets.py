"""The server as it runs, through its sockets: what is no HTTP, what is cut short, and hostile requests in earnest."""

import random
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from tests.hostile.attack import Attack, prepare
from tests.hostile.clients import FAST, TOKEN, Request, cookie
from tests.hostile.frames import form_of
from tests.hostile.rows import changed, rows
from tests.hostile.seeds import SEED, TIMES
from tests.hostile.shots import COOKIES, HEADERS, ODD, TEXTS
from tests.hostile.tally import Tally
from tests.hostile.wards import FAR
from tests.ward.window import served

pytestmark = pytest.mark.django_db(transaction=True)
WITHIN_S = 20.0
BROKEN = (
    b"", b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET", b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", b"\x00" * 999,
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"\xff\xfe GET / HTTP/1.1\r\n\r\n",
    b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: local\x00host\r\n\r\n",
    b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999999999999999\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
)  # fmt: skip


@pytest.fixture
def server(tmp_path: Path) -> Iterator[int]:
    """Its port. It ends without a fault of ours, or the test fails."""
    with served(tmp_path) as address:
        yield int(urlsplit(address).port or 0)


def ask(port: int, said: bytes, *, breaks_off: bool = False) -> bytes:
    """What the server answers until it closes; where the client breaks off, it may have nothing to say."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=WITHIN_S)) as line:
        line.sendall(said)
        if breaks_off:
            line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65_536), b""))


def wire(request: Request) -> bytes:
    """As a client writes it, and the connection ends."""
    target = request.path.encode() + (b"?" + request.query if request.query else b"")
    heads = [name.encode() + b": " + value for name, value in request.headers] + [b"connection: close"]
    return request.method.encode() + b" " + target + b" HTTP/1.1\r\n" + b"\r\n".join(heads) + b"\r\n\r\n" + request.body


def hostile(attack: Attack, dice: random.Random) -> Request:
    """A request of someone's own, to an address of any kind."""
    name = dice.choice(sorted(attack.forms))
    who = dice.choice(sorted(attack.cookies.keys() - {"stranger"}))
    form = dice.choice(attack.forms[name]).of(who)
    fields = [(field, dice.choice((value, dice.choice(TEXTS)))) for field, value in form.sent]
    body = form_of(fields)
    path = dice.choice((form.path, form.path, f"/bed/{dice.choice(ODD)}/", f"/w/{dice.choice(ODD)}/", reverse("board")))
    sent = b"; ".join([cookie(attack.cookies[who]), dice.choice((b"a=b", dice.choice(COOKIES)))])
    headers = [("host", b"localhost"), ("cookie", sent), ("x-csrftoken", TOKEN.encode())]
    headers += [("content-type", b"application/x-www-form-urlencoded"), ("content-length", str(len(body)).encode())]
    odd = dice.choice(HEADERS)
    return Request(form.method, path, b"", [*headers, *([odd] if odd[0] not in UNSENT else [])], body)


UNSENT = {"host", "transfer-encoding", "expect", "upgrade"}  # these have cases of their own


def test_what_is_no_request_of_a_browser_s_breaks_no_server(server: int, tally: Tally) -> None:
    for said in BROKEN:
        answer = ask(server, said, breaks_off=True)
        status = answer.split(b" ", 2)[1].decode() if answer.startswith(b"HTTP/") else "no answer"
        tally["connections", status] += 1
        assert not status.startswith("5"), said[:100]
    assert ask(server, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").endswith(b"ok\n")


def test_hostile_requests_in_earnest_break_no_server_and_change_no_other_ward(server: int, tally: Tally) -> None:
    dice = random.Random(SEED)
    with override_settings(PASSWORD_HASHERS=[FAST]), transaction.atomic():
        attack = prepare(timezone.now())
    for _place in range(60 * TIMES):
        request = hostile(attack, dice)
        answer = ask(server, wire(request))
        head, _, _body = answer.partition(b"\r\n\r\n")
        status = head.split(b" ", 2)[1].decode() if answer else "no answer"
        tally["HTTP requests by sockets", status] += 1
        assert status.isdecimal(), request
        assert int(status) < 500, request
        assert b"no-store" in head.lower() or status == "400", request  # what is no HTTP never came to Django
        assert FAR.letters.encode() not in answer, request
    changes = changed(attack.before, rows())
    assert changes, "some of them are actions"
    assert not [key for key in changes if attack.owned.get(key, set()) == {attack.wards.far.ward.pk}]
