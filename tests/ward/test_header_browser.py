"""The head of every page in every language, from a small laptop to a desktop: nothing is cut and nothing overlaps."""

import pytest
from django.utils import timezone
from playwright.sync_api import Browser

from tests.ward.site import make_site, pages_of
from ward.beds.models import Role, Ward

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = (1024, 1280, 1440)
ALIKE = {"board, music", "bed 4", "bed 8", "bed 9", "history, tables", "history, ended", "reports, a week"}
# Wider than the window, cut by its box, or over its neighbour.
TORN = """() => {
  const all = [...document.querySelectorAll(".top > *, .top nav a, .top button, .who > summary, .face")];
  const seen = all.filter((one) => one.checkVisibility());
  const right = (one) => one.getBoundingClientRect().right;
  const rows = [...document.querySelectorAll(".top > *")].filter((one) => one.checkVisibility());
  const over = rows.filter((one, at) => rows[at + 1] && right(one) > rows[at + 1].getBoundingClientRect().left + 1);
  const out = seen.filter((one) => right(one) > innerWidth || one.scrollWidth > one.clientWidth + 1);
  const tall = seen.filter((one) => one.matches(".face") && one.getBoundingClientRect().height > 46);
  const wide = document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : [];
  return [...wide, ...new Set([...over, ...out, ...tall].map((one) => one.outerHTML.slice(0, 90)))];
}"""


@pytest.mark.parametrize("language", ["en-gb", "de", "es", "fr"])
def test_no_head_of_a_page_is_cut(language: str, ward: Ward, server: str, browser: Browser) -> None:
    site = make_site(ward, timezone.now())
    pages, said = pages_of(site, Role.ADMINISTRATOR), {"sessionid": site.session_of(Role.ADMINISTRATOR)}
    context = browser.new_context(reduced_motion="reduce")
    cookies = said | {"language": language, "theme": "day"}
    context.add_cookies([{"name": name, "value": value, "url": server} for name, value in cookies.items()])
    page, torn = context.new_page(), []
    for name in pages.keys() - ALIKE:
        page.goto(f"{server}{pages[name]}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            torn += [f"{name} at {width}: {one}" for one in page.evaluate(TORN)]
    context.close()
    assert torn == []
