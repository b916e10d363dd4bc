"""Which sets a bed may be offered, of those that were given and of the built-in ones. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from device.rules.events import BedSet


def offered(
    given: tuple[BedSet, ...], builtin: tuple[BedSet, ...], held: frozenset[str], never_play: frozenset[str]
) -> tuple[BedSet, ...]:
    """The given sets that are whole on the box, else what of them can play, else the built-in ones. `held`: the hashes
    of the pieces on the box; `never_play`: of those that no set may play at this bed."""
    allowed = tuple(_without(music, never_play) for music in given)
    whole = tuple(music for music in allowed if music.pieces and _cut(music, held) == music)
    return whole or playable(allowed, held) or playable(builtin, held - never_play)


def playable(sets: Iterable[BedSet], held: frozenset[str]) -> tuple[BedSet, ...]:
    """The sets with only the pieces that are on the box; a set without any is left out."""
    return tuple(music for music in (_cut(music, held) for music in sets) if music.pieces)


def _cut(music: BedSet, held: frozenset[str]) -> BedSet:
    return replace(music, pieces=tuple(piece for piece in music.pieces if piece.sha256 in held))


def _without(music: BedSet, never_play: frozenset[str]) -> BedSet:
    return replace(music, pieces=tuple(piece for piece in music.pieces if piece.sha256 not in never_play))
