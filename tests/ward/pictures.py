"""The pictures of docs/nurses.md and docs/therapists.md, taken of the real pages:
`python -m tests.ward.pictures` after a page has changed."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import django
from django.core.management import call_command
from PIL import Image
from playwright.sync_api import Page

from tests.chromium import chromium

DOCS = Path(__file__).parents[2] / "docs"
HOUR = 15  # on the ward's clock: every picture shows an afternoon
WINDOW = {"width": 1200, "height": 800}
PHONE = {"width": 390, "height": 844}


def main() -> None:
    """Takes them all, on a ward that is made for it and forgotten."""
    with tempfile.TemporaryDirectory() as folder:
        ahead = (HOUR - datetime.now(UTC).hour + 12) % 24 - 12
        os.environ["NIGHTINGALE_TIME_ZONE"] = f"Etc/GMT{-ahead:+d}"  # of places ahead of UTC such a name says minus
        os.environ |= {"NIGHTINGALE_DATA": folder, "DJANGO_SETTINGS_MODULE": "ward.settings"}
        django.setup()
        call_command("migrate", verbosity=0)
        with _browser(Path(folder)) as signed_in:
            _of_therapists(*signed_in("therapist"))
            _of_nurses(*signed_in("nurse"))


@contextmanager
def _browser(folder: Path) -> Iterator[Callable[[str], tuple[Page, dict[str, str]]]]:
    """Signs someone of a role in: a page, and the addresses of the pages by name."""
    from django.utils import timezone

    from tests.ward.site import make_site, pages_of
    from tests.ward.window import served
    from ward.beds.models import Role, Ward

    site = make_site(Ward.objects.create(name="Ward 4 North", slug="4-north"), timezone.now())
    # Before the browser: its loop lets nobody ask the database.
    ways = {str(role): (site.session_of(role), pages_of(site, role)) for role in (Role.NURSE, Role.THERAPIST)}
    with served(folder) as address, chromium() as browser:

        def signed_in(role: str) -> tuple[Page, dict[str, str]]:
            session, pages = ways[role]
            context = browser.new_context(viewport=WINDOW, device_scale_factor=1.5, reduced_motion="reduce")
            said = {"sessionid": session, "theme": "day", "language": "en-gb"}
            context.add_cookies([{"name": key, "value": value, "url": address} for key, value in said.items()])
            return context.new_page(), {name: f"{address}{path}" for name, path in pages.items()}

        yield signed_in


def _of_nurses(page: Page, paths: dict[str, str]) -> None:
    """The ward's board, three taps of assigning, a stay; and the board in a pocket."""
    page.goto(paths["board"])
    _keep("nurses/board", page)
    page.goto(paths["assign, 9"])
    for title in ("Calm", "Memories", "Sleep"):
        page.get_by_role("checkbox", name=title).check()
    _keep("nurses/assign", page)
    page.get_by_role("button", name="Assign to bed 9").click()
    page.get_by_role("button", name="Undo").wait_for()
    _keep("nurses/assigned", page)
    page.goto(paths["history"])
    _keep("nurses/history", page, whole=True)
    page.set_viewport_size(PHONE)
    page.goto(paths["board"])
    _keep("nurses/phone", page)


def _of_therapists(page: Page, paths: dict[str, str]) -> None:
    """Which beds to review first, one of them, and a week in figures."""
    for name, shown in (("review", "therapy"), ("bed", "therapy_bed"), ("week", "reports, a week")):
        page.goto(paths[shown])
        _keep(f"therapists/{name}", page, whole=name == "week")


def _keep(name: str, page: Page, whole: bool = False) -> None:
    """What the window shows, or the whole page that it scrolls over."""
    picture = Image.open(BytesIO(page.screenshot(full_page=whole)))
    picture.convert("RGB").save(DOCS / f"{name}.webp", quality=75, method=6)


if __name__ == "__main__":
    main()
