"""A real server on the tests' database, and a window of a real Chromium at it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page

from tests.chromium import chromium
from tests.servers import free_port, listens
from tests.ward.people import plays, session_of
from ward.beds.changes import changed
from ward.beds.models import Bed
from ward.fleet.models import Device
from ward.music.models import Playlist

# News as the live stream tells them: `board`, or `bed-` and a number.
NEWS = "(name) => document.dispatchEvent(new CustomEvent('news', { detail: name }))"


@dataclass(frozen=True, slots=True)
class Window:
    """A page of a browser that is logged in as the nurse, and the server's address."""

    page: Page
    address: str

    def open(self, path: str = "/") -> None:
        """Load one of the ward's pages."""
        self.page.goto(f"{self.address}{path}")


@pytest.fixture(scope="session")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The ward's pages as they run on a ward, on the tests' database."""
    with served(tmp_path_factory.mktemp("server")) as address:
        yield address


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Its address."""
    with serving(folder) as (address, _process):
        yield address


@contextmanager
def serving(folder: Path, port: int | None = None) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A process of the pages' own, on a free port or on this one, on this process's database; it must end without a
    fault of ours."""
    port = port or free_port()
    command = [sys.executable, "-m", "ward", "serve", f"--listen=127.0.0.1:{port}"]
    said, key = folder / "said", folder / "key"
    key.write_text(settings.SECRET_KEY)  # a session that a test opens must hold there
    with said.open("wb") as log:
        environment = {**os.environ, "DATABASE_URL": database_url(), "NIGHTINGALE_SECRET_KEY_FILE": str(key)}
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    while not listens(port):
        assert process.poll() is None, said.read_text()
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        ended = process.wait(20)
    assert ended in (0, -15)
    told = said.read_text()
    refused = told.count("\ndjango.core.exceptions.PermissionDenied")  # a page that was refused, which Django tells too
    assert told.count("Traceback") == refused


def database_url() -> str:
    """The tests' database as the server's process names it."""
    database = connections["default"].settings_dict
    if database["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{database['NAME']}"
    return f"{os.environ['DATABASE_URL'].rsplit('/', 1)[0]}/{database['NAME']}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a file. Playwright runs a loop in this thread, where Django would refuse its
    database: here nothing else runs on that loop, so nothing can be held up."""
    with chromium() as running, pytest.MonkeyPatch.context() as environment:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "yes")
        yield running


@contextmanager
def without_complaint(context: BrowserContext, but: str | None = None) -> Iterator[Page]:
    """A page that must close without one complaint of the browser, of the policy or of a script. `but`: what it may
    say, as of a page that is refused."""
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [said for said in complaints if but is None or but not in said] == []


@pytest.fixture
def window(
    nurse: User, other_bed: Bed, device: Device, playlists: list[Playlist], server: str, browser: Browser
) -> Iterator[Window]:
    """A window of 1440 x 900 of the nurse's, who is logged in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": session_of(nurse), "url": server}])
    with without_complaint(context) as page:
        yield Window(page, server)


def say_that_it_plays(device: Device, playlist: Playlist) -> None:
    """What mqttd does when a box says that it plays."""
    plays(device, playlist, timezone.now())
    changed([device.bed_id])


def falls_silent(bed: Bed) -> None:
    """What mqttd does when the bed's box says that it plays no more."""
    Device.objects.filter(bed=bed).update(playing="silent", now_at=timezone.now())
    changed([bed.pk])


def alive(device: Device) -> None:
    """The box is heard now, by the real clock that the server has."""
    Device.objects.filter(pk=device.pk).update(contact_at=timezone.now())


def small_targets(page: Page) -> list[Any]:
    """What can be pressed and is smaller than 44 pixels; a label counts with its box, a tile's link as its tile."""
    found: list[Any] = page.evaluate(
        """() => [...document.querySelectorAll("a:not(.skip), button, summary, input[type=checkbox]")]
        .filter((one) => one.checkVisibility())
        .map((one) => one.closest("label") || (one.matches(".open") ? one.closest(".tile") : one))
        .filter((one) => one.getBoundingClientRect().height < 43.5 || one.getBoundingClientRect().width < 43.5)
        .map((one) => one.outerHTML.slice(0, 90))"""
    )
    return found
