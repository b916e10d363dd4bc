"""The choice of a language in a real Chromium."""

import pytest
from playwright.sync_api import expect

from tests.ward.window import Window, say_that_it_plays
from ward.beds.models import Bed
from ward.fleet.models import Device
from ward.music.models import Playlist

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_language_is_chosen_in_the_menu_and_the_page_is_the_same(
    window: Window, bed: Bed, device: Device, playlists: list[Playlist]
) -> None:
    say_that_it_plays(device, playlists[0])
    window.open(f"/bed/{bed.pk}/")
    window.page.locator(".who summary").click()
    window.page.get_by_role("button", name="Français").click()
    expect(window.page.locator("html")).to_have_attribute("lang", "fr")
    assert window.page.url == f"{window.address}/bed/{bed.pk}/"
    expect(window.page.locator("#now")).to_contain_text("reste 18 min")
