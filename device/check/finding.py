"""The result of the self-test for one part. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """The result for one part. `needed`: no music plays without it; `hint`: nothing is wrong, but worth knowing."""

    part: str
    well: bool
    line: str
    needed: bool = False
    hint: bool = False
