"""What the demo's staff wrote down: notes, what patients like, reviews. Knows no box."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from ward.beds.models import Bed
from ward.demo.places import PLACES
from ward.notes.models import Note
from ward.therapy.models import Preferences, Review

LIKES = {
    "1 B": ({"comforts_ticked": ["waves", "low"], "instruments": ["piano"]}, "Long walks by the sea"),
    "6 B": ({"comforts_ticked": ["rain", "slow"], "hurts_ticked": ["high"]}, "Rain on a tin roof"),
    "9 A": ({"comforts_ticked": ["new", "slow"], "instruments": ["piano", "harp"]}, "A quiet harbour at night"),
}
REVIEWED = {
    "1 A": 1, "1 B": 2, "2 B": 1, "3 A": 2, "3 B": 2, "4 A": 1, "5 B": 2, "6 A": 1, "7 A": 1, "8 B": 2, "9 A": 1,
    "12 B": 2, "14 A": 1,
}  # days ago  # fmt: skip


def write_words(now: datetime, people: Mapping[str, User]) -> None:
    """All of it, for the stays that are at these beds now."""
    beds = {str(bed): bed for bed in Bed.objects.select_related("room")}
    morning = now.replace(hour=6, minute=40, second=0, microsecond=0)
    for place in PLACES:
        if place.note:
            _note(beds[place.label], place.note, people["js"], morning)
    for label, (ticks, comforts) in LIKES.items():
        bed = beds[label]
        liked = {"ticks": ticks, "comforts": comforts, "written_by": people["rt"]}
        Preferences.objects.create(bed=bed, stay=str(bed.stay), written_at=now - timedelta(days=2), **liked)
    for label, days in REVIEWED.items():
        bed = beds[label]
        Review.objects.create(bed=bed, stay=str(bed.stay), by=people["rt"], at=now - timedelta(days=days))


def _note(bed: Bed, text: str, by: User, at: datetime) -> None:
    Note.objects.create(bed=bed, stay=str(bed.stay), text=text, written_by=by, written_at=at)
