"""The demo's playlists: the starter ones, and more made of their tracks, so that there is something to choose from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from playlists.catalogue import STARTER_SLUGS, catalogue_playlists
from playlists.format import Arc, Purpose
from playlists.index import Library
from ward.music.loading import load_playlists
from ward.music.models import Playlist, PlaylistTrack


@dataclass(frozen=True, slots=True)
class Mixed:
    """One playlist of the demo alone, by the slugs of its tracks."""

    slug: str
    title: str
    label: str
    purpose: Purpose
    arc: Arc
    about: str
    tracks: tuple[str, ...]


MIXED = (
    Mixed("warm-rain", "Warm Rain", "Rain", Purpose.COMFORT, Arc.U, "no lyrics, rain and harp",
          ("moss-and-stone", "rain-on-the-water", "clear-shallows", "under-the-lime-tree")),
    Mixed("river-lights", "River Lights", "River", Purpose.COMFORT, Arc.U, "no lyrics, felt piano and harp",
          ("clear-shallows", "morning-gate", "lamps-on-the-quay", "small-boats-home", "warm-brick-wall")),
    Mixed("morning-room", "Morning Room", "Morning", Purpose.COMFORT, Arc.U, "no lyrics, harp and flute",
          ("morning-gate", "warm-brick-wall", "small-boats-home")),
    Mixed("sunday-kitchen", "Sunday Kitchen", "Kitchen", Purpose.MEMORIES, Arc.U, "no lyrics, harp and felt piano",
          ("warm-brick-wall", "under-the-lime-tree", "small-boats-home", "morning-gate")),
    Mixed("slow-lanterns", "Slow Lanterns", "Lantern", Purpose.SLEEP, Arc.DESCENDING, "no lyrics, pad and waves",
          ("lamps-on-the-quay", "lying-in-the-dunes", "ropes-at-rest", "harbour-asleep")),
    Mixed("long-water", "Long Water", "Water", Purpose.VIGIL, Arc.FLAT, "no lyrics, pad and waves",
          ("lying-in-the-dunes", "along-the-shore", "ropes-at-rest", "rain-on-the-water")),
)  # fmt: skip


def tracks_by_playlist() -> Mapping[str, tuple[str, ...]]:
    """The slugs of every playlist's tracks: what must be rendered before the playlist is whole."""
    starter = {one.slug: tuple(track.slug for track in one.tracks) for one in catalogue_playlists()}
    return starter | {one.slug: one.tracks for one in MIXED}


def load(music: Path) -> dict[str, Playlist]:
    """Every playlist of the demo, with the tracks that are rendered; a second time it adds those that came since.

    A playlist of which nothing is rendered yet has the first track that there is, so that its bed has music. Raises
    playlists.PlaylistError where the folder has no index.
    """
    load_playlists(music)
    library = Library.open(music)
    there = set(Playlist.objects.values_list("slug", flat=True))
    for one in (*(starter for starter in _starter() if starter.slug not in there), *MIXED):
        _load(one, library)
    return {row.slug: row for row in Playlist.objects.filter(slug__in=[*STARTER_SLUGS, *(one.slug for one in MIXED)])}


def _starter() -> Iterator[Mixed]:
    for one in catalogue_playlists():
        tracks = tuple(track.slug for track in one.tracks)
        yield Mixed(one.slug, one.title, one.label, one.purpose, one.arc, "", tracks)


def _load(one: Mixed, library: Library) -> None:
    row, _ = Playlist.objects.update_or_create(
        slug=one.slug,
        defaults={
            "title": one.title, "label": one.label, "purpose": one.purpose, "arc": one.arc, "about": one.about,
        },
    )  # fmt: skip
    known = {slug: held.sha256 for slug, held in library.recordings.items()}
    wanted = [known[slug] for slug in one.tracks if slug in known] or list(known.values())[:1]
    if list(row.places.order_by("place").values_list("track_id", flat=True)) != wanted:
        row.places.all().delete()
        PlaylistTrack.objects.bulk_create(
            PlaylistTrack(playlist=row, place=place, track_id=sha256) for place, sha256 in enumerate(wanted, 1)
        )
