"""Which playlists a bed offers, from the assigned and the built-in ones. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from device.rules.events import BedPlaylist


def offered(
    given: tuple[BedPlaylist, ...], builtin: tuple[BedPlaylist, ...], held: frozenset[str], never_play: frozenset[str]
) -> tuple[BedPlaylist, ...]:
    """The assigned playlists that are complete on the box, else what can play, else the built-in ones. `held`: the
    hashes of the tracks on the box; `never_play`: of those that no playlist may play at this bed."""
    allowed = tuple(_without(music, never_play) for music in given)
    whole = tuple(music for music in allowed if music.tracks and _cut(music, held) == music)
    return whole or playable(allowed, held) or playable(builtin, held - never_play)


def playable(playlists: Iterable[BedPlaylist], held: frozenset[str]) -> tuple[BedPlaylist, ...]:
    """The playlists with only the tracks that are on the box; a playlist without any is left out."""
    return tuple(music for music in (_cut(music, held) for music in playlists) if music.tracks)


def _cut(music: BedPlaylist, held: frozenset[str]) -> BedPlaylist:
    return replace(music, tracks=tuple(track for track in music.tracks if track.sha256 in held))


def _without(music: BedPlaylist, never_play: frozenset[str]) -> BedPlaylist:
    return replace(music, tracks=tuple(track for track in music.tracks if track.sha256 not in never_play))
