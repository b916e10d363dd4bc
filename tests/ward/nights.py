"""A ward's night as the picture of the handover has it: 24 beds in 13 rooms, what each heard, said and noted."""

import uuid
from datetime import datetime, timedelta
from itertools import count

from django.contrib.auth.models import User

from messages import Code
from tests.ward.saying import told_fault
from ward.beds.models import Bed, Room, Ward
from ward.fleet.models import Device, OfflineTime
from ward.music.models import Playlist
from ward.notes.models import Note
from ward.usage.models import Answer, BoxLog, Session

ROOMS = ("1AB", "2AB", "3AB", "4AB", "5AB", "6AB", "7AB", "8AB", "9AB", "10", "11", "12AB", "14AB")
EMPTY = "11"
PLAYLISTS = (
    ("calm", "Calm", "comfort", "u"),
    ("sleep", "Night Harbour", "sleep", "down"),
    ("long", "Long Water", "vigil", "wave"),
)
HEARD = (  # bed, minutes after 21:00, playlist, minutes, how it ended
    ("1 A", 36, "sleep", 45, "completed"), ("1 B", 90, "sleep", 45, "completed"), ("2 B", 6, "calm", 24, "completed"),
    ("2 B", 72, "sleep", 45, "completed"), ("3 B", 54, "sleep", 45, "completed"), ("4 A", 66, "sleep", 45, "completed"),
    ("4 A", 324, "sleep", 45, "completed"), ("5 A", 108, "sleep", 18, "button"), ("5 B", 48, "sleep", 45, "completed"),
    ("6 B", 42, "sleep", 45, "completed"), ("6 B", 384, "sleep", 27, "button"), ("7 A", 72, "sleep", 45, "completed"),
    ("8 B", 30, "sleep", 45, "completed"), ("9 A", 78, "sleep", 45, "completed"), ("10", -80, "long", 700, ""),
    ("12 A", 45, "sleep", 45, "completed"), ("12 B", 132, "sleep", 24, "ward"), ("14 A", 12, "calm", 24, "completed"),
    ("14 A", 102, "sleep", 45, "completed"),
)  # fmt: skip
SLEPT: dict[str, int | None] = {
    "1 A": 7, "1 B": 6, "2 B": 8, "3 A": None, "3 B": 5, "4 A": 4, "5 A": None, "5 B": 7, "6 B": 3, "7 A": 8,
    "7 B": None, "8 B": 6, "9 A": 7, "12 A": 7, "12 B": 5, "14 A": 6,
}  # fmt: skip
NOTES = (("1 B", "Likes it low. Wants the door closed first.", 500), ("6 B", "Awake from 03:20, asked for rain.", 420))


def make_night(ward: Ward, begins: datetime, by: User) -> dict[str, Bed]:
    """The beds by name; `begins`: 21:00 of the night, whose boxes were heard 10 h and 12 min later."""
    for slug, title, purpose, arc in PLAYLISTS:
        Playlist.objects.update_or_create(slug=slug, defaults={"title": title, "purpose": purpose, "arc": arc})
    beds = {str(bed): bed for position, name in enumerate(ROOMS) for bed in _room(ward, position, name)}
    boxes = {name: _box(bed, place, begins) for place, (name, bed) in enumerate(beds.items(), 1)}
    for name, minute, slug, minutes, cause in HEARD:
        heard(boxes[name], begins + timedelta(minutes=minute), slug, minutes, cause)
    numbers = count(1)
    for name, score in SLEPT.items():
        slept(boxes[name], next(numbers), begins + timedelta(hours=10, minutes=5), score)
    for name, text, minute in NOTES:
        noted(beds[name], text, begins + timedelta(minutes=minute), by)
    away = begins + timedelta(minutes=91)
    OfflineTime.objects.create(bed=beds["3 A"], since=away, until=away + timedelta(minutes=101))
    stuck = told_fault(Code.BUTTON_HELD, begins + timedelta(minutes=80), button="PLAY")
    Device.objects.filter(bed=beds["9 B"]).update(faults={"controls": stuck})
    return beds


def heard(box: Device, at: datetime, slug: str, minutes: float, cause: str) -> Session:
    """A session; without a cause it plays on."""
    if not cause:
        Device.objects.filter(pk=box.pk).update(
            playing="playing", now_session="on", now_at=box.contact_at, now_playlist=slug
        )
    assert box.bed is not None
    return Session.objects.create(
        device=box, bed=box.bed, stay=box.bed.stay, session=f"{slug}-{at.isoformat()}" if cause else "on",
        playlist_slug=slug, started_at=at, ended_at=at + timedelta(minutes=minutes) if cause else None,
        heard_s=minutes * 60.0 if cause else 0.0, cause=cause,
    )  # fmt: skip


def slept(box: Device, number: int, at: datetime, score: int | None) -> Answer:
    """What was said about the night; None: the question went unanswered."""
    log, _made = BoxLog.objects.get_or_create(device=box, log_id="answers")
    assert box.bed is not None
    return Answer.objects.create(
        log=log, seq=number, device=box, bed=box.bed, stay=box.bed.stay, question="sleep", moment="morning",
        outcome="not_answered" if score is None else "answered", score=score, asked_at=at, answered_at=at,
    )  # fmt: skip


def noted(bed: Bed, text: str, at: datetime, by: User) -> Note:
    """A note of this stay."""
    return Note.objects.create(bed=bed, stay=str(bed.stay), text=text, written_by=by, written_at=at)


def _room(ward: Ward, position: int, name: str) -> list[Bed]:
    number, letters = name.rstrip("AB"), name.lstrip("0123456789") or [""]
    room, _made = Room.objects.get_or_create(ward=ward, number=number, defaults={"position": position})
    return [Bed.objects.create(room=room, letter=letter) for letter in letters]


def _box(bed: Bed, place: int, begins: datetime) -> Device:
    if str(bed) != EMPTY:
        bed.stay, bed.stay_since = f"stay-{place}", begins - timedelta(days=3)
        bed.save()
    heard_at = begins + timedelta(hours=10, minutes=12)
    key = uuid.UUID(int=9000 + place)
    return Device.objects.create(id=key, number=f"{place:04}", bed=bed, online=True, contact_at=heard_at)
