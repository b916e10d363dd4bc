"""Holds every claim of the box's log against what was heard, and what was heard against the log. Pure.

An entry's time is the wall's, as monotonic seconds; entries are written as they happen.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tests.listening.judge_level import dba
from tests.listening.judge_music import strong_parts
from tests.listening.records import RATE_HZ, WINDOW_S, Disagreement, Entry, Heard, Record
from tests.listening.tracks import Track
from tests.listening.weighting import running_means

BEGIN_S = 1.0  # the first sound, from 0.3 s before its entry on (SDL's file is late, looks are 0.25 s long)
END_S = 0.6  # the last sound: a ramp of 0.15 s, and the same
TRACK_S, SHORT_S = 6.0, 2.5  # a track is recognised within; what plays for less may be missed under a crossfade
PLACE_S = 1.0
TOLD_LATE_S = 1.5  # on a busy machine a beginning is told late, never early
HEARD_S, HEARD_SHARE = 1.0, 0.02  # of the seconds of a session
LEVELS_FROM_S = 30.0  # the last 2 s are not measured yet; 20 s that end in their rise have 2 dB in them, 30 s 0.7
MEAN_DB, MOST_DB = 1.5, 2.5
MEASURED_S = 3.0  # told each 2 s, of half seconds that are over; half a second more on a busy machine
MOST_CELLS = 8  # 400 ms, the box's and BS.1770's momentary window
LEAST_HEARD_S = 0.6
WITH_SESSION = {"session_started", "track_started", "session_ended"}


@dataclass(slots=True)
class _Session:
    began_at: float
    ended_at: float = math.inf


class LogJudge:
    """Judges one box's entries, each once, when the sound after it was heard."""

    def __init__(self, record: Record, tracks: Mapping[str, Track]) -> None:
        self._record = record
        self._tracks = tracks
        self._entries = 0
        self._sessions: list[_Session] = []
        self._windows = 0
        self._run: list[Heard] = []  # windows in a row that sound
        self._is_told = False

    def judge(self, until: float) -> Iterator[Disagreement]:
        """Every entry that was made before `until`, then what was heard before it."""
        entries = self._record.entries
        while self._entries < len(entries) and entries[self._entries].at < until - TRACK_S:
            entry = entries[self._entries]
            self._entries += 1
            yield from self._claim(entry, entries[self._entries :])
        heard = self._record.heard
        while self._windows < len(heard) and heard[self._windows].ends_at < until - TRACK_S:
            yield from self._unlogged(heard[self._windows])
            self._windows += 1

    # -- what is in the log was heard

    def _claim(self, entry: Entry, later: list[Entry]) -> Iterator[Disagreement]:
        match entry.kind:
            case "box_started":
                self._close(entry.at)  # the session that a power cut ended may have no end of its own
            case "session_started":
                self._close(entry.at)
                self._sessions.append(_Session(entry.at))
                if not any(not one.is_zero for one in self._heard(entry.at - 0.3, entry.at + BEGIN_S)):
                    yield Disagreement(
                        "log: session not heard", entry.at, f"{entry.data.get('set')} has begun, in silence"
                    )
            case "track_started":
                yield from self._track(entry, next((one for one in later if one.kind in WITH_SESSION), None))
            case "session_ended" if self._sessions:
                self._close(entry.at)
                yield from self._end(entry, self._sessions[-1])

    def _close(self, at: float) -> None:
        if self._sessions:
            self._sessions[-1].ended_at = min(self._sessions[-1].ended_at, at)

    def _track(self, entry: Entry, following: Entry | None) -> Iterator[Disagreement]:
        ends_at = min(entry.at + TRACK_S, following.at if following else math.inf, self._unplugged_after(entry.at))
        sha = str(entry.data.get("track"))
        if ends_at - entry.at < SHORT_S or sha not in self._tracks:
            return
        heard = self._heard(entry.at - WINDOW_S, ends_at)
        found = [(one, part) for one in heard for part in one.parts if part.sha256 == sha]
        title = self._tracks[sha].title
        if not found:
            clear = [one for one in heard if one.is_zero or one.is_sure]  # else another track may hide in it
            if 2 * len(clear) >= len(heard):
                yield Disagreement("log: track not heard", entry.at, f"{title} has begun")
            return
        sure = [part for one, part in found if one.is_sure]
        if not sure:  # the same track, leaving and entering at once, hides in itself
            return
        part = sure[-1]  # a crossfade's first moments may still be told apart badly
        stands_s = (self._frame_at(entry.at) + part.offset) / RATE_HZ
        wanted_s = float(entry.data.get("start_s") or 0.0)
        if not -PLACE_S <= stands_s - wanted_s <= TOLD_LATE_S:
            words = f"{title} has begun at {wanted_s:.1f} s; heard at {stands_s:.1f} s"
            yield Disagreement("log: track elsewhere", entry.at, words)

    def _unplugged_after(self, at: float) -> float:
        """When the box next lost its power: what it had begun a moment before was hardly heard."""
        without = (one.at for one in self._record.samples if one.at > at and not one.told.get("power", True))
        return next(without, math.inf)

    def _end(self, entry: Entry, session: _Session) -> Iterator[Disagreement]:
        heard = self._heard(session.began_at - WINDOW_S, entry.at + END_S)
        sounds_s = sum(_lasts_s(one, after) for one, after in pairwise(heard) if not one.is_zero)
        claimed_s = float(entry.data.get("heard_s") or 0.0)
        if abs(claimed_s - sounds_s) > HEARD_S + HEARD_SHARE * claimed_s:
            yield Disagreement("log: seconds heard", entry.at, f"says {claimed_s:.1f} s, heard {sounds_s:.1f} s")
        if claimed_s < LEVELS_FROM_S or entry.data.get("mean_dba") is None:
            return
        sounding = [one for one in heard if not one.is_zero]
        told_of = [one for one in sounding if self._is_measured(one, entry)]
        whole, least = (np.array([energy for one in some for energy in one.energies]) for some in (sounding, told_of))
        claims = (
            ("mean_dba", _mean_dba(whole), _mean_dba(least), MEAN_DB),
            ("max_dba", _most_dba(whole), _most_dba(least), MOST_DB),
        )
        for key, found_dba, measured_dba, room_db in claims:
            told_dba = float(entry.data.get(key) or 0.0)
            lowest_dba, highest_dba = sorted((found_dba, measured_dba))
            if not lowest_dba - room_db <= told_dba <= highest_dba + room_db:
                yield Disagreement(
                    "log: level", entry.at, f"{key} {told_dba:.1f}, heard {found_dba:.1f} in {claimed_s:.0f} s"
                )

    def _is_measured(self, heard: Heard, end: Entry) -> bool:
        """Not within the last two seconds of a track: the box asks its meter each 2 s, and begins again with a
        track."""
        if heard.at > end.at - MEASURED_S:  # what goes over into another session sounds on
            return False
        begins = [one.at for one in self._record.entries if one.kind == "track_started" and one.at <= end.at]
        return not any(0.0 <= at - heard.at <= MEASURED_S for at in begins)

    def _frame_at(self, at: float) -> int:
        before = [one for one in self._record.heard if one.at <= at]
        return before[-1].frame + round((at - before[-1].at) * RATE_HZ) if before else 0

    def _heard(self, begin: float, end: float) -> list[Heard]:
        return [one for one in self._record.heard if one.at >= begin and one.ends_at <= end + WINDOW_S]

    # -- what was heard is in the log

    def _unlogged(self, heard: Heard) -> Iterator[Disagreement]:
        if heard.is_zero or heard.torn:
            self._run, self._is_told = [], False
            return
        self._run.append(heard)
        lasts_s = len(self._run) * WINDOW_S
        if lasts_s < LEAST_HEARD_S or self._is_told:
            return
        if not self._is_in_a_session(heard):
            self._is_told = True
            yield Disagreement("sound that is not in the log", heard.at, f"{heard.rms:.1f} of 32768 (rms), no session")
            return
        yield from self._unlogged_track(heard)

    def _is_in_a_session(self, heard: Heard) -> bool:
        return any(one.began_at - BEGIN_S <= heard.at <= one.ended_at + BEGIN_S for one in reversed(self._sessions))

    def _unlogged_track(self, heard: Heard) -> Iterator[Disagreement]:
        """A track that sounds alone for a while has an entry of its own."""
        last = self._run[-round(SHORT_S / WINDOW_S) :]
        names = {part.sha256 for one in last for part in strong_parts(one)[:1]}
        if len(last) * WINDOW_S < SHORT_S or len(names) != 1 or not all(strong_parts(one) for one in last):
            return
        began = [one for one in self._record.entries if one.kind == "track_started" and one.at <= heard.ends_at]
        if names <= {str(one.data.get("track")) for one in began[-6:]}:
            return
        self._is_told = True
        title = self._tracks[names.pop()].title
        yield Disagreement(
            "track that is not in the log", heard.at, f"{title} is heard and no entry says that it began"
        )


def _lasts_s(one: Heard, after: Heard) -> float:
    """By the clock, which the box counts by: on a busy machine the driver takes sound more slowly than it runs."""
    return min(after.at - one.at, 2 * WINDOW_S)


def _mean_dba(energies: np.ndarray) -> float:
    return dba(float(energies.mean()) if len(energies) else 0.0)


def _most_dba(energies: np.ndarray) -> float:
    return dba(float(running_means(energies, MOST_CELLS).max(initial=0.0)))
