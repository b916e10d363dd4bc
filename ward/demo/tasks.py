"""The three tasks of the demo, and whether each was done: read from rows, so that they tick themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from playlists.format import Purpose
from ward.assignments.models import Assignment
from ward.beds.models import Bed
from ward.demo.folder import folder
from ward.demo.people import SLUG
from ward.demo.places import VISITORS
from ward.demo_folder import Mark, Told
from ward.usage.models import Session

SLEEPLESS = "12 A"
"""The bed that has no playlist for sleep yet."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task: in the strip, on the start page, and where it is done. `opens`: the words of its link."""

    number: int
    line: str
    title: str
    about: str
    opens: str
    address: str
    is_done: bool


def tasks(told: Told) -> list[Task]:
    """All three, in order."""
    return [_press(told), _assign(told), _last_night()]


def _press(told: Told) -> Task:
    words = {"bed": VISITORS}
    return Task(
        1,
        _("Open the box at bed %(bed)s and press PLAY") % words,
        _("Press PLAY at bed %(bed)s") % words,
        _("Open the box, then watch its tile."),
        _("Open the box"),
        told.boxes.get(VISITORS, ""),
        Session.objects.filter(bed=_bed(VISITORS), started_at__gte=told.started_at).exists(),
    )


def _assign(told: Told) -> Task:
    words, bed = {"bed": SLEEPLESS}, _bed(SLEEPLESS)
    return Task(
        2,
        _("Assign a sleep playlist to bed %(bed)s") % words,
        _("Assign a sleep playlist to bed %(bed)s") % words,
        _("As nurse: three taps. You can undo it."),
        _("Open the bed"),
        reverse("bed", args=[bed.pk]) if bed else "",
        bed is not None and _has_sleep(bed, told.started_at),
    )


def done_of(found: Sequence[Task]) -> str:
    """Which are done, as a page says that it shows them: "101"."""
    return "".join(str(int(task.is_done)) for task in found)


LAST_NIGHT = "night"  # the page that the third task leads to


def _last_night() -> Task:
    words = _("See last night")
    about = _("One row a bed, 21:00 to 07:00. Print it.")
    return Task(3, words, words, about, words, reverse(LAST_NIGHT, args=[SLUG]), folder().has(Mark.SAW_NIGHT))


def _bed(label: str) -> Bed | None:
    number, _space, letter = label.partition(" ")
    return Bed.objects.filter(room__ward__slug=SLUG, room__number=number, letter=letter).first()


def _has_sleep(bed: Bed, since: datetime) -> bool:
    """Whether someone assigned it one, undone or not."""
    fresh = Assignment.objects.filter(bed=bed, assigned_at__gte=since)
    return any(one["purpose"] == Purpose.SLEEP for row in fresh for one in row.message["playlists"])
