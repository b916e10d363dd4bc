"""The demo's large ward: two weeks of it, told by its boxes' logs, up to this minute. Knows no broker and no page."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import msgspec
from django.contrib.auth.models import User
from django.db import transaction

from messages import (
    AssignmentApplied,
    Cause,
    Code,
    Data,
    Entry,
    Fault,
    Log,
    Part,
    Playing,
    Reset,
    Rules,
    SessionStarted,
    because,
    kind_of,
)
from ward.assignments.assigning import assign, discharge
from ward.assignments.models import Assignment
from ward.beds.models import Bed, Room, Ward
from ward.demo.days import Cut, Habit, Line, cut_out, lines_of
from ward.demo.people import NAME, SLUG, make_people, refuse_a_real_ward
from ward.demo.places import PLACES, Is, Place, box_id, box_number
from ward.demo.playlists import load
from ward.demo.script import Scene, Script
from ward.demo.written import write_words
from ward.fleet.adding import add_device
from ward.fleet.models import Device, OfflineTime
from ward.music.models import Playlist
from ward.usage.ingest import ingest_log

TOLD = timedelta(days=14)
EARLIER_ENDS = timedelta(hours=20)  # before the next patient comes
ENDS_AFTER = timedelta(days=14)
OLD_SOFTWARE = "0.0.9"
CALIBRATED_ON = timedelta(days=27)
SLEEPS = ("sleep", "slow-lanterns")


@dataclass(slots=True)
class _Teller:
    """What everything here needs, and the scripts that come of it. `now`: in the ward's time zone."""

    now: datetime
    software: str
    playlists: Mapping[str, Playlist]
    nurse: User
    chance: Random = field(default_factory=lambda: Random(4))  # noqa: S311 - the same ward each time
    scripts: list[Script] = field(default_factory=list)

    @property
    def cut(self) -> Cut:
        """Three nights ago there was no power for half an hour."""
        at = self.now.replace(hour=22, minute=3, second=0, microsecond=0) - timedelta(days=3)
        return Cut(at, at + timedelta(minutes=28))

    @property
    def tracks(self) -> Mapping[str, tuple[str, ...]]:
        """Hashes by playlist."""
        return {slug: tuple(p.track_id for p in row.places.all()) for slug, row in self.playlists.items()}


def make_story(music: Path, password: str, software: str, now: datetime) -> list[Script]:
    """The whole ward in one transaction, and the parts that the scripted boxes play from then on.

    `software`: the version that the boxes say they have; `now`: in the ward's time zone. Raises DemoError,
    playlists.PlaylistError or ward.fleet.adding.FleetError, one line each.
    """
    refuse_a_real_ward()
    with transaction.atomic():
        playlists = load(music)
        ward = Ward.objects.create(slug=SLUG, name=NAME)
        people = make_people(ward, password)
        teller = _Teller(now, software, playlists, people["km"])
        for index, place in enumerate(PLACES):
            _tell(teller, index, place, _bed(ward, place))
        write_words(now, people)
    return teller.scripts


def _bed(ward: Ward, place: Place) -> Bed:
    numbers = list(dict.fromkeys(one.room for one in PLACES))
    room, _ = Room.objects.get_or_create(
        ward=ward, number=place.room, defaults={"position": numbers.index(place.room) + 1}
    )
    return Bed.objects.create(room=room, letter=place.letter)


def _tell(teller: _Teller, index: int, place: Place, bed: Bed) -> None:
    device = add_device(box_id(index), box_number(index), bed)
    stays = _stays(teller, place, bed)
    lines = [line for assigned in stays for line in _confirmed(assigned)]
    lines += _earlier(teller, place, stays)
    scene = _scene(teller, place)
    if place.is_ not in (Is.UNUSED, Is.BARE, Is.EMPTY, Is.CONTINUOUS):
        lines += _current(teller, place, bed, scene)
    version = teller.software if place.is_current else OLD_SOFTWARE
    lines = cut_out(sorted(lines, key=lambda line: line[0]), teller.cut, version)
    lines += _now_begun(bed, scene) + _stuck(teller, place, bed)
    log_id = f"demo-{device.number}"
    _ingest(device, log_id, lines, teller.now)
    OfflineTime.objects.create(bed=bed, since=teller.cut.since, until=teller.cut.until)
    _be(teller, place, device, version)
    if place.is_ not in (Is.REAL, Is.OFFLINE):
        teller.scripts.append(_script(teller, place, device, log_id, len(lines) + 1, scene, version))
    if place.is_ is Is.SENDING:
        _send(teller, place, bed, device)


def _stays(teller: _Teller, place: Place, bed: Bed) -> list[Assignment]:
    """Who was here before, who is here now; each with the playlists of the place."""
    began = teller.now - timedelta(days=place.days, minutes=teller.chance.randint(30, 200))
    if place.is_ is Is.BARE:
        bed.stay, bed.stay_since = secrets.token_hex(16), began
        bed.save(update_fields=["stay", "stay_since"])
        return []
    slugs = place.playlists or ("calm", "sleep")
    found = [_assign(teller, bed, slugs, teller.now - TOLD, place)]
    if place.is_ is Is.EMPTY:
        return [*found, discharge(bed, teller.nurse, teller.now - timedelta(hours=4, minutes=4))]
    found.append(discharge(bed, teller.nurse, began - EARLIER_ENDS))
    return [*found, _assign(teller, bed, slugs, began, place)]


def _assign(teller: _Teller, bed: Bed, slugs: Sequence[str], at: datetime, place: Place) -> Assignment:
    is_vigil = place.is_ is Is.CONTINUOUS
    asks = None if is_vigil else "pain"
    rules = Rules(
        ask_before=asks, ask_after=asks, ask_sleep=place.has_sleep and not is_vigil, vigil=is_vigil,
        expires_at=(at + ENDS_AFTER).astimezone(UTC),
    )  # fmt: skip
    return assign(bed, [teller.playlists[slug] for slug in slugs], teller.nurse, at, rules=rules)


def _confirmed(assigned: Assignment) -> list[Line]:
    """The box took it two minutes later."""
    at = (assigned.assigned_at + timedelta(minutes=2)).astimezone(UTC)
    if assigned.stay is None:
        return [(at, None, Reset(version=assigned.version))]
    count = len({t["sha256"] for p in assigned.message["playlists"] for t in p["tracks"]})
    said = AssignmentApplied(version=assigned.version, digest=assigned.digest, held=count, needed=count)
    return [(at, assigned.stay, said)]


def _earlier(teller: _Teller, place: Place, stays: Sequence[Assignment]) -> list[Line]:
    """What the last patient at this bed listened to."""
    if len(stays) < 2 or stays[0].stay is None:
        return []
    habit = _habit(teller, place, f"{place.label}-a", stays[0].stay)
    since, until = stays[0].assigned_at + timedelta(hours=1), stays[1].assigned_at - timedelta(hours=1)
    return lines_of(habit, since, until, teller.tracks, teller.chance)


def _current(teller: _Teller, place: Place, bed: Bed, scene: Scene | None) -> list[Line]:
    habit = _habit(teller, place, f"{place.label}-b", str(bed.stay))
    until = (scene.began_at if scene else teller.now) - timedelta(minutes=30, days=place.quiet_days)
    since = (bed.stay_since or teller.now) + timedelta(minutes=40)
    return lines_of(habit, since, until.astimezone(since.tzinfo), teller.tracks, teller.chance)


def _habit(teller: _Teller, place: Place, name: str, stay: str) -> Habit:
    slugs = place.playlists or ("calm", "sleep")
    comfort = tuple(slug for slug in slugs if slug not in SLEEPS)
    disliked = teller.tracks["warm-rain"][-1] if place.label == "6 B" else None
    sleep = next((slug for slug in slugs if slug in SLEEPS), None)
    return Habit(name.replace(" ", ""), stay, comfort, sleep, place.a_day, disliked)


def _scene(teller: _Teller, place: Place) -> Scene | None:
    if place.is_ not in (Is.PLAYING, Is.FADING, Is.CONTINUOUS):
        return None
    gone_min = place.length_min - place.left_min if place.left_min else 156
    return Scene(
        playing=Playing.FADING if place.is_ is Is.FADING else Playing.PLAYING,
        session=f"{place.label.replace(' ', '')}-now",
        playlist=place.playlists[0],
        began_at=(teller.now - timedelta(minutes=gone_min)).astimezone(UTC),
        length_s=0.0 if place.is_ is Is.CONTINUOUS else place.length_min * 60.0,
        level_dba=41.0 if place.is_ is Is.FADING else 48.0,
    )


def _now_begun(bed: Bed, scene: Scene | None) -> list[Line]:
    if scene is None:
        return []
    said = SessionStarted(session=scene.session, playlist=scene.playlist, level_dba=scene.level_dba, cause=Cause.BUTTON)
    return [(scene.began_at, bed.stay, said)]


def _stuck(teller: _Teller, place: Place, bed: Bed) -> list[Line]:
    if place.is_ is not Is.STUCK:
        return []
    why = because(Code.BUTTON_HELD, button="PLAY")
    at = (teller.now - timedelta(minutes=18)).astimezone(UTC)
    return [(at, bed.stay, Fault(part=Part.CONTROLS, reason=why.line, code=why.code, args=dict(why.args)))]


def _ingest(device: Device, log_id: str, lines: Sequence[Line], now: datetime) -> None:
    boot = f"boot-{device.number}"
    entries = tuple(_entry(boot, *line) for line in lines)
    if entries:
        ingest_log(device, Log(log_id=log_id, first_seq=1, entries=entries), now)


def _entry(boot: str, at: datetime, stay: str | None, data: Data) -> Entry:
    return Entry(
        at=at.astimezone(UTC), clock_ok=True, boot=boot, stay=stay, kind=kind_of(data), data=msgspec.to_builtins(data)
    )


def _be(teller: _Teller, place: Place, device: Device, software: str) -> None:
    """As the ward would know the box from its last messages; a box that is offline sends no others."""
    calibrated = str((teller.now - CALIBRATED_ON).date()) if place.is_calibrated else None
    gone = timedelta(minutes=14) if place.is_ is Is.OFFLINE else timedelta(seconds=5)
    device.software, device.contact_at = software, teller.now - gone
    device.health = {"calibrated_on": calibrated, "temperature_c": 41.0, "clock_ok": place.clock_ok}
    device.save(update_fields=["software", "contact_at", "health"])


def _script(
    teller: _Teller, place: Place, device: Device, log_id: str, next_seq: int, scene: Scene | None, software: str
) -> Script:
    held = Assignment.objects.filter(bed=device.bed_id).order_by("-version").first()
    presses = place.is_ in (Is.SILENT, Is.PLAYING, Is.FADING)
    return Script(
        id=str(device.pk), log_id=log_id, next_seq=next_seq, boot=f"boot-{device.number}",
        version=held.version if held else 0, stay=held.stay if held else None,
        playlists={slug: teller.tracks[slug] for slug in place.playlists},
        comfort=tuple(slug for slug in place.playlists if presses and slug not in SLEEPS),
        software=software, calibrated_on=device.health["calibrated_on"], clock_ok=place.clock_ok,
        takes=place.is_ is not Is.SENDING, scene=scene,
    )  # fmt: skip


def _send(teller: _Teller, place: Place, bed: Bed, device: Device) -> None:
    """A playlist more, two minutes ago, and the box still loads it."""
    newest_last = (*place.playlists[1:], place.playlists[0])
    sent = _assign(teller, bed, newest_last, teller.now - timedelta(minutes=2), place)
    Assignment.objects.filter(pk=sent.pk).update(
        sent_at=teller.now - timedelta(minutes=1), sent_to=device, held=3, needed=5
    )
