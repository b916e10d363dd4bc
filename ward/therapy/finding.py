"""Finds tracks by words of their titles, or playlist by playlist. Reads rows, writes none."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from ward.music.models import Playlist, PlaylistTrack, Track

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


def browsed(said: Mapping[str, str], without: Collection[str]) -> dict[str, Any]:
    """For the pages: what was looked for by `track` or by `browse`, a playlist's slug, and the playlists to look
    through. Takes three queries at most."""
    words, slug = said.get("track", ""), said.get("browse", "")
    return {
        "words": words,
        "browse": slug,
        "shelves": list(Playlist.objects.order_by("title").values_list("slug", "title")),
        "found": _of_playlist(slug, without) if slug else find(words, without),
    }


def _of_playlist(slug: str, without: Collection[str]) -> Found:
    """In the order in which they play."""
    places = PlaylistTrack.objects.filter(playlist__slug=slug).exclude(track__in=without).select_related("track")
    return Found([(place.track, "") for place in places], more=False)


def _playlists(track: Track) -> str:
    return ", ".join(dict.fromkeys(place.playlist.title for place in track.playlisttrack_set.all()))
