"""The box's screen on the bed's page: asked for only while someone looks, never kept, and nothing of a question."""

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

import messages
from messages import Light, Screen, Showing
from tests.ward.people import logged_in, plays
from tests.ward.saying import NOW, hello
from tests.wire.golden_messages import FRAME
from ward.audit.models import AuditRow
from ward.beds.models import Bed
from ward.fleet import screens
from ward.fleet.models import Command, Device, WatchedScreen
from ward.mqttd.handlers import take
from ward.music.models import Playlist

SECOND = timedelta(seconds=1)


@pytest.fixture
def box(device: Device) -> Device:
    """A box that knows how to send its screen."""
    device.capabilities = ["watch"]
    device.save()
    return device


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def face(user: User, bed: Bed) -> dict[str, str]:
    """What the page is answered."""
    answer = logged_in(user).get(reverse("screen_pulse", args=[bed.pk]))
    assert answer.status_code == 200
    found: dict[str, str] = json.loads(answer.content)
    return found


def picture(number: int = 1, showing: Showing = Showing.PICTURE, boot: str = "boot-1", **more: Any) -> Screen:
    said = {"frame": FRAME, "words": ("Calm", "18 min")} if showing is Showing.PICTURE else {}
    return Screen(boot=boot, number=number, at=NOW, showing=showing, **(said | more))


def says(box: Device, message: messages.Message, now: datetime = NOW) -> None:
    take(box, message, now, retained=False)


def test_one_look_asks_the_box_once_and_many_looks_ask_each_fifteen_seconds(
    nurse: User, bed: Bed, box: Device, clock: Any
) -> None:
    assert face(nurse, bed)["state"] == "waiting"
    assert screens.claim(NOW) == [box.pk]
    assert screens.claim(NOW) == []
    asked = 0
    for second in range(1, 61):
        clock.move_to(NOW + second * SECOND)
        face(nurse, bed)
        face(nurse, bed)
        asked += len(screens.claim(NOW + second * SECOND))
    assert asked == 4
    assert WatchedScreen.objects.count() == 1
    assert not Command.objects.exists()
    assert not AuditRow.objects.filter(bed=bed.pk).exists()


def test_looking_writes_once_in_five_seconds_however_many_look(nurse: User, bed: Bed, box: Device, clock: Any) -> None:
    seen = set()
    for second in range(60):
        clock.move_to(NOW + second * SECOND)
        for _viewer in range(3):
            face(nurse, bed)
        seen.add(WatchedScreen.objects.get().until)
    assert len(seen) <= 12


def test_the_page_gets_the_pixels_and_the_words(nurse: User, bed: Bed, box: Device, clock: Any) -> None:
    face(nurse, bed)
    says(box, picture(light=Light.DIMMED))
    shown = face(nurse, bed)
    assert shown["state"] == "picture"
    assert shown["label"] == "Screen: Calm, 18 min"
    assert shown["line"] == "Screen at the bed, live"
    assert shown["light"] == "dimmed"
    assert base64.b64decode(shown["frame"]) == messages.unpack(FRAME)


@pytest.mark.usefixtures("clock")
def test_what_nobody_looks_at_is_not_taken(bed: Bed, box: Device) -> None:
    says(box, picture())
    assert not WatchedScreen.objects.exists()


def test_nothing_is_kept_when_nobody_looks_any_more(nurse: User, bed: Bed, box: Device, clock: Any) -> None:
    face(nurse, bed)
    says(box, picture())
    assert screens.forget(NOW + 5 * SECOND) == 0
    assert screens.forget(NOW + screens.LOOKED_AT_FOR) == 1
    says(box, picture(2), NOW + screens.LOOKED_AT_FOR)
    assert not WatchedScreen.objects.exists()


@pytest.mark.parametrize(
    ("showing", "line"),
    [
        (Showing.DARK, "Screen at the bed: dark now"),
        (Showing.QUESTION, "The patient sees a question. It is not shown here."),
        (Showing.BROKEN, "The screen of this box does not work."),
        (Showing.NONE, "This box has no screen."),
    ],
)
def test_without_a_picture_a_line_says_why_and_the_last_picture_is_gone(
    showing: Showing, line: str, nurse: User, bed: Bed, box: Device, clock: Any
) -> None:
    face(nurse, bed)
    says(box, picture(1))
    says(box, picture(2, showing))
    shown = face(nurse, bed)
    assert (shown["line"], shown["frame"]) == (line, "")
    assert WatchedScreen.objects.get().frame == ""


def test_an_older_message_of_the_same_boot_is_dropped_and_one_of_another_boot_is_taken(
    nurse: User, bed: Bed, box: Device, clock: Any
) -> None:
    face(nurse, bed)
    says(box, picture(7))
    says(box, picture(6, Showing.DARK))
    assert face(nurse, bed)["state"] == "picture"
    says(box, picture(1, Showing.DARK, boot="boot-2"))
    assert face(nurse, bed)["state"] == "dark"


def test_what_was_told_long_ago_is_not_called_live(nurse: User, bed: Bed, box: Device, clock: Any) -> None:
    face(nurse, bed)
    says(box, picture())
    for second in range(21):
        clock.move_to(NOW + second * SECOND)
        shown = face(nurse, bed)
    assert shown["state"] == "waiting"


def test_a_box_that_connects_again_is_asked_at_once_and_its_old_picture_is_gone(
    nurse: User, bed: Bed, box: Device, clock: Any
) -> None:
    face(nurse, bed)
    assert screens.claim(NOW)
    says(box, picture())
    says(box, hello())
    assert face(nurse, bed)["state"] == "old"  # this hello names no capability
    Device.objects.update(capabilities='["watch"]')
    assert face(nurse, bed)["state"] == "waiting"
    assert screens.claim(NOW) == [box.pk]


def test_an_offline_box_is_not_asked_and_the_line_says_since_when_and_what_stood_there(
    nurse: User, bed: Bed, box: Device, playlists: list[Playlist], clock: Any
) -> None:
    bed.stay, bed.stay_since = "s", NOW - timedelta(hours=2)
    bed.save()
    plays(box, playlists[0])
    face(nurse, bed)
    Device.objects.update(online=False)
    since = timezone.localtime(NOW)
    assert face(nurse, bed)["line"] == f"Offline since {since:%H:%M}. Last seen: {playlists[0].label}."
    assert screens.claim(NOW) == []


def test_a_new_patients_page_does_not_say_what_the_last_one_heard(
    nurse: User, bed: Bed, box: Device, playlists: list[Playlist], clock: Any
) -> None:
    plays(box, playlists[0])
    bed.stay, bed.stay_since = "s", NOW + SECOND
    bed.save()
    Device.objects.update(online=False)
    assert "Last seen" not in face(nurse, bed)["line"]


def test_an_older_box_is_not_asked(nurse: User, bed: Bed, device: Device, clock: Any) -> None:
    assert face(nurse, bed)["line"] == "Update this box to see its screen here."
    assert not WatchedScreen.objects.exists()


def test_a_bed_without_a_box_has_no_screen(nurse: User, other_bed: Bed) -> None:
    browser = logged_in(nurse)
    assert browser.get(reverse("screen_pulse", args=[other_bed.pk])).status_code == 204
    assert "live-screen" not in browser.get(reverse("bed", args=[other_bed.pk])).content.decode()


def test_a_look_at_a_screen_is_no_touch_of_a_hand(nurse: User, bed: Bed, box: Device, clock: Any) -> None:
    """A page that stays open must not keep someone signed in."""
    browser = logged_in(nurse)
    browser.get(reverse("bed", args=[bed.pk]))
    for minute in range(31):
        clock.move_to(NOW + timedelta(minutes=minute))
        answer = browser.get(reverse("screen_pulse", args=[bed.pk]))
    assert answer.status_code == 302
