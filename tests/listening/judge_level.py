"""Holds the level that the box says against the gain of what sounds, and its cap against the sound level. Pure."""

import math
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tests.listening.judge_music import strong_parts
from tests.listening.records import FULL_SCALE_DBA, RATE_HZ, WINDOW, WINDOW_S, Disagreement, Heard, Record
from tests.listening.timeline import Timeline
from tests.listening.tracks import Track
from tests.listening.weighting import pink_a_db, running_means

LEVEL_DB = 1.0  # the box's gain is exact; 16 bits and a window's middle cost some tenths
SETTLING_S = 0.6  # a fall is heard within 0.1 s; 0.2 s between looks, and the same again for the window
CROSSING_S = 5.0  # of sound: 4 s, and what SETTLING_S is for
START_BELOW_DB = -21.0
RISE_DB_PER_S, NIGHT_RISE_DB_PER_S = 2.8, 0.95  # by design 3 (and 20 dB in 5 s) by day, 1 by night; a little less
START_MOST_DB = -19.0
MOST_DB_PER_S, MOST_DAY_DB_PER_S, MOST_NIGHT_DB_PER_S = 3.2, 4.2, 1.1  # of a level, of a start by day and by night
TOLD_S = 1.5  # of sound: by then the box says the level of the start, and not that of before
BROKE_OFF_S = 3.0  # what was silent for less may come back as it was heard
HELD_FROM_DB = 1.6  # under the cap: from here on the box may hold music back
RELEASE_DB_PER_S = 0.9  # by design 1
AHEAD_WINDOWS = 18  # 4.5 s: so long before it must the box begins to hold music back,
AHEAD_DB_PER_S = 3.2  # and no faster than this
CAP_DB = 0.5
CAP_GRACE_S = 0.8
LOUD_WINDOWS, QUIET_WINDOWS = 2, 8  # 0.5 s, 2 s
DROP = 0.2  # a start after a stop is so much softer than what stopped, and a crossfade at its begin is not
FAINT_RMS = 1.5  # steps of 16 bits: under this a gain is not exact
CLOSING_S = {"sleep": 600.0}  # how long the closing fade of a playlist lasts
CLOSING_OTHERS_S = 60.0
SHAPE_DB = pink_a_db()


@dataclass(frozen=True, slots=True)
class _Wait:
    """A window that is judged when the seconds after it are known. `over_db`: what it would be over the cap."""

    at: float
    sounds_dba: float
    level_dba: float
    expected_dba: float
    over_db: float
    judged: bool


class _Rise:
    """The most that the level can have reached by now: a start from 20 dB below, a raised level at 3 dB/s."""

    def __init__(self) -> None:
        self._began = -round(TOLD_S * RATE_HZ)  # frame
        self._silent_s = BROKE_OFF_S - WINDOW_S  # who begins to listen while music plays heard no start
        self._pace = MOST_DB_PER_S
        self._level_dba = self._most_dba = math.inf

    def most_dba(self, heard: Heard, level_dba: float, *, is_night: bool) -> float:
        """At this window, of which the box says a level."""
        if heard.is_zero:
            self._silent_s += WINDOW_S
            return self._most_dba
        if self._silent_s >= BROKE_OFF_S:
            self._began, self._pace = heard.frame, MOST_NIGHT_DB_PER_S
        self._silent_s = 0.0
        sounded_s = (heard.frame - self._began) / RATE_HZ
        if sounded_s < TOLD_S:
            self._pace = self._pace if is_night else MOST_DAY_DB_PER_S
            self._most_dba = level_dba + START_MOST_DB + self._pace * (sounded_s + WINDOW_S)
        elif level_dba > self._level_dba:
            self._pace = max(self._pace, MOST_DB_PER_S)
        self._level_dba = level_dba
        self._most_dba = min(level_dba, self._most_dba + self._pace * WINDOW_S)
        if self._most_dba == level_dba:
            self._pace = MOST_DB_PER_S
        return self._most_dba


class LevelJudge:
    """Judges one box's record, window after window."""

    def __init__(self, record: Record, tracks: Mapping[str, Track]) -> None:
        self._record = record
        self._time = Timeline(record)
        self._tracks = tracks
        self._windows = 0
        self._least_dba = 0.0  # what a start or a raised level must have reached by now
        self._level_dba = -math.inf
        self._held_db = 0.0  # by how much the cap may still hold it back
        self._waiting: deque[_Wait] = deque()
        self._was_silent = True
        self._is_slow = False
        self._loud = self._quiet = self._fast = 0
        self._rise = _Rise()
        self._over = False
        self._energies: list[float] = []
        self._crossed = -math.inf  # the frame at which the box went over to another track
        self._track: object = None
        self._rms = 0.0

    def judge(self, until: float) -> Iterator[Disagreement]:
        """Everything up to a time; what the box said a second later must be there already."""
        heard = self._record.heard
        while self._windows < len(heard) and heard[self._windows].ends_at <= until:
            one = heard[self._windows]
            self._windows += 1
            yield from self._cap(one)
            yield from self._level(one)

    def _cap(self, heard: Heard) -> Iterator[Disagreement]:
        """No 100 ms above the cap, whatever plays."""
        self._energies = [*self._energies[-1:], *heard.energies]
        caps = list(self._time.values(heard.at - CAP_GRACE_S, heard.ends_at + SETTLING_S, "cap_dba"))
        if not caps:
            return
        loudest_dba = dba(float(running_means(np.array(self._energies), 2).max(initial=0.0)))
        was_over, self._over = self._over, loudest_dba > max(caps) + CAP_DB
        if self._over and not was_over:
            yield Disagreement("over the cap", heard.at, f"{loudest_dba:.1f} dB(A) over 100 ms, the cap is {max(caps)}")

    def _level(self, heard: Heard) -> Iterator[Disagreement]:
        levels = list(self._time.values(heard.at - SETTLING_S, heard.ends_at + SETTLING_S - WINDOW_S, "level_dba"))
        near = self._time.around(heard.at - SETTLING_S, heard.ends_at + SETTLING_S)
        if not levels or not near:
            return
        if not all(one.playing for one in near) or self._begins_softly(heard):
            self._was_silent = True  # a stop and a start may lie so near that no window is silent
        self._follow(heard, min(levels), near[-1].told)
        most_dba = self._rise.most_dba(heard, max(levels), is_night=all(bool(one.told.get("night")) for one in near))
        parts = strong_parts(heard)
        if not parts or heard.torn or heard.rest > max(0.6, 0.05 * heard.rms):
            return
        # All are brought to what pink noise would assign; the level is what remains of each one's gain.
        trims_db = [SHAPE_DB - self._tracks[part.sha256].level_db for part in parts]
        power = sum(10 ** ((part.gain_db - trim_db) / 10) for part, trim_db in zip(parts, trims_db, strict=True))
        sounds_dba = 10 * math.log10(power) + FULL_SCALE_DBA
        yield from self._too_loud(heard, sounds_dba, max(levels))
        yield from self._too_fast(heard, sounds_dba, most_dba)
        yield from self._too_quiet(heard, sounds_dba, min(levels), near[-1].told, len(parts))

    def _begins_softly(self, heard: Heard) -> bool:
        """A session began, and what sounded before is gone at once: nobody asked the box between stop and start."""
        before, self._rms = self._rms, heard.rms
        begins = (one.at for one in self._record.entries if one.kind == "session_started")
        return heard.rms < DROP * before and any(abs(at - heard.at) < SETTLING_S for at in begins)

    def _follow(self, heard: Heard, level_dba: float, told: Mapping[str, object]) -> None:
        """What the level must have reached: a start rises from 20 dB below, a raised level at 3 dB/s."""
        if heard.is_zero:
            self._was_silent = True
        elif self._was_silent:
            self._was_silent, self._least_dba = False, level_dba + START_BELOW_DB
        # A level that falls within a rise takes the rise down with it.
        self._least_dba, self._level_dba = self._least_dba - max(0.0, self._level_dba - level_dba), level_dba
        if self._least_dba >= level_dba:
            self._is_slow = False
        self._is_slow |= bool(told.get("night"))  # a rise that began by night keeps its pace when the day comes
        rate = NIGHT_RISE_DB_PER_S if self._is_slow else RISE_DB_PER_S
        self._least_dba = min(level_dba, self._least_dba + rate * WINDOW_S)
        if told.get("track") != self._track:
            self._track, self._crossed = told.get("track"), heard.frame + WINDOW

    def _too_loud(self, heard: Heard, sounds_dba: float, level_dba: float) -> Iterator[Disagreement]:
        self._loud = self._loud + 1 if sounds_dba > level_dba + LEVEL_DB and heard.rms > FAINT_RMS else 0
        if self._loud == LOUD_WINDOWS:
            yield Disagreement("louder than it says", heard.at, f"gain of {sounds_dba:.1f} dB(A), says {level_dba:.1f}")

    def _too_fast(self, heard: Heard, sounds_dba: float, most_dba: float) -> Iterator[Disagreement]:
        self._fast = (
            self._fast + 1 if not self._loud and sounds_dba > most_dba + LEVEL_DB and heard.rms > FAINT_RMS else 0
        )
        if self._fast == LOUD_WINDOWS:
            words = f"gain of {sounds_dba:.1f} dB(A), at most {most_dba:.1f} by now"
            yield Disagreement("rises too fast", heard.at, words)

    def _too_quiet(
        self, heard: Heard, sounds_dba: float, level_dba: float, told: Mapping[str, object], parts: int
    ) -> Iterator[Disagreement]:
        missing_db = level_dba - sounds_dba
        cap_dba = float(str(told.get("cap_dba") or 0.0))
        unheld_dba = dba(float(running_means(np.array(heard.energies), 2).max(initial=0.0))) + max(0.0, missing_db)
        over_db = unheld_dba - (cap_dba - HELD_FROM_DB)
        crosses = heard.frame < self._crossed + CROSSING_S * RATE_HZ or parts > 1 or not told.get("playing")
        judged = not crosses and heard.rms >= FAINT_RMS
        expected_dba = self._least_dba - closing_db(told)
        self._waiting.append(_Wait(heard.at, sounds_dba, level_dba, expected_dba, over_db, judged))
        while self._waiting[-1].at - self._waiting[0].at > AHEAD_WINDOWS * WINDOW_S:
            yield from self._judge_quiet(self._waiting.popleft())

    def _judge_quiet(self, wait: "_Wait") -> Iterator[Disagreement]:
        """What came after it is known by now: the box holds music back before it must."""
        coming_db = [one.over_db - AHEAD_DB_PER_S * (one.at - wait.at) for one in self._waiting]
        self._held_db = max(self._held_db - RELEASE_DB_PER_S * WINDOW_S, wait.over_db, *coming_db, 0.0)
        expected_dba = wait.expected_dba - self._held_db
        self._quiet = self._quiet + 1 if wait.judged and wait.sounds_dba < expected_dba - LEVEL_DB else 0
        if self._quiet == QUIET_WINDOWS:
            words = (
                f"gain of {wait.sounds_dba:.1f} dB(A), says {wait.level_dba:.1f}, at least {expected_dba:.1f} by now"
            )
            yield Disagreement("quieter than it says", wait.at, words)


def closing_db(told: Mapping[str, object]) -> float:
    """By how much the closing fade lowers the music: straight in dB to 60 below at its end; 1 dB of grace in it."""
    left_s = float(str(told.get("left_s") or 0.0))
    fade_s = CLOSING_S.get(str(told.get("playlist_slug")), CLOSING_OTHERS_S)
    return 0.0 if not 0.0 < left_s < fade_s + 1.0 else 60.0 * (1.0 - max(0.0, left_s - 1.0) / fade_s) + 1.0


def dba(mean_square: float) -> float:
    """At the pillow, of the A-weighted mean square of one channel."""
    return FULL_SCALE_DBA - SHAPE_DB + 10 * math.log10(max(mean_square, 1e-16))
