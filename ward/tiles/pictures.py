"""Server-drawn pictures as SVG: a playlist's arc, the level's bars, the shapes. Pure; colours are the style sheet's."""

import math
from collections.abc import Callable
from dataclasses import dataclass

WIDTH, HEIGHT = 150.0, 30.0
STEPS = 48
BARS_DBA = (40, 46, 52, 58, 64, 65)  # a bar is for levels up to this
SLEEP_KNEE = 0.78  # from here the last ten minutes of 45 go to silence


def _u(x: float) -> float:
    """Comfort: down to its calmest in the middle, then most of the way up again."""
    return 23 - 19 * ((x - 0.53) / 0.53) ** 2 if x <= 0.53 else 23 - 14.4 * ((x - 0.53) / 0.47) ** 2


def _descending(x: float) -> float:
    """Sleep: slowly down, then to zero."""
    return 5 + 7 * x / SLEEP_KNEE if x <= SLEEP_KNEE else 12 + 16 * ((x - SLEEP_KNEE) / (1 - SLEEP_KNEE)) ** 0.9


def _wave(x: float) -> float:
    """Continuous music, and what has no arc: a slow wave."""
    return 14.5 - 4.5 * math.sin(x * 4 * math.pi)


ARCS: dict[str, Callable[[float], float]] = {"u": _u, "descending": _descending, "wave": _wave, "flat": _wave}


@dataclass(frozen=True, slots=True)
class ArcPicture:
    """Points of the past, its area, the rest and the dot, in a box of 150 x 30; `dotted`: the rest has no known end."""

    past: str
    area: str
    rest: str
    dot: str
    dotted: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the level: `kind` is now (filled), may (outlined) or over (a dot over the cap)."""

    x: float
    y: float
    height: float
    kind: str


def arc_picture(arc: str, progress: float) -> ArcPicture:
    """The arc of a playlist, past up to `progress` (0 to 1). An arc that is not known is drawn as a wave."""
    shape = ARCS.get(arc, _wave)
    at = min(1.0, max(0.0, progress))
    past = [_point(shape, at * step / STEPS) for step in range(STEPS + 1)]
    rest = [_point(shape, at + (1 - at) * step / STEPS) for step in range(STEPS + 1)]
    corners = f"{_number(at * WIDTH)},{_number(HEIGHT)} 0,{_number(HEIGHT)}"
    dot = past[-1].replace(",", " ")
    return ArcPicture(" ".join(past), f"{' '.join(past)} {corners}", " ".join(rest), f"M{dot}h.01", arc == "wave")


def bars(level_dba: float, cap_dba: float) -> tuple[Bar, ...]:
    """Six bars: filled up to the level now, outlined up to the cap, dots over it. Levels in dB(A)."""
    lows = (0, *BARS_DBA[:-1])
    return tuple(_bar(place, low, level_dba, cap_dba) for place, low in enumerate(lows))


def _bar(place: int, low: float, level_dba: float, cap_dba: float) -> Bar:
    x = 0.75 + place * 6.4
    if low >= cap_dba:
        return Bar(x, 18.5, 2.5, "over")
    height = 6.0 + place * 3.0
    return Bar(x, 21 - height, height, "now" if low < level_dba else "may")


def _point(shape: Callable[[float], float], x: float) -> str:
    return f"{_number(x * WIDTH)},{_number(shape(x))}"


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


# 20 x 20, stroke 2, round ends; what is filled carries class f.
SHAPES = {
    "sound": '<circle class="f" cx="5" cy="10" r="2.6"/>'
    '<path d="M9.6 6a5.6 5.6 0 0 1 0 8M13.2 3.2a9.6 9.6 0 0 1 0 13.6"/>',
    "moon": '<path class="f" d="M16.6 12.3A7.2 7.2 0 0 1 7.7 3.4a7.2 7.2 0 1 0 8.9 8.9z"/>',
    "candle": (
        '<path class="f" d="M10 .8c2.2 2.7 3.3 4.3 3.3 6.1a3.3 3.3 0 0 1-6.6 0c0-1.8 1.1-3.4 3.3-6.1z"/>'
        '<path class="f" d="M7 12h6v7.2H7z"/>'
    ),
    "rest": '<path d="M3 14h14"/><rect class="f" x="6" y="8.6" width="8" height="5.4"/>',
    "waiting": '<circle cx="10" cy="10" r="7" stroke-dasharray="3.2 3.1"/>',
    "broken": '<path d="M1.5 10h4.6M13.9 10h4.6M7.8 14.2l1.4-8.4M10.8 14.2l1.4-8.4"/>',
    "stop": '<rect class="f" x="3.5" y="3.5" width="13" height="13" rx="1.6"/>',
    "diamond": (
        '<path class="f" fill-rule="evenodd" d="M10 .9 19.1 10 10 19.1.9 10zM9 5.4v5.8h2V5.4zm0 7.2v2h2v-2z"/>'
    ),
    "ready": '<rect x="3" y="5" width="14" height="10" rx="1.5" stroke-dasharray="2.6 2.8"/>',
    "check": '<path d="M4 10.6 8.2 15 16 5.6"/>',
    "sun": (
        '<circle class="f" cx="10" cy="10" r="3.6"/><path d="M10 1.4v2M10 16.6v2M1.4 10h2M16.6 10h2M3.9 3.9l1.4 1.4'
        'M14.7 14.7l1.4 1.4M16.1 3.9l-1.4 1.4M5.3 14.7l-1.4 1.4"/>'
    ),
    "left": '<path d="M12.5 4 6.5 10l6 6"/>',
    "cross": '<path d="M5 5l10 10M15 5 5 15"/>',
    "right": '<path d="M7.5 4l6 6-6 6"/>',
    "down": '<path d="M4.5 7.5l5.5 5.5 5.5-5.5"/>',
    "undo": '<path d="M7.5 4 4 7.5 7.5 11M4.4 7.5h7a4.3 4.3 0 0 1 0 8.6H9"/>',
    "silence": '<circle class="f" cx="5" cy="10" r="2.6"/><path d="M9.6 6a5.6 5.6 0 0 1 0 8M13.4 9l2.6 2.8L18.6 9"/>',
    "pin": '<path d="M10 18.2c3.8-4.5 5.6-7.3 5.6-10a5.6 5.6 0 0 0-11.2 0c0 2.7 1.8 5.5 5.6 10z"/>'
    '<circle class="f" cx="10" cy="8.2" r="1.9"/>',
    "search": '<circle cx="8.6" cy="8.6" r="5.4"/><path d="M12.8 12.8 17 17"/>',
    "note": '<path d="M4 3h12v9.5L11.5 17H4zM16 12.5h-4.5V17"/>',
    "print": '<path d="M6 7.5V3h8v4.5M6 14H3.5V7.5h13V14H14M6 11.5h8V17H6z"/>',
    "info": '<circle cx="10" cy="10" r="7.6"/><path d="M10 9.4v4.4M10 6.4v.1"/>',
    "plus": '<path d="M10 3.5v13M3.5 10h13"/>',
    "up": '<path d="M4.5 12.5l5.5-5.5 5.5 5.5"/>',
    "menu": '<path d="M3 5h14M3 10h14M3 15h14"/>',
}  # fmt: skip
BIRD = (
    "M4.5 19.5c5 0 8-3.2 8-8.5a4.2 4.2 0 0 1 8-1.8l3.5.9-3.3 1.6c.2 6.3-3.7 10-9.2 10-2.9 0-5.3-.9-7-2.2zM16.8 9.5"
    "a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.2z"
)
