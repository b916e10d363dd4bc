"""A real Chromium without a window, for tests that look at pages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.servers import CHROMIUM, need

POLITE = Path(__file__).with_name("chromium.sh")
# No sandbox for root in a container; nothing that asks for hosts outside.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium(polite: bool = True) -> Iterator[Browser]:
    """A running browser; skips the test where there is none, with CI=true fails it. What is measured is not polite."""
    need(CHROMIUM)
    program, environment = POLITE if polite else CHROMIUM, {**os.environ, "CHROMIUM": CHROMIUM}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS, env=environment)
        yield browser
        browser.close()
