"""What the glass should show, as plain numbers and words; two equal views are the same pixels. Knows no pixel."""

from dataclasses import dataclass
from enum import StrEnum


class Scene(StrEnum):
    """The screens of the box (docs/bedside.md numbers them)."""

    DARK = "dark"
    BOOT = "boot"
    READY = "ready"
    PLAYING = "playing"
    NEXT = "next"
    VOLUME = "volume"
    CHOOSING = "choosing"
    SLEEP = "sleep"
    TIME_LEFT = "time_left"
    NO_SOUND = "no_sound"
    HERE = "here"


@dataclass(frozen=True, slots=True)
class View:
    """One screen. Only what its scene uses is set.

    `word`: the large word; `minutes`: of the session, rounded up; `progress`: 0..1000, of the piece (playing) or of the
    moon's way (sleep); `setting`: the moon sets, the fade runs; `bars` of `bars_most`: the level, one a detent;
    `wall`: turned on at the cap; `place` of `places`: the set shown while choosing; `code`: end of the device's id;
    `inverted`: dark on light.
    """

    scene: Scene
    word: str = ""
    minutes: int = 0
    progress: int = 0
    setting: bool = False
    bars: int = 0
    bars_most: int = 0
    wall: bool = False
    place: int = 0
    places: int = 0
    code: str = ""
    inverted: bool = False
    dimmed: bool = False
