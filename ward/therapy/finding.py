"""Finds tracks by words of their titles. Reads rows, writes none."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from ward.music.models import Track

SHOWN_MOST = 20


@dataclass(frozen=True, slots=True)
class Found:
    """Tracks, each with its playlists; `more`: there are others that are not listed."""

    tracks: list[tuple[Track, str]]
    more: bool


def find(words: str, without: Collection[str]) -> Found | None:
    """None if there is nothing to search for. Takes two queries."""
    sought = words.split()
    if not sought:
        return None
    every = Q()
    for word in sought:
        every &= Q(title__icontains=word)
    rows = Track.objects.filter(every).exclude(pk__in=without).order_by("title", "pk")
    tracks = list(rows.prefetch_related("playlisttrack_set__playlist")[: SHOWN_MOST + 1])
    told = [(track, _playlists(track)) for track in tracks[:SHOWN_MOST]]
    return Found(told, len(tracks) > SHOWN_MOST)


def _playlists(track: Track) -> str:
    return ", ".join(dict.fromkeys(place.playlist.title for place in track.playlisttrack_set.all()))
