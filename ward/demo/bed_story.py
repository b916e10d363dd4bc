"""One bed of the demo's ward: who was here, what they listened to, what plays now. Written as its box would tell it."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random

import msgspec
from django.contrib.auth.models import User
from django.db.models import F

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
from ward.assignments.assigning import assign, discharge, newest
from ward.assignments.models import Assignment
from ward.beds.models import Bed
from ward.demo.days import Cut, Habit, Line, Patient, cut_out
from ward.demo.places import Is, Place
from ward.demo.script import Scene, Script
from ward.fleet.models import Device, OfflineTime
from ward.music.models import Playlist
from ward.usage.ingest import ingest_log
from ward.usage.models import BoxLog
from ward.usage.models import Entry as StoredEntry

TOLD = timedelta(days=14)
EARLIER_ENDS = timedelta(hours=20)  # before the next patient comes
ENDS_AFTER = timedelta(days=14)
CLEARED_AGO = timedelta(hours=4, minutes=4)
VIGIL_BEGAN = time(20, 12)  # of yesterday: all night, as its note says
OFFLINE_SINCE = timedelta(minutes=14)
STUCK_SINCE = timedelta(minutes=18)
SENT_AFTER, CONFIRMED_AFTER = timedelta(seconds=1), timedelta(seconds=3)
CALIBRATED_AGO = timedelta(days=27)
OLD_SOFTWARE = "0.0.9"
SLEEPS = ("sleep", "slow-lanterns")
OF_ANYONE = ("calm", "sleep")  # what the last patient had where now there is none
DISLIKES = {"6 B": "warm-rain"}  # the last track of it
NEVER_PRESSED = (Is.UNUSED, Is.BARE, Is.EMPTY, Is.CONTINUOUS)


@dataclass(slots=True)
class Teller:
    """What all beds share. `now`: in the ward's time zone."""

    now: datetime
    software: str
    playlists: Mapping[str, Playlist]
    nurse: User
    chance: Random = field(default_factory=lambda: Random(4))  # the same ward each time
    tracks: Mapping[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.tracks = {
            slug: tuple(row.places.order_by("place").values_list("track_id", flat=True))
            for slug, row in self.playlists.items()
        }

    @property
    def cut(self) -> Cut:
        """Three nights ago there was no power for half an hour."""
        at = self.now.replace(hour=22, minute=3, second=0, microsecond=0) - timedelta(days=3)
        return Cut(at, at + timedelta(minutes=28))


class BedStory:
    """One bed. `tell` writes it, within the caller's transaction; then `script` is the part of its box."""

    def __init__(self, teller: Teller, place: Place, bed: Bed, device: Device) -> None:
        self._teller = teller
        self.place = place
        self._bed = bed
        self._device = device
        self._slugs = place.playlists or OF_ANYONE
        self._software = teller.software if place.is_current else OLD_SOFTWARE
        self._log_id = f"demo-{device.number}"
        self._boot = f"boot-{device.number}"
        self._scene = self._what_plays()
        self._entries: tuple[Entry, ...] = ()
        self._held: Assignment | None = None

    def tell(self) -> None:
        """Stays, days, and how the box is."""
        now, cut = self._teller.now, self._teller.cut
        stays = self._stays()
        self._held = newest(self._bed)
        lines = [line for assigned in stays for line in _confirmed(assigned)]
        lines += [*self._earlier(stays), *self._current()]
        lines = cut_out(sorted(lines, key=lambda line: line[0]), cut, self._software)
        self._entries = tuple(self._entry(*line) for line in [*lines, *self._just_now()])
        ingest_log(self._device, Log(log_id=self._log_id, first_seq=1, entries=self._entries), now)
        # They came when they were written: all at once today, two weeks would look like two weeks without a network.
        logs = list(BoxLog.objects.filter(device=self._device).values_list("pk", flat=True))
        StoredEntry.objects.filter(log__in=logs).update(received=F("at"))
        Assignment.objects.filter(bed=self._bed).update(sent_at=F("assigned_at") + SENT_AFTER)
        OfflineTime.objects.create(bed=self._bed, since=cut.since, until=cut.until)
        self._be_known()
        if self.place.is_ is Is.SENDING:
            self._send()

    def script(self) -> Script:
        """How the box goes on from here."""
        place, held = self.place, self._held
        presses = place.is_ in (Is.SILENT, Is.PLAYING, Is.FADING)
        return Script(
            id=str(self._device.pk), log_id=self._log_id, next_seq=len(self._entries) + 1, boot=self._boot,
            version=held.version if held else 0, stay=held.stay if held else None,
            playlists={slug: self._teller.tracks[slug] for slug in place.playlists},
            labels={slug: self._teller.playlists[slug].label for slug in place.playlists},
            comfort=tuple(slug for slug in place.playlists if presses and slug not in SLEEPS),
            software=self._software, calibrated_on=self._device.health["calibrated_on"], clock_ok=place.clock_ok,
            takes=place.is_ is not Is.SENDING, scene=self._scene,
        )  # fmt: skip

    def _stays(self) -> list[Assignment]:
        """Who was here before, who is here now; each with the playlists of the place."""
        now, place, bed = self._teller.now, self.place, self._bed
        began = now - timedelta(days=place.days, minutes=self._teller.chance.randint(30, 200))
        if place.is_ is Is.BARE:
            bed.stay, bed.stay_since = secrets.token_hex(16), began
            bed.save(update_fields=["stay", "stay_since"])
            return []
        before = self._assign(self._slugs, now - TOLD)
        if place.is_ is Is.EMPTY:
            return [before, discharge(bed, self._teller.nurse, now - CLEARED_AGO)]
        cleared = discharge(bed, self._teller.nurse, began - EARLIER_ENDS)
        return [before, cleared, self._assign(self._slugs, began)]

    def _assign(self, slugs: Sequence[str], at: datetime) -> Assignment:
        is_vigil, ends = self.place.is_ is Is.CONTINUOUS, (at + ENDS_AFTER).astimezone(UTC)
        asked = Rules(ask_before="pain", ask_after="pain", ask_sleep=self.place.has_sleep, expires_at=ends)
        rules = Rules(vigil=True, expires_at=ends) if is_vigil else asked
        playlists = [self._teller.playlists[slug] for slug in slugs]
        return assign(self._bed, playlists, self._teller.nurse, at, rules=rules)

    def _earlier(self, stays: Sequence[Assignment]) -> list[Line]:
        """What the last patient at this bed listened to."""
        if not stays or stays[0].stay is None:
            return []
        since, until = stays[0].assigned_at + timedelta(hours=1), stays[1].assigned_at - timedelta(hours=1)
        return self._patient("a", stays[0].stay).lines(since, until)

    def _current(self) -> list[Line]:
        if self.place.is_ in NEVER_PRESSED:
            return []
        now, scene = self._teller.now, self._scene
        until = (scene.began_at if scene else now) - timedelta(minutes=30, days=self.place.quiet_days)
        since = (self._bed.stay_since or now) + timedelta(minutes=40)
        return self._patient("b", str(self._bed.stay)).lines(since, until.astimezone(now.tzinfo))

    def _patient(self, name: str, stay: str) -> Patient:
        teller, place = self._teller, self.place
        comfort = tuple(slug for slug in self._slugs if slug not in SLEEPS)
        sleep = next((slug for slug in self._slugs if slug in SLEEPS), None)
        tracks = teller.tracks.get(DISLIKES.get(place.label, ""), ())
        disliked = tracks[-1] if len(tracks) > 1 else None
        habit = Habit(f"{self._device.number}{name}", stay, comfort, sleep, place.a_day, disliked, place.sleeps_through)
        assert teller.now.tzinfo is not None  # noqa: S101 - the ward's own time
        return Patient(habit, teller.tracks, teller.now.tzinfo, teller.chance)

    def _what_plays(self) -> Scene | None:
        place = self.place
        if place.is_ not in (Is.PLAYING, Is.FADING, Is.CONTINUOUS):
            return None
        endless = place.is_ is Is.CONTINUOUS
        yesterday = datetime.combine(self._teller.now.date() - timedelta(days=1), VIGIL_BEGAN, self._teller.now.tzinfo)
        whole = self._teller.now - timedelta(minutes=place.length_min - place.left_min)
        return Scene(
            playing=Playing.FADING if place.is_ is Is.FADING else Playing.PLAYING,
            session=f"{self._device.number}-now", playlist=place.playlists[0],
            began_at=(yesterday if endless else whole).astimezone(UTC),
            length_s=0.0 if endless else place.length_min * 60.0, level_dba=41.0 if place.is_ is Is.FADING else 48.0,
        )  # fmt: skip

    def _just_now(self) -> Iterator[Line]:
        """What is still so: music that plays, a button that is held down."""
        if (scene := self._scene) is not None:
            began = SessionStarted(
                session=scene.session, playlist=scene.playlist, level_dba=scene.level_dba, cause=Cause.BUTTON
            )
            yield scene.began_at, self._bed.stay, began
        if self.place.is_ is Is.STUCK:
            why = because(Code.BUTTON_HELD, button="PLAY")
            held = Fault(part=Part.CONTROLS, reason=why.line, code=why.code, args=dict(why.args))
            yield self._teller.now - STUCK_SINCE, self._bed.stay, held

    def _entry(self, at: datetime, stay: str | None, data: Data) -> Entry:
        said = msgspec.to_builtins(data)
        return Entry(at=at.astimezone(UTC), clock_ok=True, boot=self._boot, stay=stay, kind=kind_of(data), data=said)

    def _be_known(self) -> None:
        """As the ward would know the box from its last messages; one that is offline sends no others."""
        place, now = self.place, self._teller.now
        calibrated = str((now - CALIBRATED_AGO).date()) if place.is_calibrated else None
        gone = OFFLINE_SINCE if place.is_ is Is.OFFLINE else timedelta(seconds=5)
        self._device.software, self._device.contact_at = self._software, now - gone
        self._device.health = {"calibrated_on": calibrated, "temperature_c": 41.0, "clock_ok": place.clock_ok}
        self._device.save(update_fields=["software", "contact_at", "health"])

    def _send(self) -> None:
        """The playlists in another order, two minutes ago, and the box still loads the last of them."""
        now = self._teller.now
        sent = self._assign((*self._slugs[1:], self._slugs[0]), now - timedelta(minutes=2))
        Assignment.objects.filter(pk=sent.pk).update(
            sent_at=sent.assigned_at + SENT_AFTER, sent_to=self._device, held=3, needed=5
        )


def _confirmed(assigned: Assignment) -> list[Line]:
    """The box took it at once, as boxes do that are there."""
    at = (assigned.assigned_at + CONFIRMED_AFTER).astimezone(UTC)
    if assigned.stay is None:
        return [(at, None, Reset(version=assigned.version))]
    count = len({track["sha256"] for one in assigned.message["playlists"] for track in one["tracks"]})
    said = AssignmentApplied(version=assigned.version, digest=assigned.digest, held=count, needed=count)
    return [(at, assigned.stay, said)]
