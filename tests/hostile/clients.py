"""Requests as bytes, as a server reads them from a connection, and whose browser sends them."""

import io
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from tests.hostile.rows import LEFT_OUT, Rows, rows
from tests.hostile.wards import Wards
from tests.ward.site import WORD, invited, locked_desk
from ward.beds.models import Role

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
FAST = "django.contrib.auth.hashers.MD5PasswordHasher"  # a real one takes a third of a second each time
SAFE = ("GET", "HEAD", "OPTIONS")
READS = {"SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET", "PRAGMA"}
TOKEN = "a" * 32  # of a form: the cookie's own word
Headers = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Request:
    """What goes over the wire; `path` percent-encoded, header names in lower case."""

    method: str
    path: str
    query: bytes = b""
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    @property
    def said(self) -> str:
        """All of it, plain and decoded, to see what an answer merely says after it."""
        parts = [self.path, self.query.decode("latin-1"), self.body.decode("latin-1")]
        parts += [value.decode("latin-1") for _name, value in self.headers]
        raw = "\n".join(parts)
        return f"{raw}\n{unquote(raw, errors='replace')}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, what stood in the database when it was on its way, and the exception that made it, if one did."""

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes
    after: Rows
    failure: str

    @property
    def said(self) -> str:
        """Headers, cookies and body in one text."""
        heads = "\n".join(f"{name}: {value}" for name, value in [*self.headers.items(), *self.cookies.items()])
        return f"{heads}\n{self.body.decode(errors='replace')}"


class Server:
    """The ward's pages from Django's reading of a request on, without sockets and loop. Each request is undone."""

    def __init__(self, before: Rows) -> None:
        self._before = before
        self._reader = ASGIHandler()
        self._pages = BaseHandler()
        self._pages.load_middleware()

    def ask(self, request: Request) -> Answer:
        """One request. Foreign keys are looked at as at a COMMIT."""
        with self.undone():
            return self.go_on(request)

    def go_on(self, request: Request) -> Answer:
        """One request of several that follow on each other, within `undone`."""
        failures, wrote = list[str](), list[str]()
        with _noted(failures), translation.override(settings.LANGUAGE_CODE):
            with connection.execute_wrapper(_writes(wrote)):
                said = self._answer(request)
            if wrote:
                connection.check_constraints()
            return Answer(*said, rows() if wrote else self._before, "\n".join(failures))

    @staticmethod
    @contextmanager
    def undone() -> Iterator[None]:
        """Afterwards everything is as it was, whatever broke."""
        place = transaction.savepoint()
        try:
            yield
        finally:
            transaction.set_rollback(False)
            transaction.savepoint_rollback(place)

    def _answer(self, request: Request) -> tuple[int, dict[str, str], dict[str, str], bytes]:
        made, refused = self._reader.create_request(scope_of(request), io.BytesIO(request.body))
        answer: Any = refused if made is None else self._pages.get_response(made)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        for close in answer._resource_closers:  # `close` would tell Django to close the database, too
            close()
        cookies = {name: morsel.value for name, morsel in answer.cookies.items()}
        return answer.status_code, dict(answer.headers), cookies, body


def _writes(wrote: list[str]) -> Callable[..., Any]:
    """Notes each statement that could have changed a row; without one, nothing has to be read again."""

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.split(None, 1)[0].upper() not in READS and not any(f'"{table}"' in sql for table in LEFT_OUT):
            wrote.append(sql)
        return execute(sql, *rest)

    return note


def scope_of(request: Request) -> dict[str, Any]:
    """As uvicorn hands it over."""
    return {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "path": unquote(request.path),
        "raw_path": request.path.encode("ascii"),
        "query_string": request.query,
        "headers": [(name.encode("ascii"), value) for name, value in request.headers],
        "client": ("10.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "scheme": "http",
        "root_path": "",
    }


@contextmanager
def _noted(failures: list[str]) -> Iterator[None]:
    def note(**_more: Any) -> None:
        failures.append(traceback.format_exc(limit=-8))

    got_request_exception.connect(note)
    try:
        yield
    finally:
        got_request_exception.disconnect(note)


def browsers(wards: Wards) -> dict[str, dict[str, str]]:
    """The cookies of everybody who attacks, by who it is: each role of the ward; a stranger who is all of it elsewhere;
    nobody; and who is halfway in: at a locked desk, with an invitation, before the second factor."""
    site = wards.site
    found = {str(role): logged_in(user.username) for role, user in site.people.items()}
    found["stranger"] = logged_in(wards.stranger.username)
    found["nobody"] = {}
    found["locked desk"] = locked_desk(site)
    found["invited"] = {"sessionid": invited(site)}
    found["halfway"] = logged_in(wards.halfway.username)
    return found


def logged_in(username: str) -> dict[str, str]:
    """By the pages, the password shown twice, as before a second factor is changed; who has one is asked for it."""
    browser = Client()
    for page in ("login", "account_reauthenticate"):
        answer = browser.post(reverse(page), {"username": username, "password": WORD})
        assert answer.status_code == 302, answer.content
    return {name: morsel.value for name, morsel in browser.cookies.items() if morsel.value}


def cookie(cookies: Mapping[str, str], token: bool = True) -> bytes:
    """The header; with the cookie that a form's token is held against."""
    kept = dict(cookies) | ({settings.CSRF_COOKIE_NAME: TOKEN} if token else {})
    return "; ".join(f"{name}={value}" for name, value in kept.items()).encode("latin-1")


HOME_PEOPLE = (*(str(role) for role in Role), "locked desk", "invited", "halfway")
EVERYBODY = (*(str(role) for role in Role), "stranger", "nobody")
HALFWAY_IN = ("locked desk", "invited", "halfway")
