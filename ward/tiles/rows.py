"""Reads the rows that beds' faces are drawn from, in a fixed number of queries however many beds. Judges nothing."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import OuterRef, QuerySet, Subquery

from messages.wire import Verb
from ward.assignments.models import Assignment
from ward.beds.models import Bed, Ward
from ward.fleet.models import Command, Device
from ward.music.models import Playlist
from ward.notes.models import Note
from ward.tiles.status import PlaylistFacts, Rows
from ward.usage.models import Session

# A large ward: no column is read that no face needs.
HEARD = ("session", "started_at", "heard_s", "playlist_slug")
UNSEEN = [f"device__{name}" for name in ("health", "health_at", "software", "boot", "log_id", "now_boot", "unsent")]


def rows_of_ward(ward: Ward) -> list[Rows]:
    """All beds of a ward in the board's order: room by room, always the same."""
    return _rows(Bed.objects.open().filter(room__ward=ward).order_by("room__position", "letter"))


def rows_of_bed(bed: Bed) -> Rows:
    """The rows of one bed."""
    return _rows(Bed.objects.filter(pk=bed.pk))[0]


def _rows(beds: QuerySet[Bed]) -> list[Rows]:
    newest = Assignment.objects.filter(bed=OuterRef("pk")).order_by("-version").values("pk")[:1]
    # Only this stay's sessions: what the last patient heard is private.
    last = Session.objects.filter(stay=OuterRef("stay")).order_by("-started_at").values("pk")[:1]
    note = Note.objects.filter(stay=OuterRef("stay")).values("pk")[:1]
    stops = Command.objects.filter(device__bed=OuterRef("pk"), verb=Verb.STOP).order_by("-issued_at").values("pk")[:1]
    found = list(
        beds.select_related("room", "device")
        .defer(*UNSEEN)
        .annotate(newest_pk=Subquery(newest), last_pk=Subquery(last), stop_pk=Subquery(stops), note_pk=Subquery(note))
    )
    assignments = _assignments([bed.newest_pk for bed in found])
    sessions = Session.objects.only(*HEARD).in_bulk([bed.last_pk for bed in found])
    commands = Command.objects.in_bulk([bed.stop_pk for bed in found])
    notes = Note.objects.select_related("written_by").in_bulk([bed.note_pk for bed in found])
    playlists = playlist_facts()
    return [
        Rows(
            bed=bed,
            device=_device(bed),
            assignment=assignments.get(bed.newest_pk),
            last=sessions.get(bed.last_pk),
            stop=commands.get(bed.stop_pk),
            note=notes.get(bed.note_pk),
            playlists=playlists,
        )
        for bed in found
    ]


def _assignments(keys: Sequence[int | None]) -> dict[int, Assignment]:
    """By key; only what is still being sent is read whole, since only its tile names a playlist."""
    found = Assignment.objects.defer("message").in_bulk(keys)
    waiting = [key for key, row in found.items() if row.applied_at is None]
    for key, message in Assignment.objects.filter(pk__in=waiting).values_list("pk", "message"):
        found[key].message = message
    return found


def playlist_facts() -> Mapping[str, PlaylistFacts]:
    """Title, purpose and arc of each playlist that the ward knows, by slug."""
    rows: Iterable[tuple[str, str, str, str]] = Playlist.objects.values_list("slug", "title", "purpose", "arc")
    return {slug: PlaylistFacts(title, purpose, arc) for slug, title, purpose, arc in rows}


def _device(bed: Bed) -> Device | None:
    return getattr(bed, "device", None)  # the reverse side of a one-to-one raises where there is none
