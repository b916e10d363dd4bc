"""What the self-test says of one part. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What one part said. `needed`: without it no music plays."""

    part: str
    well: bool
    line: str
    needed: bool = False
