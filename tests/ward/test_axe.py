"""Every page by axe-core's rules and by its width: each role, day and night, every language, text twice as large."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import override
from playwright.sync_api import Browser, Page, Route

from tests.ward.site import Site, invited, kept_note, locked_desk, make_site, open_pages, pages_of
from ward.beds.models import Role, Ward

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
STATUS = {
    "a page that there is not": 404,
    "a page that is not theirs": 403,
    "invitation that is gone": 410,
    "socialaccount_login_error": 401,
}
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
# Each page is met in each language, theme and size, by another of its roles each time. All of it takes ten minutes.
LOOKS = [("en-gb", "day", "desktop"), ("de", "night", "phone"), ("fr", "day", "phone"), ("es", "night", "desktop")]
EVERY_ROLE = os.environ.get("EVERY_ROLE") == "1"
# The bar at the foot of a page floats: what it half covers is reached by scrolling, and focus scrolls it free.
TO_THE_END = "scrollTo(0, document.documentElement.scrollHeight)"
OPEN_ALL = "document.querySelectorAll('details:not(.who)').forEach((one) => { one.open = true; })"
VIOLATIONS = """async ([part, options]) => (await axe.run(part ?? document, options)).violations.flatMap((one) =>
    one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`))"""
# What makes the page scroll sideways, innermost last.
WIDE = """(width) => document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll("body *")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > width + 1)
    .filter((one) => one.matches(".unseen") || !one.closest(".unseen"))
    .map((one) => `wide: ${one.outerHTML.slice(0, 90)}`).slice(-2)"""
# Text that its box cuts off, or that leaves its button. What is unseen on purpose has one pixel.
CUT = """() => [...document.querySelectorAll("body *")]
    .filter((one) => one.checkVisibility() && one.clientWidth > 2 && one.clientHeight > 2)
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
    .filter((one) => one.matches("button, .screen") || getComputedStyle(one).overflow !== "visible")
    .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
    .filter((one) => !["auto", "scroll"].includes(getComputedStyle(one).overflowY))
    .map((one) => `cut: ${one.outerHTML.slice(0, 90)}`)"""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone at a browser, and the pages that they open."""

    name: str
    cookies: dict[str, str]
    pages: dict[str, str]


@pytest.fixture
def visitors(ward: Ward) -> list[Visitor]:
    """Each role, someone who was invited, someone at a desk that is locked, and nobody in particular."""
    site: Site = make_site(ward, timezone.now())
    kept = {"kept": kept_note(site, Role.THERAPIST)}  # from then on every page of theirs tells of it
    roles = [Visitor(role.value, {"sessionid": site.session_of(role)}, pages_of(site, role)) for role in Role]
    roles.append(
        Visitor("before a wall", {"sessionid": site.session_of(Role.NURSE)}, {"wall": f"/w/{ward.slug}/wall/"})
    )
    roles.append(Visitor("who sent too late", {"sessionid": site.session_of(Role.THERAPIST)}, kept))
    entries = {"log-in, kept": f"/login/?next={kept['kept']}", "log-in, not sent": "/login/?unsent=1"}
    return [
        *roles,
        Visitor("invited", {"sessionid": invited(site)}, {"invitation": "/invitation/"}),
        Visitor("somebody whose kept entry is gone", {"sessionid": site.session_of(Role.NURSE)}, {"none": "/kept/x/"}),
        Visitor("at a desk", locked_desk(site), {"locked": "/desk/", "log-in at a desk": "/login/"}),
        Visitor("nobody", {}, open_pages() | entries),
    ]


def each_page_once(visitors: Sequence[Visitor], turn: int) -> list[Visitor]:
    """Every page with one of those who open it: with another at another turn."""
    openers: dict[str, list[Visitor]] = {}
    for visitor in visitors:
        for name in visitor.pages:
            openers.setdefault(name, []).append(visitor)
    chosen = {name: found[turn % len(found)] for name, found in openers.items()}
    return [
        replace(visitor, pages={name: path for name, path in visitor.pages.items() if chosen[name] is visitor})
        for visitor in visitors
    ]


@contextmanager
def page_of(browser: Browser, address: str, size: str, cookies: dict[str, str]) -> Iterator[Page]:
    """A page of a browser with these cookies."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
    context.add_init_script(Axe().axe_script)
    yield context.new_page()
    context.close()


def opened(
    browser: Browser, address: str, visitors: Sequence[Visitor], size: str, cookies: dict[str, str]
) -> Iterator[tuple[str, Page]]:
    """Every page of every visitor, loaded, with all that can be unfolded unfolded."""
    for visitor in visitors:
        with page_of(browser, address, size, cookies | visitor.cookies) as page:
            for name, path in visitor.pages.items():
                answer = page.goto(f"{address}{path}")
                assert answer is not None
                assert answer.status == STATUS.get(name, 200), f"{visitor.name}, {name}"
                page.evaluate(OPEN_ALL)
                page.evaluate(TO_THE_END)
                yield f"{visitor.name}, {name}", page


def broken_rules(page: Page) -> list[str]:
    """What axe finds on the page, and in the menu that lies over it."""
    found = violations(page)
    if page.locator(".who").count():
        page.locator(".who summary").click()
        found += [f"menu: {line}" for line in violations(page, ".who")]
        page.locator(".who summary").click()
    return found


def violations(page: Page, part: str | None = None) -> list[str]:
    """Axe's violations on the page, or in a part of it: the rule, and where."""
    found: list[str] = page.evaluate(VIOLATIONS, [part, EVERYTHING])
    return found


def lost(page: Page) -> list[str]:
    """What leaves the page or is cut off at 320 px, and with text twice as large."""
    found = []
    for width, percent in ((320, 100), (640, 200), (1280, 200)):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(f"document.documentElement.style.fontSize = '{percent}%'")
        found += [f"at {width} px, {percent} %: {one}" for one in (*page.evaluate(WIDE, width), *page.evaluate(CUT))]
    return found


@pytest.mark.parametrize(
    ("language", "theme", "size"),
    [(language, *look[1:]) for language, look in product(dict(settings.LANGUAGES), LOOKS[:2])] if EVERY_ROLE else LOOKS,
)
def test_no_page_breaks_a_rule_of_accessibility_or_loses_text(
    language: str, theme: str, size: str, visitors: list[Visitor], server: str, browser: Browser
) -> None:
    who = visitors if EVERY_ROLE else each_page_once(visitors, LOOKS.index((language, theme, size)))
    width, height = SIZES[size]
    wrong = []
    for name, page in opened(browser, server, who, size, {"language": language, "theme": theme}):
        said = page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]")
        wanted = said[1] if name.endswith("wall") else theme  # a wall's colours follow the clock alone
        assert said == [language, wanted], name
        wrong += [f"{name}: {line}" for line in (*broken_rules(page), *lost(page))]
        page.set_viewport_size({"width": width, "height": height})
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize(("language", "theme", "size"), LOOKS)
def test_a_page_for_a_fault_of_ours_and_for_a_form_that_is_too_old_are_no_worse(
    language: str, theme: str, size: str, server: str, browser: Browser, nurse: User
) -> None:
    request = RequestFactory().get("/", headers={"cookie": f"theme={theme}"})
    with override(language):
        body = render_to_string("500.html", {"request": request})

    def answer(route: Route) -> None:
        route.fulfill(status=500, content_type="text/html", body=body)

    with page_of(browser, server, size, {"language": language, "theme": theme}) as page:
        page.route(f"{server}/fault", answer)
        page.goto(f"{server}/fault")
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        wrong = [*broken_rules(page), *lost(page)]
        page.goto(f"{server}/login/")
        page.context.clear_cookies(name="csrftoken")
        page.fill("#id_username", "km")
        page.fill("#id_password", "anything")
        with page.expect_navigation() as answered:
            page.locator("main form button").first.click()
        assert answered.value is not None
        assert answered.value.status == 403
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        wrong += [*broken_rules(page), *lost(page)]
    assert wrong == [], "\n".join(wrong)
