"""Fills the sets from a music folder. The same folder twice changes nothing. Knows no bed."""

from collections import Counter
from pathlib import Path

from django.db import transaction

import playlists
from playlists.index import Library
from ward.music.models import MusicSet, Piece, SetPiece

INSTRUMENTS_NAMED = 2


def load_sets(folder: Path) -> int:
    """Every set of the folder that has a rendered piece, in one transaction; says how many there are.

    Raises playlists.PlaylistError, one line, where the folder has no index or a broken one.
    """
    found = [music_set for music_set in Library.open(folder).sets() if _rendered(music_set)]
    with transaction.atomic():
        for music_set in found:
            _load(music_set)
    return len(found)


def _rendered(music_set: playlists.MusicSet) -> list[Piece]:
    """A piece that was never rendered is left out: what can play, plays."""
    return [
        Piece(sha256=piece.sha256, title=piece.title, seconds=piece.seconds)
        for piece in music_set.pieces
        if piece.sha256 is not None and piece.seconds is not None
    ]


def _about(music_set: playlists.MusicSet) -> str:
    """The set in a few words from its pieces' tags: "no lyrics, harp and rain"."""
    sung = [piece.tags.lyrics for piece in music_set.pieces]
    words = ["no lyrics"] if sung and all(lyrics is False for lyrics in sung) else []
    counted = Counter(name for piece in music_set.pieces for name in piece.tags.instruments)
    names = [name for name, _ in counted.most_common(INSTRUMENTS_NAMED)]
    return ", ".join([*words, *([" and ".join(names)] if names else [])])


def _load(music_set: playlists.MusicSet) -> None:
    pieces = _rendered(music_set)
    Piece.objects.bulk_create(
        pieces, update_conflicts=True, unique_fields=["sha256"], update_fields=["title", "seconds"]
    )
    row, _ = MusicSet.objects.update_or_create(
        slug=music_set.slug,
        defaults={
            "title": music_set.title,
            "label": music_set.label,
            "purpose": music_set.purpose,
            "arc": music_set.arc,
            "about": _about(music_set),
        },
    )
    wanted = [(place, piece.sha256) for place, piece in enumerate(pieces, 1)]
    if list(row.places.order_by("place").values_list("place", "piece_id")) != wanted:
        row.places.all().delete()
        SetPiece.objects.bulk_create(SetPiece(music_set=row, place=place, piece_id=sha256) for place, sha256 in wanted)
