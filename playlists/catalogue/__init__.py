"""The starter playlists, as TOML beside this file; knows which tracks they name, not where the tracks are."""

from playlists.format import Playlist, parse_playlist

# The order in which CHOOSE offers them on a box that nobody has assigned anything.
STARTER_SLUGS = ("calm", "sleep", "garden")


def catalogue_playlists() -> tuple[Playlist, ...]:
    """The starter playlists, with tracks named by slug and not yet resolved. Reads package files; any thread."""
    from importlib import resources  # a third of this package's start, and the rules never read a file

    folder = resources.files(__name__)
    return tuple(_read(folder.joinpath(f"{slug}.toml").read_text("utf-8"), slug) for slug in STARTER_SLUGS)


def _read(text: str, slug: str) -> Playlist:
    return parse_playlist(text, f"{slug}.toml")
