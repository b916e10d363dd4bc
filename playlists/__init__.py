"""What may be played: the format of sets, its checks, the starter music. Knows no box and no ward."""

from playlists.catalogue import catalogue_sets
from playlists.format import Arc, MusicSet, Piece, PlaylistError, Purpose, SetError, Tags, parse_set, write_set

__all__ = [
    "Arc",
    "MusicSet",
    "Piece",
    "PlaylistError",
    "Purpose",
    "SetError",
    "Tags",
    "catalogue_sets",
    "parse_set",
    "write_set",
]
