"""What the self-test says of one part. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What one part said. `needed`: without it no music plays; `hint`: nothing is wrong, but it should be known."""

    part: str
    well: bool
    line: str
    needed: bool = False
    hint: bool = False
