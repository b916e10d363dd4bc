"""What may be played: the format of playlists, its checks, the starter music. Knows no box and no ward."""

from playlists.catalogue import catalogue_playlists
from playlists.format import (
    Arc,
    Playlist,
    PlaylistError,
    PlaylistFormatError,
    Purpose,
    Tags,
    Track,
    parse_playlist,
    write_playlist,
)

__all__ = [
    "Arc",
    "Playlist",
    "PlaylistError",
    "PlaylistFormatError",
    "Purpose",
    "Tags",
    "Track",
    "catalogue_playlists",
    "parse_playlist",
    "write_playlist",
]
