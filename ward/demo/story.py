"""The demo's large ward: two weeks of it, told by its boxes' logs, up to this minute. Knows no broker and no page."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from ward.beds.models import Bed, Room, Ward
from ward.demo.bed_story import BedStory, Teller
from ward.demo.people import NAME, SLUG, make_people, refuse_a_real_ward
from ward.demo.places import PLACES, Is, Place, box_id, box_number
from ward.demo.playlists import load
from ward.demo.script import Script
from ward.demo.written import write_words
from ward.fleet.adding import add_device

SPEAKS_FOR_ITSELF = (Is.REAL, Is.OFFLINE)  # a simulated box, and one that says nothing


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
        teller = Teller(now, software, playlists, people["km"])
        stories = [_story(teller, ward, index, place) for index, place in enumerate(PLACES)]
        write_words(now, people)
    return [story.script() for story in stories if story.place.is_ not in SPEAKS_FOR_ITSELF]


def _story(teller: Teller, ward: Ward, index: int, place: Place) -> BedStory:
    bed = _bed(ward, place)
    story = BedStory(teller, place, bed, add_device(box_id(index), box_number(index), bed))
    story.tell()
    return story


def _bed(ward: Ward, place: Place) -> Bed:
    numbers = list(dict.fromkeys(one.room for one in PLACES))
    room, _ = Room.objects.get_or_create(
        ward=ward, number=place.room, defaults={"position": numbers.index(place.room) + 1}
    )
    return Bed.objects.create(room=room, letter=place.letter)
