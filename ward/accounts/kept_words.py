"""What a form that is kept would do, in words, for whoever typed it."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, QueryDict
from django.urls import resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ward.assignments import assigning
from ward.bed.context import rules_form
from ward.bed.rules_words import summary
from ward.beds.access import wards_of
from ward.beds.models import Bed, Ward
from ward.music.models import Playlist, Track
from ward.people import keeping
from ward.people.keeping import Kept
from ward.people.typed import number
from ward.therapy.subjects import told

ACTIONS = {
    "assign": gettext_noop("Assign playlists"),
    "put_back": gettext_noop("Restore previous"),
    "look": gettext_noop("Record the safety check: none apply"),
    "history_note": gettext_noop("Save a note for the next shift"),
    "history_never": gettext_noop("Exclude a track for this bed"),
    "history_discharge": gettext_noop("Discharge"),
    "history_move": gettext_noop("Move a stay to another bed"),
    "evening": gettext_noop("Assign evening playlists"),
    "evening_choose": gettext_noop("Choose the ward's evening playlist"),
    "evening_undo": gettext_noop("Undo the evening playlists"),
    "setup_ward": gettext_noop("Save the ward's set-up"),
    "setup_rooms": gettext_noop("Change a room's name or place"),
    "setup_new": gettext_noop("Add a ward"),
    "setup_first": gettext_noop("Continue the first start"),
    "setup_close": gettext_noop("Close a ward or open it again"),
    "therapy_block": gettext_noop("Exclude a track on this ward"),
    "therapy_unblock": gettext_noop("Allow a track on this ward again"),
    "therapy_preferences": gettext_noop("Record preferences"),
    "therapy_forget": gettext_noop("Delete preferences"),
    "therapy_reviewed": gettext_noop("Mark the bed as reviewed"),
    "therapy_never": gettext_noop("Exclude a track for this bed"),
}
AGAIN = gettext_noop("Allow a track for this bed again")
ELSE = gettext_noop("Send a form")


@dataclass(frozen=True, slots=True)
class Action:
    """What would be done, where, what with (name and words), and what was typed."""

    does: str
    where: str
    lines: list[tuple[str, str]]
    typed: str


@dataclass(frozen=True, slots=True)
class Line:
    """What every page tells of the newest form that is kept: its key, and what it would do where."""

    key: str
    words: str


def line(request: HttpRequest) -> Line | None:
    """None where nothing is kept for this person any more."""
    key, user = request.session.get(keeping.FLAG, ""), request.user
    found = keeping.kept(key, user, timezone.now()) if key and isinstance(user, User) else None
    if found is None or not isinstance(user, User):
        return None
    action = action_of(found, user)
    return Line(key, ", ".join(filter(None, (action.does, action.where))))


def action_of(kept: Kept, user: User) -> Action:
    """A bed or a ward is named while this person has a role there."""
    match, said = resolve(kept.path.partition("?")[0]), _query(kept)
    wards = wards_of(user)
    bed = (
        Bed.objects.filter(pk=match.kwargs.get("bed_id", 0), room__ward__in=wards).select_related("room__ward").first()
    )
    ward = bed.room.ward if bed else wards.filter(slug=match.kwargs.get("slug", "")).first()
    does = AGAIN if "again" in said else ACTIONS.get(match.url_name or "", ELSE)
    place = (_("bed %(bed)s") % {"bed": bed} if bed else "", str(ward) if ward else "")
    where = ", ".join(filter(None, place))
    return Action(_(does), where, _lines(said, bed, ward), said.get("text", ""))


def _lines(said: QueryDict, bed: Bed | None, ward: Ward | None) -> list[tuple[str, str]]:
    found = [
        (_("Playlists"), _titles(said)),
        (_("Settings"), _rules(said, bed)),
        (_("Beds"), _beds(said, ward)),
        (_("Track"), _track(said)),
        *told({name: said.getlist(name) for name in said}),
        (_("Comforting, in words"), said.get("comforts", "")),
        (_("Upsetting or painful, in words"), said.get("hurts", "")),
    ]
    return [(name, words) for name, words in found if words]


def _titles(said: QueryDict) -> str:
    slugs = said.getlist("playlist")
    titles = dict(Playlist.objects.filter(slug__in=slugs).values_list("slug", "title"))
    return ", ".join(titles[slug] for slug in slugs if slug in titles)


def _rules(said: QueryDict, bed: Bed | None) -> str:
    form = rules_form(bed, assigning.newest(bed), assigning.rules_of(bed), said) if bed is not None else None
    if form is None or not form.is_valid():
        return ""
    rules = form.rules(timezone.now())
    return summary(rules, rules)[1]


def _beds(said: QueryDict, ward: Ward | None) -> str:
    keys = [key for one in said.getlist("bed") if (key := number(one)) is not None]
    beds: Any = Bed.objects.filter(pk__in=keys, room__ward=ward).select_related("room") if ward is not None else ()
    return ", ".join(str(bed) for bed in beds)


def _track(said: QueryDict) -> str:
    return Track.objects.filter(pk=said.get("track", "")).values_list("title", flat=True).first() or ""


def _query(kept: Kept) -> QueryDict:
    said = QueryDict(mutable=True)
    for name, value in kept.fields:
        said.appendlist(name, value)
    return said
