"""Fills the playlists from a music folder. The same folder twice changes nothing. Knows no bed."""

from collections import Counter
from pathlib import Path

from django.db import transaction

import playlists
from playlists.index import Library
from ward.music.about import NO_LYRICS, joined
from ward.music.models import Playlist, PlaylistTrack, Track

INSTRUMENTS_NAMED = 2


def load_playlists(folder: Path) -> int:
    """Every playlist of the folder that has a rendered track, in one transaction; says how many there are.

    Raises playlists.PlaylistError, one line, where the folder has no index or a broken one.
    """
    found = [playlist for playlist in Library.open(folder).playlists() if _rendered(playlist)]
    with transaction.atomic():
        for playlist in found:
            _load(playlist)
    return len(found)


def _rendered(playlist: playlists.Playlist) -> list[Track]:
    """A track that was never rendered is left out: what can play, plays."""
    return [
        Track(sha256=track.sha256, title=track.title, seconds=track.seconds)
        for track in playlist.tracks
        if track.sha256 is not None and track.seconds is not None
    ]


def _about(playlist: playlists.Playlist) -> str:
    """The playlist in a few words from its tracks' tags: "no lyrics, harp and rain"."""
    sung = [track.tags.lyrics for track in playlist.tracks]
    words = [NO_LYRICS] if sung and all(lyrics is False for lyrics in sung) else []
    counted = Counter(name for track in playlist.tracks for name in track.tags.instruments)
    names = [name for name, _ in counted.most_common(INSTRUMENTS_NAMED)]
    return joined([words, names])


def _load(playlist: playlists.Playlist) -> None:
    tracks = _rendered(playlist)
    Track.objects.bulk_create(
        tracks, update_conflicts=True, unique_fields=["sha256"], update_fields=["title", "seconds"]
    )
    row, _ = Playlist.objects.update_or_create(
        slug=playlist.slug,
        defaults={
            "title": playlist.title,
            "label": playlist.label,
            "purpose": playlist.purpose,
            "arc": playlist.arc,
            "about": _about(playlist),
        },
    )
    wanted = [(place, track.sha256) for place, track in enumerate(tracks, 1)]
    if list(row.places.order_by("place").values_list("place", "track_id")) != wanted:
        row.places.all().delete()
        PlaylistTrack.objects.bulk_create(
            PlaylistTrack(playlist=row, place=place, track_id=sha256) for place, sha256 in wanted
        )
