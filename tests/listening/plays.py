"""The plays of a playlist as the log tells them, each at its place in the sound, and what it should be there. Pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tests.listening.fitting import Lock, Window, fit
from tests.listening.judge_level import SHAPE_DB
from tests.listening.originals import Original
from tests.listening.placing import Place, audible, mixed, place
from tests.listening.playing import Recording, Told
from tests.listening.records import FULL_SCALE_DBA, RATE_HZ, WINDOW
from tests.listening.tracks import SCALE, Track, gated_level_db

Samples = NDArray[np.float32]

CROSSFADE_S = 4.0
RISE_S, RISE_DB = 5.0, 20.0  # of a start from silence by day
SEARCHED_S = 4.0
SKIPPED_AFTER_S = 5.0  # so long a track that was left by NEXT may sound
STOP_S = 0.5  # the ramp of a stop, and the time until the log has it


@dataclass(slots=True)
class Play:
    """One play of one recording. `frames`: how much of it was to be heard; `begin`: the sink's frame of its first."""

    recording: Recording
    original: Original
    told_at: int
    place: Place | None = None
    frames: int = 0
    is_skipped: bool = False
    from_silence: bool = False

    @property
    def begin(self) -> int:
        """Of its first frame, where it was found; else where the log says."""
        return self.place.begin if self.place else self.told_at

    @property
    def mono(self) -> Samples:
        """All of it in the mix that was heard, in steps of 16 bits."""
        assert self.place is not None
        return self.place.mono

    @property
    def crossing(self) -> int:
        """Frames of a crossfade: at most half of the recording."""
        return round(min(CROSSFADE_S * RATE_HZ, len(self.original.sides) / 2))

    @property
    def end(self) -> int:
        """The frame after the last one that was to be heard."""
        return self.begin + self.frames

    @property
    def own_end(self) -> int:
        """The frame after the recording's last one, where nothing comes before that."""
        return self.begin + len(self.original.sides)


class Plays:
    """Finds the plays of one box's session. `sound`: one channel, in steps of 16 bits."""

    def __init__(self, told: Told, sound: Samples, originals: Callable[[Recording], Original]) -> None:
        self._told = told
        self._sound = sound
        self._originals = originals
        frames, times = zip(*told.arrivals, strict=True)
        self._frames, self._times = np.array(frames), np.array(times)

    def found(self) -> list[Play]:
        """In the order of the log."""
        known = {one.sha256: one for one in self._told.playlist}
        began = [one for one in self._told.entries if one.kind == "track_started"]
        skipped = [one.at for one in self._told.entries if one.kind == "track_skipped"]
        ends = [one.at for one in self._told.entries if one.kind == "session_ended"]
        plays: list[Play] = []
        for number, entry in enumerate(began):
            recording = known[str(entry.data["track"])]
            next_at = began[number + 1].at if number + 1 < len(began) else max(ends, default=math.inf)
            play = Play(recording, self._audible(recording), self.frame_at(entry.at), from_silence=not plays)
            is_last = number + 1 == len(began)
            play.is_skipped = is_last or any(abs(at - next_at) < 0.5 for at in skipped)
            lasts = len(play.original.sides)
            sounds = self.frame_at(next_at) - play.told_at
            played = min(lasts, sounds) if play.is_skipped else lasts
            sides = play.original.sides[: max(WINDOW, played)]
            sound = self._without(plays[-1], play.told_at) if plays else self._sound
            found = place(sound, play.told_at, sides, self._told_mix(recording))
            play.place = replace(found, mono=mixed(play.original.sides, found.mix)) if found else None
            over = round(SKIPPED_AFTER_S * RATE_HZ)
            stop = self.frame_at(max(ends, default=math.inf)) - round(STOP_S * RATE_HZ) - play.begin
            play.frames = max(0, min(lasts, stop, sounds + over if play.is_skipped else lasts))
            plays.append(play)
        return plays

    def _audible(self, recording: Recording) -> Original:
        found = self._originals(recording)
        left, right = audible(found.sides[:, 0]), audible(found.sides[:, 1])
        return replace(found, sides=np.stack([left, right], axis=1))

    def _without(self, before: Play, told_at: int) -> Samples:
        """The sound from which the play before is taken out as well as one can, near a frame."""
        if before.place is None:
            return self._sound
        rest = self._sound.copy()
        tracks = {"before": Track("before", "", 0.0, before.place.mono)}
        first = told_at - round(SEARCHED_S * RATE_HZ)
        for at in range(max(0, first), min(before.end, len(rest) - WINDOW), WINDOW):
            window = Window(at, self._sound[at : at + WINDOW], is_zero=False)
            fit(window, [Lock("before", -before.begin)], tracks)
            rest[at : at + WINDOW] = window.rest
        return rest

    def _told_mix(self, recording: Recording) -> str:
        return str(self._told.levels.get(recording.sha256, {}).get("mono_mix", "sum"))

    def frame_at(self, at: float) -> int:
        """The frame that came at a time."""
        return round(float(np.interp(at, self._times, self._frames)))

    def time_at(self, frame: int) -> float:
        """When a frame had come."""
        return float(np.interp(frame, self._frames, self._times))

    def said_dba(self, play: Play) -> float:
        """The level in /state while it played."""
        begin, end = self.time_at(play.begin), self.time_at(play.end)
        said = [float(told["level_dba"]) for at, told in self._told.looks if begin <= at <= end]
        return float(np.median(said)) if said else math.nan

    def cap_dba(self, play: Play) -> float:
        """The lowest cap in /state while it played."""
        begin, end = self.time_at(play.begin), self.time_at(play.end)
        return min((float(told["cap_dba"]) for at, told in self._told.looks if begin <= at <= end), default=math.inf)

    def wanted_gain(self, play: Play) -> float:
        """The factor that brings the recording to the level that the box says."""
        level_db = gated_level_db(play.mono / np.float32(SCALE))
        return float(10 ** ((self.said_dba(play) - FULL_SCALE_DBA + SHAPE_DB - level_db) / 20))


def curve(play: Play, following: Play | None, frame: int) -> float:
    """What easings and crossfades leave of a play at a frame, by design: it fades out over its own last seconds."""
    crossing = play.crossing
    into, factor = frame - play.begin, 1.0
    if play.from_silence:
        factor *= 10 ** (-RISE_DB * max(0.0, 1 - into / RATE_HZ / RISE_S) / 20)
    else:
        factor *= _quarter(into / crossing)
    if not play.is_skipped:
        return factor * _quarter((play.own_end - frame) / crossing)
    return factor if following is None else factor * _quarter(1 - (frame - following.begin) / crossing)


def _quarter(share: float) -> float:
    """Of a sine: what of a crossfade keeps the power."""
    return math.sin(math.pi / 2 * min(1.0, max(0.0, share)))
