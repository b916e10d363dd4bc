"""One beat of a player's pulse; a plain value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Beat:
    """The player was alive at `at` (monotonic seconds). `play_id`: what was heard then, `position_s` into its piece.

    `late_rewrites`, `starved_refills`: since this player was born.
    """

    at: float = 0.0
    play_id: int | None = None
    position_s: float = 0.0
    late_rewrites: int = 0
    starved_refills: int = 0
