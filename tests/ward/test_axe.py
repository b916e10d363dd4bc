"""Every page by axe-core's rules and by its width: each role, day and night, desktop and phone, text twice as large."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page

from tests.chromium import chromium
from tests.ward.site import Site, invited, make_site, open_pages, pages_of
from ward.beds.models import Role, Ward

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
OPEN_ALL = "document.querySelectorAll('details:not(.who)').forEach((one) => { one.open = true; })"
# What makes the page scroll sideways, innermost last.
WIDE = """(width) => document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll("body *")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > width + 1)
    .filter((one) => one.matches(".unseen") || !one.closest(".unseen"))
    .map((one) => `wide: ${one.outerHTML.slice(0, 90)}`).slice(-2)"""
# Text that is cut off: its box hides what does not fit. What is unseen on purpose has one pixel.
CUT = """() => [...document.querySelectorAll("body *")]
    .filter((one) => one.checkVisibility() && one.clientWidth > 2 && one.clientHeight > 2)
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
    .filter((one) => getComputedStyle(one).overflowX !== "visible" || getComputedStyle(one).overflowY !== "visible")
    .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
    .filter((one) => !["auto", "scroll"].includes(getComputedStyle(one).overflowY))
    .map((one) => `cut: ${one.outerHTML.slice(0, 90)}`)"""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at a browser, and the pages that they open."""

    name: str
    session: str
    pages: dict[str, str]


@pytest.fixture
def visitors(ward: Ward) -> list[Visitor]:
    """Each role, somebody who was invited, and nobody in particular."""
    site: Site = make_site(ward, timezone.now())
    found = [Visitor(role.value, site.session_of(role), pages_of(site, role)) for role in Role]
    return [
        *found,
        Visitor("invited", invited(site), {"invitation": "/invitation/"}),
        Visitor("nobody", "", open_pages()),
    ]


def opened(
    browser: Browser, address: str, visitors: Sequence[Visitor], size: tuple[int, int], **cookies: str
) -> Iterator[tuple[str, Page]]:
    """Every page of every visitor, loaded, with all that can be unfolded unfolded."""
    for visitor in visitors:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
        said = cookies | ({"sessionid": visitor.session} if visitor.session else {})
        context.add_cookies([{"name": name, "value": value, "url": address} for name, value in said.items()])
        page = context.new_page()
        for name, path in visitor.pages.items():
            answer = page.goto(f"{address}{path}")
            assert answer is not None
            assert answer.status < 500, f"{visitor.name}, {name}"
            page.evaluate(OPEN_ALL)
            yield f"{visitor.name}, {name}", page
        context.close()


def broken_rules(page: Page, options: dict[str, Any], part: str | None = None) -> list[str]:
    """What axe finds on the page, or in a part of it: the rule, and where."""
    found = Axe().run(page, part, options).response["violations"]
    return [f"{one['id']}: {node['html'][:160]} {node['failureSummary']}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize(("theme", "size"), [("day", "desktop"), ("night", "phone")])
def test_no_page_breaks_a_rule_of_accessibility(
    theme: str,
    size: str,
    visitors: list[Visitor],
    server: str,
) -> None:
    other = "night" if theme == "day" else "day"
    broken = []
    with chromium() as browser:
        for name, page in opened(browser, server, visitors, SIZES[size], theme=theme):
            assert page.evaluate("document.documentElement.dataset.theme") == theme, name
            broken += [f"{name}: {line}" for line in broken_rules(page, EVERYTHING)]
            if page.locator(".who").count():
                page.locator(".who summary").click()  # its menu lies over the page
                broken += [f"{name}, menu: {line}" for line in broken_rules(page, EVERYTHING, ".who")]
            page.evaluate(f"document.documentElement.dataset.theme = '{other}'")
            broken += [f"{name}, by {other}: {line}" for line in broken_rules(page, COLOURS)]
    assert broken == [], "\n".join(broken)


def test_no_page_scrolls_sideways_or_loses_text_at_320_pixels_or_with_text_twice_as_large(
    visitors: list[Visitor],
    server: str,
) -> None:
    lost = []
    with chromium() as browser:
        for name, page in opened(browser, server, visitors, SIZES["desktop"]):
            for width, percent in ((320, 100), (640, 200), (1280, 200)):
                page.set_viewport_size({"width": width, "height": 800})
                page.evaluate(f"document.documentElement.style.fontSize = '{percent}%'")
                found = [*page.evaluate(WIDE, width), *page.evaluate(CUT)]
                lost += [f"{name} at {width} px, {percent} %: {one}" for one in found]
    assert lost == [], "\n".join(lost)
