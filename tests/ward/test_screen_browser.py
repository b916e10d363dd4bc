"""The screen on the bed's page in a real browser: whole pixels, its label, and an empty glass where nothing is sure."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone
from playwright.sync_api import Error

import messages
from messages import Light, Showing
from tests.ward.window import Window
from tests.wire.golden_messages import FRAME
from ward.beds.models import Bed
from ward.fleet.models import Device, WatchedScreen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PIXELS = (
    "() => Array.from(document.querySelector('#live-screen canvas').getContext('2d').getImageData(0, 0, 128, 64).data)"
)
GLASS = "() => document.querySelector('#live-screen canvas').getBoundingClientRect().width"
OVER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def looked(window: Window, bed: Bed, device: Device) -> Iterator[Window]:
    """The bed's page, at which the screen shows Calm, 18 min."""
    Device.objects.update(capabilities='["watch"]', contact_at=timezone.now(), online=True)
    tell(device)
    window.open(f"/bed/{bed.pk}/")
    yield window
    with suppress(Error):
        window.page.goto("about:blank")  # it asks no more


def tell(device: Device, showing: Showing = Showing.PICTURE, light: Light = Light.BRIGHT) -> None:
    """What the box told just now."""
    now, is_picture = timezone.now(), showing is Showing.PICTURE
    told = {"frame": FRAME if is_picture else "", "words": ["Calm", "18 min"] if is_picture else []}
    WatchedScreen.objects.update_or_create(
        device=device,
        defaults={"until": now + timedelta(minutes=2), "asked_at": now, "told_at": now, **told}
        | {"showing": showing, "light": light},
    )


def test_the_canvas_has_the_boxes_pixels_in_amber_and_the_words_as_its_label(looked: Window) -> None:
    page = looked.page
    page.get_by_role("img", name="Screen: Calm, 18 min").wait_for()
    rgba = np.array(page.evaluate(PIXELS)).reshape(64, 128, 4)
    pages = np.frombuffer(messages.unpack(FRAME), np.uint8).reshape(8, 1, 128)
    lit = np.unpackbits(pages, axis=1, bitorder="little").reshape(64, 128).astype(bool)
    assert np.array_equal(rgba[lit], np.broadcast_to([255, 176, 0, 255], (int(lit.sum()), 4)))
    assert not rgba[~lit][:, :3].any()
    assert page.locator("#live-screen p b").inner_text() == "Screen at the bed, live"


@pytest.mark.parametrize("width", [320, 390, 768, 1100, 1440])
def test_the_glass_is_a_whole_multiple_of_the_pixels_and_fits(looked: Window, width: int) -> None:
    page = looked.page
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_role("img", name="Screen: Calm, 18 min").wait_for()
    assert page.evaluate(GLASS) in (256, 384)
    assert page.evaluate(OVER) <= 0


def test_a_dark_screen_and_a_question_leave_no_pixel_on_the_page(looked: Window, device: Device) -> None:
    page = looked.page
    page.get_by_role("img", name="Screen: Calm, 18 min").wait_for()
    for showing, line in ((Showing.QUESTION, "The patient sees a question"), (Showing.DARK, "dark now")):
        tell(device, showing)
        page.get_by_text(line).wait_for()
        assert not any(page.evaluate(PIXELS))


def test_without_an_answer_of_the_server_the_glass_is_empty_and_says_so(looked: Window, bed: Bed) -> None:
    page = looked.page
    page.get_by_role("img", name="Screen: Calm, 18 min").wait_for()
    page.route(f"**/bed/{bed.pk}/screen", lambda _route: None)  # it never comes
    page.get_by_text("No connection to the server").wait_for()
    assert not any(page.evaluate(PIXELS))
    page.unroute(f"**/bed/{bed.pk}/screen")
    page.get_by_role("img", name="Screen: Calm, 18 min").wait_for()


def test_a_box_that_is_taken_away_takes_its_screen_along(looked: Window, device: Device) -> None:
    page = looked.page
    page.get_by_role("img", name="Screen: Calm, 18 min").wait_for()
    Device.objects.filter(pk=device.pk).update(bed=None)
    page.locator("#live-screen").wait_for(state="hidden")
