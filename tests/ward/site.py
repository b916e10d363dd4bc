"""A ward as it is on an afternoon, for tests that look: a bed in every state, a stay of days, people of every role."""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse

from messages import Code, TrackSkipped, TrackStarted
from tests.ward.page_forms import form_to
from tests.ward.people import logged_in, person, plays, session_of
from tests.ward.saying import entry, log, told_fault
from ward.assignments.assigning import assign, discharge
from ward.assignments.evening import assign_evening
from ward.assignments.models import Assignment, Blocked, Took
from ward.beds.models import Bed, Role, Room, Ward
from ward.fleet.models import Command, Device, OfflineTime
from ward.music.models import Playlist, PlaylistTrack, Track
from ward.notes.models import Note
from ward.people.invitations import invite
from ward.people.pins import set_pin
from ward.therapy.models import Preferences, Review
from ward.usage.ingest import ingest_log
from ward.usage.models import Answer, BoxLog, Session

PLAYLISTS = (  # slug, title, label, purpose, arc, about
    ("calm", "Calm", "CALM", "comfort", "u", "rain and harp, no words"),
    ("garden", "Summer garden", "GARDEN", "comfort", "u", "birds, a fountain, strings far away"),
    ("memories", "Memories", "MEMORIES", "comfort", "u", "dances of the fifties"),
    ("sea", "Sea", "SEA", "comfort", "u", "waves and a cello"),
    ("sleep", "Sleep", "SLEEP", "sleep", "down", "slower and slower"),
    ("peace", "Peace", "PEACE", "vigil", "wave", "a choir without words, for the last days"),
)
PLACES = (
    ("1", "A"), ("1", "B"), ("2", ""), ("3", "A"), ("3", "B"), ("4", ""), ("5", ""), ("6", ""), ("7", ""), ("8", ""),
    ("9", ""), ("10", ""), ("11", "A"), ("11", "B"), ("12", ""),
)  # fmt: skip
NAMES = {Role.NURSE: "km", Role.THERAPIST: "rt", Role.FACILITIES: "hb", Role.ADMINISTRATOR: "ao", Role.AUDITOR: "ev"}
FIRST_STEPS = ("ward", "beds", "box", "colleagues")
WORD, PIN = "lamps on the quay", "472915"  # everybody's password; the nurse's PIN at a shared desk


@dataclass(slots=True)
class Site:
    """What was made. `beds` by `1 A`; `people` by role; `token` opens the form of an invitation."""

    ward: Ward
    now: datetime
    beds: dict[str, Bed] = field(default_factory=dict)
    playlists: dict[str, Playlist] = field(default_factory=dict)
    people: dict[Role, User] = field(default_factory=dict)
    token: str = ""

    def session_of(self, role: Role) -> str:
        """The session of someone who is logged in."""
        return session_of(self.people[role])


def make_site(ward: Ward, now: datetime) -> Site:
    """The whole of it, told as if it had gone on for a week up to `now`."""
    site = Site(ward, now)
    site.people = {role: person(ward, role, NAMES[role]) for role in Role}
    hashed = make_password(WORD)  # a real one takes a third of a second: one for all
    for user in site.people.values():
        user.password = hashed
        user.save()
    site.playlists = {row[0]: _set(*row) for row in PLAYLISTS}
    for position, (number, letter) in enumerate(PLACES):
        room, _made = Room.objects.get_or_create(ward=ward, number=number, defaults={"position": position})
        site.beds[f"{number} {letter}".strip()] = Bed.objects.create(room=room, letter=letter)
    _boxes(site)
    _stays(site)
    _states(site)
    _long_stay(site, site.beds["1 A"])
    _asked(site)
    _ward_itself(site)
    return site


def _set(slug: str, title: str, label: str, purpose: str, arc: str, about: str) -> Playlist:
    made = Playlist.objects.create(slug=slug, title=title, label=label, purpose=purpose, arc=arc, about=about)
    for place in range(1, 5):
        key = hashlib.sha256(f"{slug}{place}".encode()).hexdigest()
        track = Track.objects.create(sha256=key, title=f"{title}, part {place}", seconds=360.0)
        PlaylistTrack.objects.create(playlist=made, track=track, place=place)
    return made


def _boxes(site: Site) -> None:
    health = {"calibrated_on": "2026-11-03", "temperature_c": 41.5, "clock_ok": True}
    for place, bed in enumerate(site.beds.values(), 1):
        if str(bed) != "10":
            Device.objects.create(
                id=uuid.UUID(int=place), number=f"{place:04}", bed=bed, online=True, contact_at=site.now,
                software="1.4.2", health=health | ({"calibrated_on": None} if place == 4 else {}),
            )  # fmt: skip


def _stays(site: Site) -> None:
    nurse, assigned = site.people[Role.NURSE], [site.playlists[slug] for slug in ("calm", "garden", "memories")]
    for name, bed in site.beds.items():
        if name in ("9", "10"):
            continue
        with_sleep = [*assigned, site.playlists["sleep"]] if name in ("1 A", "1 B", "12") else assigned
        chosen = [site.playlists["peace"]] if name == "2" else with_sleep
        assign(bed, chosen, nurse, site.now - timedelta(days=5))
    old = site.beds["9"]
    assign(old, assigned, nurse, site.now - timedelta(days=3))
    discharge(old, nurse, site.now - timedelta(hours=2))
    Assignment.objects.update(sent_at=site.now, applied_at=site.now - timedelta(hours=1))


def _states(site: Site) -> None:
    beds, now = site.beds, site.now
    for name, slug in (
        ("1 A", "calm"),
        ("1 B", "sleep"),
        ("2", "peace"),
        ("7", "garden"),
        ("8", "sea"),
        ("11 A", "calm"),
    ):
        plays(_box(beds[name]), site.playlists[slug], now)
    _say(beds["1 B"], playing="fading")
    _say(beds["2"], length_s=0.0, left_s=0.0)
    _heard(beds["3 A"], now - timedelta(hours=3), "garden")
    _heard(beds["12"], now - timedelta(days=3), "calm")
    assign(
        beds["4"],
        [site.playlists["memories"], site.playlists["sea"]],
        site.people[Role.NURSE],
        now - timedelta(minutes=2),
    )
    Assignment.objects.filter(bed=beds["4"], applied_at=None).update(sent_at=now, held=3, needed=8)
    _say(beds["5"], online=False, contact_at=now - timedelta(minutes=47))
    _say(
        beds["6"], faults={"sound": told_fault(Code.NO_SOUND, now - timedelta(hours=1), what="the sound card is gone")}
    )
    _say(beds["11 A"], faults={"controls": told_fault(Code.BUTTON_HELD, now - timedelta(hours=1), button="PLAY")})
    for name, asked in (("7", now), ("8", now - timedelta(minutes=1))):
        Command.objects.create(
            id=f"stop-{name}", device=_box(beds[name]), verb="stop", issued_by=site.people[Role.NURSE], issued_at=asked
        )


def _asked(site: Site) -> None:
    """What facilities asked of boxes: one waits for its answer, one refuses by night, one tested itself."""
    facilities, now = site.people[Role.FACILITIES], site.now
    done = {"issued_by": facilities, "issued_at": now - timedelta(seconds=9), "answered_at": now}
    night = {"code": Code.NIGHT, "args": {"until": "07:00"}}
    found = [{"part": "sound", "well": False, "code": Code.NO_SOUND}, {"part": "screen", "well": True, "code": ""}]
    Command.objects.create(
        id="blink-12", device=_box(site.beds["12"]), verb="locate", done=False, reason="night", coded=night, **done
    )
    Command.objects.create(id="test-8", device=_box(site.beds["8"]), verb="self_test", done=True, results=found, **done)
    Device.objects.create(id=uuid.UUID(int=99), number="0099", home=site.ward, away="repair", away_note="Speaker")


def _box(bed: Bed) -> Device:
    return Device.objects.get(bed=bed)


def _say(bed: Bed, **said: Any) -> None:
    Device.objects.filter(bed=bed).update(**said)


def _heard(bed: Bed, at: datetime, slug: str, minutes: int = 24, cause: str = "completed") -> Session:
    return Session.objects.create(
        device=_box(bed), bed=bed, stay=bed.stay, session=f"{slug}-{at.isoformat()}", playlist_slug=slug, started_at=at,
        ended_at=at + timedelta(minutes=minutes), heard_s=minutes * 60.0, level_dba=46.0, mean_dba=44.0, cause=cause,
    )  # fmt: skip


def _long_stay(site: Site, bed: Bed) -> None:
    """Five days with sessions, answers before and after them, tracks that were skipped, notes, and what is liked."""
    box, now, nurse = _box(bed), site.now, site.people[Role.NURSE]
    batch, _made = BoxLog.objects.get_or_create(device=box, log_id="answers")
    for day in range(5):
        for hours, slug, cause in ((4, "calm", "completed"), (8, "garden", "button"), (17, "sleep", "completed")):
            at = now - timedelta(days=day, hours=hours)
            session = _heard(bed, at, slug, 12 + 4 * day, cause)
            for place, (moment, score) in enumerate((("before", 6), ("after", max(1, 4 - day)))):
                when = at + timedelta(minutes=30 * place)
                Answer.objects.create(
                    log=batch, seq=day * 100 + hours * 2 + place, device=box, bed=bed, stay=bed.stay,
                    session=session.session, question="pain", moment=moment, outcome="answered", score=score,
                    asked_at=when, answered_at=when,
                )  # fmt: skip
    track = PlaylistTrack.objects.get(playlist=site.playlists["garden"], place=2).track_id
    told = [
        TrackStarted(session="g", playlist="garden", track=track),
        TrackSkipped(session="g", playlist="garden", track=track, heard_s=4.0),
    ]
    ingest_log(box, log(1, *[entry(one, at=now - timedelta(hours=2), stay=bed.stay) for one in told * 3]), now)
    OfflineTime.objects.create(bed=bed, since=now - timedelta(days=1, hours=2), until=now - timedelta(days=1))
    for text in ("Likes it low, the door closed first.", "Asked for the harp twice."):
        Note.objects.create(bed=bed, stay=str(bed.stay), text=text, written_by=nurse, written_at=now)
    ticks = {"languages": ["fr", "de"], "youth": ["1950"], "instruments": ["harp"]}
    words = {"ticks": ticks, "comforts": "Rain on a tin roof", "hurts": "Bells"}
    Preferences.objects.create(bed=bed, stay=bed.stay, written_by=nurse, written_at=now, **words)
    Review.objects.create(bed=bed, stay=bed.stay, by=site.people[Role.THERAPIST], at=now - timedelta(days=2))


def _ward_itself(site: Site) -> None:
    """What stands on the pages of the ward: evening music, a track that never plays, times, an invitation."""
    boss, now = site.people[Role.ADMINISTRATOR], site.now
    assign_evening(
        site.ward,
        [site.beds["3 A"].pk, site.beds["2"].pk],
        site.playlists["sleep"],
        site.people[Role.NURSE],
        now,
        key="k",
    )
    Blocked.objects.create(ward=site.ward, track=Track.objects.get(title="Sea, part 3"), by=boss, at=now)
    for second in range(8):
        Took.objects.create(ward=site.ward, verb="assign", seconds=6.0 + second, at=now - timedelta(days=second))
    _row, site.token = invite(site.ward, boss, now, role=Role.NURSE)


def pages_of(site: Site, role: Role) -> dict[str, str]:
    """Every page that someone of this role opens, by what it shows."""
    slug, bed = site.ward.slug, site.beds["1 A"]
    shown = {"own account": reverse("own"), "a page that there is not": "/w/nowhere/"}
    if role is not Role.FACILITIES:
        shown |= {"board": reverse("ward", args=[slug]), "board, music": f"{reverse('ward', args=[slug])}?show=music"}
        shown |= {f"bed {one}": reverse("bed", args=[site.beds[one].pk]) for one in ("1 A", "4", "8", "9")}
        shown |= {"assigned": reverse("assigned", args=[site.beds["4"].pk])}
        shown["room"] = reverse("room", args=[slug, bed.room_id])
        history = reverse("history", args=[bed.pk])
        shown |= {"history": history, "history, tables": f"{history}?as=table&days=stay&text=stay"}
        shown |= {"helped": reverse("helped", args=[bed.pk])}
        shown |= {"history, ended": reverse("history", args=[site.beds["9"].pk])}
        shown |= {
            "reports": reverse("reports", args=[slug]),
            "reports, a week": f"{reverse('reports', args=[slug])}?week={_last_week(site)}",
        }
    if role in (Role.NURSE, Role.THERAPIST, Role.ADMINISTRATOR):
        shown |= {name: reverse(name, args=[slug]) for name in ("evening", "evening_assigned", "my_beds", "night")}
        shown |= {f"assign, {one}": reverse("assign", args=[site.beds[one].pk]) for one in ("1 A", "9")}
        shown |= {f"assign, {part}": f"{shown['assign, 1 A']}?part={part}" for part in ("volume", "more", "never")}
    if role in (Role.THERAPIST, Role.ADMINISTRATOR):
        shown |= {name: reverse(name, args=[slug]) for name in ("therapy", "therapy_blocked", "helped_ward")}
        shown |= {"helped, table": f"{reverse('helped', args=[bed.pk])}?as=table"}
        shown["therapy_bed"] = f"{reverse('therapy_bed', args=[bed.pk])}?track=part"
    if role in (Role.FACILITIES, Role.ADMINISTRATOR, Role.AUDITOR):
        shown["devices"] = reverse("ward_devices", args=[slug])
        for name in ("5", "8", "12"):
            shown[f"box at {name}"] = reverse("device", args=[slug, site.beds[name].device.pk])
    if role in (Role.ADMINISTRATOR, Role.AUDITOR):
        shown["audit"] = reverse("audit", args=[slug])
    if role is Role.ADMINISTRATOR:
        shown |= {name: reverse(name, args=[slug]) for name in ("people", "timings", "setup_ward", "setup_rooms")}
        shown |= {name: reverse(name) for name in ("setup_new", "setup_hospital")}
        shown |= {f"first start, {step}": f"{reverse('setup_first')}?step={step}" for step in FIRST_STEPS}
        shown |= {name: reverse(name) for name in ("mfa_activate_totp", "mfa_index", "account_change_password")}
    else:
        shown["a page that is not theirs"] = reverse("people", args=[slug])
    return shown


def open_pages() -> dict[str, str]:
    """What nobody has to log in for."""
    names = ("login", "account_inactive", "socialaccount_login_cancelled", "socialaccount_login_error")
    return {name: reverse(name) for name in names} | {"invitation that is gone": reverse("invitation")}


def invited(site: Site) -> str:
    """The session of someone who followed the link of the invitation."""
    store = SessionStore()
    store["invitation"] = site.token
    store.save()
    return str(store.session_key)


def locked_desk(site: Site) -> dict[str, str]:
    """The cookies of a browser at a shared desk that someone with a PIN locked."""
    browser, nurse = logged_in(site.people[Role.ADMINISTRATOR]), site.people[Role.NURSE]
    browser.post(reverse("desk_register", args=[site.ward.slug]), {"name": "Station"})
    browser.post(reverse("logout"))
    set_pin(nurse, PIN, PIN, site.now)
    browser.post(reverse("login"), {"username": nurse.username, "password": WORD})
    browser.post(reverse("desk_lock"))
    return {name: morsel.value for name, morsel in browser.cookies.items() if morsel.value}


def kept_note(site: Site, role: Role) -> str:
    """Where a note is offered that someone of this role sent when the session was over."""
    browser, bed = logged_in(site.people[role]), site.beds["1 A"]
    page = browser.get(reverse("history", args=[bed.pk])).content
    address = reverse("history_note", args=[bed.pk])
    form = form_to(page, address).filled(text="Breathes easier with the door open. Asked for the harp again.")
    browser.cookies.pop("sessionid")
    return parse_qs(urlsplit(browser.post(address, form).headers["Location"]).query)["next"][0]


def _last_week(site: Site) -> str:
    week = (site.now - timedelta(days=7)).isocalendar()
    return f"{week.year}-W{week.week:02}"
