"""Which playlists stand on a bed. Reads no row."""

from ward.assignments.models import Assignment


def on_bed(assignment: Assignment | None) -> list[str]:
    """The slugs of what is assigned, in their order; empty where that has expired."""
    if assignment is None or assignment.expired_at is not None:
        return []
    return [held["slug"] for held in assignment.message.get("playlists") or ()]


def others(assignment: Assignment | None, slug: str) -> list[str]:
    """What would stay if `slug` were left out; empty where it is not on the bed."""
    held = on_bed(assignment)
    return [one for one in held if one != slug] if slug in held else []
