"""The starter sets, as TOML beside this file; knows which pieces they name, not where the pieces are."""

from playlists.format import MusicSet, parse_set

# The order in which CHOOSE offers them on a box that nobody has assigned anything.
STARTER_SLUGS = ("calm", "sleep", "garden")


def catalogue_sets() -> tuple[MusicSet, ...]:
    """The starter sets, with pieces named by slug and not yet resolved. Reads package files; any thread."""
    from importlib import resources  # a third of this package's start, and the rules never read a file

    folder = resources.files(__name__)
    return tuple(_read(folder.joinpath(f"{slug}.toml").read_text("utf-8"), slug) for slug in STARTER_SLUGS)


def _read(text: str, slug: str) -> MusicSet:
    return parse_set(text, f"{slug}.toml")
