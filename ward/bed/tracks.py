"""The tracks that may be excluded for a bed, for its page. Reads rows, writes none."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from ward.assignments.models import Assignment
from ward.music.models import Track

SHOWN = 400  # more are found by a search


@dataclass(frozen=True, slots=True)
class TrackRow:
    """One track; `playlists`: titles of the playlists that have it."""

    sha256: str
    title: str
    playlists: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class Tracks:
    """What the page lists: what is excluded first, then the bed's tracks, then all others; `more` did not fit.
    `known`: every track that may be ticked; `titles`: of what is excluded."""

    rows: list[TrackRow]
    more: int
    known: frozenset[str]
    titles: str


def tracks_of(assignment: Assignment | None, held: Collection[str], ticked: Collection[str], words: str) -> Tracks:
    """The tracks of the playlists that are offered or on the bed, and those `held` back or `ticked`. `words` narrows
    what is not ticked. One query."""
    on_bed, kept = _hashes(assignment), set(ticked)
    titles, playlists = _named({*on_bed, *kept, *held})
    sought = words.casefold().split()
    wanted = [sha for sha in titles if sha in kept or all(word in titles[sha].casefold() for word in sought)]
    wanted.sort(key=lambda sha: (sha not in kept, sha not in on_bed, titles[sha].casefold()))
    shown = wanted[: max(SHOWN, len(kept))]
    rows = [TrackRow(sha, titles[sha], ", ".join(playlists[sha]), sha in kept) for sha in shown]
    barred = ", ".join(row.title for row in rows if row.ticked)
    return Tracks(rows, len(wanted) - len(shown), frozenset(titles), barred)


def _hashes(assignment: Assignment | None) -> set[str]:
    playlists = assignment.message.get("playlists") or () if assignment is not None else ()
    return {track["sha256"] for held in playlists for track in held["tracks"]}


def _named(named: Collection[str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Of the tracks of playlists that are offered, and of those that are named: title, and the titles of their
    playlists."""
    titles: dict[str, str] = {}
    playlists: dict[str, list[str]] = {}
    found = Track.objects.filter(Q(playlisttrack__playlist__offered=True) | Q(pk__in=named))
    for sha, title, of_playlist in found.distinct().values_list("sha256", "title", "playlisttrack__playlist__title"):
        titles[sha] = title
        playlists.setdefault(sha, []).extend([of_playlist] if of_playlist else [])
    return titles, {sha: sorted(found_in) for sha, found_in in playlists.items()}
