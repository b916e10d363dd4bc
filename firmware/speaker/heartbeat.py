"""One heartbeat of a player; a plain value."""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The player was alive at `at` (monotonic seconds). `play_id`: what was heard then, `position_s` into its track, at
    `heard_dba`: its level and rise, without the closing fade (minus infinity in silence).

    `late_rewrites`, `buffer_underruns`, `underruns`: since this player was born; `cpu_s`, `waited_s`: see `Vitals`.
    `obeyed`: how many commands it has taken since it was born.
    `repeats_at`: without another heartbeat the ring comes round then, and old sound with it; infinity in silence.
    """

    at: float = 0.0
    play_id: int | None = None
    position_s: float = 0.0
    heard_dba: float = -inf
    late_rewrites: int = 0
    buffer_underruns: int = 0
    underruns: int = 0
    cpu_s: float = 0.0
    waited_s: float = 0.0
    repeats_at: float = inf
    obeyed: int = 0
