"""Finds pieces by the words of their titles. Reads rows, writes none."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from ward.music.models import Piece

SHOWN_MOST = 20


@dataclass(frozen=True, slots=True)
class Found:
    """Pieces and the sets that hold them; `more`: there are others, so that the words should be narrower."""

    pieces: list[tuple[Piece, str]]
    more: bool


def find(words: str, without: Collection[str]) -> Found | None:
    """None where nothing is looked for. Two queries."""
    sought = words.split()
    if not sought:
        return None
    every = Q()
    for word in sought:
        every &= Q(title__icontains=word)
    rows = Piece.objects.filter(every).exclude(pk__in=without).order_by("title", "pk")
    pieces = list(rows.prefetch_related("setpiece_set__music_set")[: SHOWN_MOST + 1])
    told = [(piece, _sets(piece)) for piece in pieces[:SHOWN_MOST]]
    return Found(told, len(pieces) > SHOWN_MOST)


def _sets(piece: Piece) -> str:
    return ", ".join(dict.fromkeys(place.music_set.title for place in piece.setpiece_set.all()))
