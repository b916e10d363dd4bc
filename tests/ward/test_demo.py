"""The demo: no installed ward can have it, and what it shows is what its boxes say over the wire."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils import timezone

import messages
from deploy.demo.boxes import ScriptedBox
from messages import Topic, Verb, encode
from playlists import catalogue_playlists
from playlists.index import Recording, write_index
from tests.ward.test_main import environment
from ward.assignments.assigning import newest, wire
from ward.assignments.models import Assignment
from ward.beds.models import Bed
from ward.board.views import tile_of
from ward.demo.clock import night_zone
from ward.demo.later import add_music
from ward.demo.people import PEOPLE, DemoError
from ward.demo.places import PLACES, REAL_BOXES, VISITORS, Is
from ward.demo.story import make_story
from ward.demo.tasks import LAST_NIGHT
from ward.demo.urls import urlpatterns
from ward.demo_folder import DemoFolder, Mark, Told
from ward.fleet.commands import ask
from ward.fleet.models import Command, Device
from ward.history.reading import told_of
from ward.mqttd.handlers import take
from ward.night.handover import handover
from ward.night.nights import hours_of
from ward.night.nights import newest as last_night
from ward.tiles.rows import rows_of_bed
from ward.tiles.status import State
from ward.usage.models import Answer, Session

ROOT = Path(__file__).resolve().parents[2]
SHOWN = {
    Is.SILENT: State.NO_MUSIC,
    Is.PLAYING: State.PLAYING,
    Is.FADING: State.FADING,
    Is.CONTINUOUS: State.CONTINUOUS,
    Is.OFFLINE: State.OFFLINE,
    Is.SENDING: State.SENDING,
    Is.STUCK: State.CHECK_BOX,
    Is.UNUSED: State.NEVER_USED,
    Is.BARE: State.NEVER_USED,
    Is.EMPTY: State.UNASSIGNED,
}
INSTALLED = [
    {"NIGHTINGALE_HTTPS": "yes"},
    {"NIGHTINGALE_REQUIRE_MFA": "yes"},
    {"NIGHTINGALE_HOSTS": "ward.example"},
    {"NIGHTINGALE_HOSTS": "127.0.0.1,*"},
    {"DATABASE_URL": "postgres://ward@127.0.0.1:1/ward"},
]


def index(folder: Path, slugs: set[str]) -> Path:
    """A music folder that says it holds these tracks."""
    folder.mkdir(exist_ok=True)
    all_slugs = sorted(track.slug for one in catalogue_playlists() for track in one.tracks)
    made = {
        slug: Recording(slug, f"{place:064x}", 170.0, slug, -20.0, -3.0, 4.0)
        for place, slug in enumerate(all_slugs)
        if slug in slugs
    }
    write_index(folder, made)
    return folder


def whole_index(folder: Path) -> Path:
    return index(folder, {track.slug for one in catalogue_playlists() for track in one.tracks})


@pytest.fixture
def demo(tmp_path: Path, settings: object) -> DemoFolder:
    """This ward is a demo, on whose start page everything is ready."""
    folder = DemoFolder(tmp_path)
    now = datetime.now(UTC)
    boxes = {box.label: "http://127.0.0.1:1/" for box in REAL_BOXES}
    folder.tell(Told(started_at=now, music_at=now, boxes=boxes, ready=True))
    settings.DEMO, settings.ROOT_URLCONF = folder, "tests.ward.demo_urls"  # type: ignore[attr-defined]
    settings.MUSIC = whole_index(tmp_path / "music")  # type: ignore[attr-defined]
    settings.TIME_ZONE = "Etc/GMT-3"  # type: ignore[attr-defined]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "ward.demo.clock.Clock"]  # type: ignore[attr-defined]
    templates = settings.TEMPLATES[0]  # type: ignore[attr-defined]
    options = templates["OPTIONS"]
    with_demo = [*options["context_processors"], "ward.demo.frame.frame"]
    settings.TEMPLATES = [templates | {"OPTIONS": options | {"context_processors": with_demo}}]  # type: ignore[attr-defined]
    return folder


@pytest.fixture
def told(db: None, demo: DemoFolder) -> dict[str, ScriptedBox]:
    """The large ward, and what its scripted boxes said when they came."""
    scripts = make_story(settings.MUSIC, "a long password", "0.1.0", timezone.localtime())
    boxes = {one.id: ScriptedBox(one, random.Random(1)) for one in scripts}
    for key, box in boxes.items():
        hear(key, box, box.greet())
        hear(key, box, box.pass_time(1000.0, night=False))
    return boxes


def hear(key: str, box: ScriptedBox, said: Iterator[tuple[Topic, object]]) -> None:
    """As mqttd takes it in, and answers."""
    for _word, message in said:
        answer = take(Device.objects.get(pk=key), message, timezone.now(), retained=False)  # type: ignore[arg-type]
        if answer is not None:
            assert not list(box.hear(answer.word, encode(answer.message)))


def bed_at(label: str) -> Bed:
    return next(bed for bed in Bed.objects.select_related("room__ward") if str(bed) == label)


def state_of(label: str) -> State:
    return tile_of(rows_of_bed(bed_at(label)), stops=True).face.state


@pytest.mark.parametrize("pattern", [str(one.pattern) for one in urlpatterns])
def test_an_installed_ward_has_none_of_the_demos_addresses(pattern: str, db: None) -> None:
    address = "/" + pattern.replace("<slug:name>", "km")
    assert settings.DEMO is None
    with pytest.raises(Resolver404):
        resolve(address)
    with pytest.raises(NoReverseMatch):
        reverse("demo")
    assert Client().post(address).status_code == 404
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize("more", INSTALLED, ids=lambda more: next(iter(more)))
def test_what_an_installed_ward_has_and_the_demo_exclude_each_other(tmp_path: Path, more: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ward", "migrate"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
        env=environment(tmp_path, NIGHTINGALE_DEMO=str(tmp_path), **more),
    )  # fmt: skip
    assert (done.returncode, "is for `make demo` only" in done.stderr) == (2, True)


def test_a_demo_does_not_listen_to_other_computers(tmp_path: Path) -> None:
    known = environment(tmp_path, NIGHTINGALE_DEMO=str(tmp_path))
    ward = [sys.executable, "-m", "ward"]
    subprocess.run([*ward, "migrate", "--verbosity=0"], cwd=ROOT, env=known, timeout=300, check=True)
    done = subprocess.run(
        [*ward, "serve", "--listen=0.0.0.0:8765"], cwd=ROOT, env=known, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert (done.returncode, "for this computer only" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "sender", [{"REMOTE_ADDR": "10.0.0.7"}, {"HTTP_X_FORWARDED_FOR": "10.0.0.7"}, {"HTTP_FORWARDED": "for=10.0.0.7"}]
)
def test_the_start_page_answers_this_computer_alone(told: dict[str, ScriptedBox], sender: dict[str, str]) -> None:
    assert Client().get("/demo/").status_code == 200
    assert Client().get("/demo/", **sender).status_code == 404
    browser = Client()
    assert browser.post("/demo/as/km", **sender).status_code == 404
    assert "sessionid" not in browser.cookies


def test_one_press_signs_in_as_each_role_and_as_nobody_else(told: dict[str, ScriptedBox]) -> None:
    starts = {"km": "/w/4-north/", "rt": "/therapy/", "house": "/devices/4-north/", "admin": "/w/4-north/people/"}
    for name, start in starts.items():
        browser = Client()
        answer = browser.post(f"/demo/as/{name}")
        assert answer.status_code == 302
        assert start.strip("/") in answer.headers["Location"]
        assert browser.get(answer.headers["Location"]).status_code == 200
    assert set(starts) <= set(PEOPLE)
    assert Client().post("/demo/as/root").status_code == 404
    assert Client().get("/demo/as/km").status_code == 405


def test_one_press_leads_to_the_page_that_was_wanted_and_never_to_another_site(told: dict[str, ScriptedBox]) -> None:
    wanted = f"/bed/{bed_at('12 A').pk}/"
    assert Client().get(wanted).headers["Location"].startswith(("/demo/", "/login/"))
    assert Client().post("/demo/as/km", {"next": wanted}).headers["Location"] == wanted
    assert "evil" not in Client().post("/demo/as/km", {"next": "https://evil.example/"}).headers["Location"]


def test_each_bed_shows_what_its_place_says(told: dict[str, ScriptedBox]) -> None:
    shown = {place.label: state_of(place.label) for place in PLACES if place.is_ is not Is.REAL}
    assert shown == {place.label: SHOWN[place.is_] for place in PLACES if place.is_ is not Is.REAL}


def test_two_weeks_have_sessions_answers_notes_and_a_night_without_power(told: dict[str, ScriptedBox]) -> None:
    oldest = Session.objects.order_by("started_at").first()
    assert oldest is not None
    assert timedelta(days=12) < timezone.now() - oldest.started_at < timedelta(days=14, hours=1)
    assert Session.objects.filter(cause="restart").exists()
    assert Answer.objects.filter(question="sleep", outcome="answered").count() > 50
    assert not Session.objects.filter(started_at__gt=timezone.now()).exists()
    assert len({device.software for device in Device.objects.all()}) == 2
    assigned = [(str(bed), wire(last)) for bed in Bed.objects.select_related("room") if (last := newest(bed))]
    purposes = {label: {one.purpose for one in said.playlists} for label, said in assigned if said.stay}
    lacks = [label for label, of_bed in purposes.items() if not of_bed & {"sleep", "vigil"}]
    assert lacks == ["12 A"], "evening playlists have work"


def test_the_boxes_of_the_demo_take_their_music_within_seconds(told: dict[str, ScriptedBox]) -> None:
    of_days = Assignment.objects.exclude(applied_at=None)
    assert {(row.sent_at - row.assigned_at).total_seconds() for row in of_days if row.sent_at} == {1.0}
    assert {(row.applied_at - row.assigned_at).total_seconds() for row in of_days if row.applied_at} == {3.0}


def test_the_history_of_a_bed_has_one_time_without_power_and_no_other(told: dict[str, ScriptedBox]) -> None:
    bed, now = bed_at("6 B"), timezone.localtime()
    known = told_of(bed, now)
    assert known is not None
    assert [ends - begins for begins, ends in known.offline] == [timedelta(minutes=28)]
    assert len(known.starts) == 1
    assert len(known.notes) == 1


@pytest.mark.parametrize("hour", [9, 15])
def test_the_night_was_as_the_notes_at_the_beds_say(db: None, demo: DemoFolder, hour: int) -> None:
    """Bed 10, all night; bed 9 A, slept through."""
    with time_machine.travel(timezone.localtime().replace(hour=hour, minute=2), tick=False):
        now = timezone.localtime()
        for one in make_story(settings.MUSIC, "a long password", "0.1.0", now):
            hear(one.id, box := ScriptedBox(one, random.Random(1)), box.greet())
            hear(one.id, box, box.pass_time(1000.0, night=False))
        ward = bed_at("10").room.ward
        drawn = {str(row.bed): row for row in handover(ward, last_night(hours_of(ward), now), now).rows}
    assert drawn["10"].music == "all night"
    assert (drawn["9 A"].had_music, drawn["9 A"].stopped_early) == (True, False)


def test_the_picture_of_the_box_on_the_start_page_shows_no_state_that_the_box_may_not_have() -> None:
    """It is the same picture while music plays: its screen is dark and its light is off."""
    drawn = (ROOT / "ward" / "static" / "demo-box.svg").read_text()
    assert "screen-example" not in drawn
    assert "light-on" not in drawn


def test_stop_reaches_a_scripted_box_and_its_session_ends(told: dict[str, ScriptedBox]) -> None:
    device = Device.objects.get(bed=bed_at("4 A"))
    box = told[str(device.pk)]
    command = ask(device, Verb.STOP, User.objects.get(username="km"), timezone.now())
    hear(str(device.pk), box, box.hear(Topic.COMMAND, encode_command(command)))
    hear(str(device.pk), box, box.pass_time(2000.0, night=False))
    assert state_of("4 A") is State.NO_MUSIC
    assert Session.objects.filter(bed=bed_at("4 A"), cause="ward").exists()


def encode_command(command: Command) -> bytes:
    said = messages.Command(id=command.pk, verb=Verb(command.verb), issued_at=command.issued_at.astimezone(UTC))
    return encode(said)


def test_a_scripted_box_takes_an_assignment_and_proves_it(told: dict[str, ScriptedBox]) -> None:
    browser, bed = Client(), bed_at("1 A")
    browser.post("/demo/as/km")
    page = browser.get(f"/bed/{bed.pk}/")
    assert page.status_code == 200
    last = newest(bed)
    assert last is not None
    browser.post(f"/bed/{bed.pk}/assign/", {"playlist": ["calm", "warm-rain"], "version": last.version})
    given = newest(bed)
    assert given is not None
    assert given.version == last.version + 1
    key = str(Device.objects.get(bed=bed).pk)
    hear(key, told[key], told[key].hear(Topic.ASSIGNMENT, encode(wire(given))))
    hear(key, told[key], told[key].pass_time(2000.0, night=False))
    given.refresh_from_db()
    assert given.applied_at is not None


def test_the_tasks_tick_themselves_and_the_strip_can_be_hidden(told: dict[str, ScriptedBox], demo: DemoFolder) -> None:
    browser = Client()
    browser.post("/demo/as/km")
    page = browser.get("/w/4-north/").content.decode()
    assert page.count("demo-number") == 3
    assert f"Open the box at bed {VISITORS}" in page
    Session.objects.create(
        device=Device.objects.get(bed=bed_at(VISITORS)), bed=bed_at(VISITORS), session="x", started_at=timezone.now()
    )
    bed = bed_at("12 A")
    browser.post(f"/bed/{bed.pk}/assign/", {"playlist": ["calm", "sleep"], "version": newest(bed).version})  # type: ignore[union-attr]
    page = browser.get("/w/4-north/").content.decode()
    assert page.count('class="unseen">Done') == 2
    browser.get(reverse(LAST_NIGHT, args=["4-north"]))
    page = browser.get("/w/4-north/").content.decode()
    assert page.count('class="unseen">Done') == 3
    assert browser.get("/demo/strip?done=111").status_code == 204
    assert browser.get("/demo/strip?done=110").content.decode().count("demo-number") == 3
    assert browser.get("/demo/tasks?done=110").content.decode().count("done-task") == 3
    browser.post("/demo/hide")
    assert "demo-number" not in browser.get("/w/4-north/").content.decode()


def test_a_bed_with_a_simulated_box_leads_to_its_page(told: dict[str, ScriptedBox]) -> None:
    browser = Client()
    browser.post("/demo/as/km")
    assert browser.get("/w/4-north/").content.decode().count('class="demo-box"') == len(REAL_BOXES)


def test_the_night_moves_the_time_of_the_pages_and_the_day_brings_it_back(
    told: dict[str, ScriptedBox], demo: DemoFolder
) -> None:
    browser = Client()
    browser.post("/demo/as/km")
    by_day = timezone.localtime().strftime("%H:")
    browser.post("/demo/night", {"show": "night"})
    assert demo.has(Mark.NIGHT)
    night = (datetime.now(night_zone("Etc/GMT-3"))).strftime("%H:")
    page = browser.get("/w/4-north/").content.decode()
    assert 'data-theme="night"' in page
    assert night in page.split('id="when"')[1][:80]
    browser.post("/demo/night", {"show": "day"})
    assert not demo.has(Mark.NIGHT)
    assert by_day in browser.get("/w/4-north/").content.decode().split('id="when"')[1][:80]


def test_the_night_is_eight_hours_later_wherever_the_day_is() -> None:
    for hours in range(-9, 15):
        ahead = night_zone(f"Etc/GMT{-hours:+d}").utcoffset(None) - timedelta(hours=hours)
        assert ahead == timedelta(hours=8)  # not of the day before: a box says the date too


def test_the_start_page_says_what_is_still_coming(told: dict[str, ScriptedBox], demo: DemoFolder) -> None:
    assert "Ready to use." in Client().get("/demo/").content.decode()
    index(settings.MUSIC, {"along-the-shore", "clear-shallows", "lying-in-the-dunes", "small-boats-home"})
    assert "1 of 9 playlists are complete" in Client().get("/demo/coming").content.decode()
    now = datetime.now(UTC)
    demo.tell(Told(started_at=now, music_at=now))
    page = Client().get("/demo/").content.decode()
    assert "being set up" in page
    assert "Try as nurse" not in page


def test_music_that_is_rendered_later_reaches_the_beds_that_have_its_playlists(db: None, demo: DemoFolder) -> None:
    few = index(settings.MUSIC, {"along-the-shore", "morning-gate", "lamps-on-the-quay"})
    make_story(few, "a long password", "0.1.0", timezone.localtime())
    bed = bed_at("1 A")
    assert [len(one.tracks) for one in wire(newest(bed)).playlists] == [1, 1, 1]  # type: ignore[arg-type]
    assert add_music(whole_index(few), timezone.localtime()) > 10
    assert [len(one.tracks) for one in wire(newest(bed)).playlists] == [4, 4, 4]  # type: ignore[arg-type]
    assert add_music(few, timezone.localtime()) == 0


def test_the_large_demo_refuses_a_database_in_use(db: None, ward: object, demo: DemoFolder) -> None:
    with pytest.raises(DemoError, match="in use"):
        make_story(settings.MUSIC, "a long password", "0.1.0", timezone.localtime())


@pytest.mark.parametrize("verb", [Verb.RESTART, Verb.SELF_TEST, Verb.SEND_LOGS, Verb.LOCATE_END])
def test_a_scripted_box_answers_facilities_as_a_box_does(told: dict[str, ScriptedBox], verb: Verb) -> None:
    device = Device.objects.get(bed=bed_at("4 B"))
    facilities = User.objects.get(username="house")
    made = ask(device, verb, facilities, timezone.now())
    hear(str(device.pk), told[str(device.pk)], answers(told[str(device.pk)], made))
    made.refresh_from_db()
    assert (made.done, made.reason) == (True, "")


def test_a_scripted_box_that_plays_is_not_restarted_without_a_reason(told: dict[str, ScriptedBox]) -> None:
    device, facilities = Device.objects.get(bed=bed_at("4 A")), User.objects.get(username="house")
    made = ask(device, Verb.RESTART, facilities, timezone.now())
    hear(str(device.pk), told[str(device.pk)], answers(told[str(device.pk)], made))
    made.refresh_from_db()
    assert made.done is False
    assert state_of("4 A") is State.PLAYING


def answers(box: ScriptedBox, made: Command) -> Iterator[tuple[Topic, object]]:
    """What the box says to a command, as it travels."""
    sent = messages.Command(id=made.pk, verb=Verb(made.verb), issued_at=made.issued_at)
    return box.hear(Topic.COMMAND, encode(sent))


@pytest.mark.parametrize(("label", "showing", "word"), [("4 A", "picture", " min"), ("4 B", "picture", "")])
def test_a_scripted_box_shows_its_screen_while_someone_looks_and_tells_each_picture_once(
    told: dict[str, ScriptedBox], label: str, showing: str, word: str
) -> None:
    device = Device.objects.get(bed=bed_at(label))
    box, now_s = told[str(device.pk)], time.monotonic()
    assert [word for word, _ in box.pass_time(now_s, night=False)].count(Topic.SCREEN) == 0
    watch = messages.Command(id="w", verb=Verb.WATCH, issued_at=timezone.now())
    assert [one for one, _ in box.hear(Topic.COMMAND, encode(watch))] == [Topic.REPLY]
    screens = [one for _, one in box.pass_time(now_s, night=False) if isinstance(one, messages.Screen)]
    assert [one.showing for one in screens] == [showing]
    assert messages.decode(messages.Screen, encode(screens[0])) == screens[0]
    assert screens[0].words
    assert screens[0].words[-1].endswith(word)
    assert not [one for _, one in box.pass_time(now_s, night=False) if isinstance(one, messages.Screen)]
    dark = [one for _, one in box.pass_time(now_s, night=True) if isinstance(one, messages.Screen)]
    assert [one.showing for one in dark] == ["dark"]
    assert not [one for _, one in box.pass_time(now_s + 40, night=False) if isinstance(one, messages.Screen)]
