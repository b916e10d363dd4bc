"""What the screen should show, as plain numbers and words; two equal views are the same pixels. Knows no pixel."""

from dataclasses import dataclass
from enum import StrEnum

from messages import Change, Question


class Scene(StrEnum):
    """The screens of the box (docs/bedside.md numbers them)."""

    BOOT = "boot"
    READY = "ready"
    DARK = "dark"
    REMINDER = "reminder"
    PLAYING = "playing"
    NEXT = "next"
    VOLUME = "volume"
    CHOOSING = "choosing"
    SLEEP = "sleep"
    TIME_LEFT = "time_left"
    NIGHT = "night"
    VIGIL = "vigil"
    ON_ITS_WAY = "on_its_way"
    QUESTION = "question"
    ANSWER = "answer"
    THANKS = "thanks"
    NO_SOUND = "no_sound"
    NO_MUSIC = "no_music"
    CLEANING = "cleaning"
    HERE = "here"
    METER = "meter"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class View:
    """One screen. Only what its scene uses is set.

    `word`: the large word, a playlist's label; `language`: of all other words, two letters; `minutes`: of the
    session, rounded up; `progress`: 0..1000, of the track (playing) or of the moon's way (sleep); `setting`: the moon
    goes down, the fade runs; `bars` of `bars_most`: the level, one a detent; `wall`: turned on at the cap; `place` of
    `places`: the playlist shown while choosing; `held` of `needed`: tracks on the box; `question`: what is asked, and
    of its answer `score` (0 to 10) or `change`; `seconds`: left of the cleaning's `seconds_most`; `reading_dba`: the
    meter's; `code`: end of the device's id. `inverted`: dark on light; `dimmed`: less light, against burn-in;
    `night`: the night's light and thin letters, nothing that moves.
    """

    scene: Scene
    word: str = ""
    language: str = "en"
    minutes: int = 0
    progress: int = 0
    setting: bool = False
    bars: int = 0
    bars_most: int = 0
    wall: bool = False
    place: int = 0
    places: int = 0
    held: int = 0
    needed: int = 0
    question: Question | None = None
    score: int | None = None
    change: Change | None = None
    seconds: int = 0
    seconds_most: int = 0
    reading_dba: int = 0
    code: str = ""
    inverted: bool = False
    dimmed: bool = False
    night: bool = False
