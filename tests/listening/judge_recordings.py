"""Judges each recording of a playlist by what left the box: level, length, silence, crossfade, clicks, log. Pure.

A recording's windows of 0.25 s are explained by it and by its neighbours, whose places are known to the frame; the gain
that each then has is held against what the box said and what its design promises.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.listening.fitting import Lock, Share, Window, fit, worst_step
from tests.listening.judge_level import HELD_FROM_DB, dba
from tests.listening.originals import Original
from tests.listening.placing import audible, span_of
from tests.listening.playing import Recording, Told
from tests.listening.plays import CROSSFADE_S, RISE_S, Play, Plays, curve
from tests.listening.records import RATE_HZ, WINDOW, WINDOW_S, Click
from tests.listening.tracks import SCALE, Track
from tests.listening.weighting import MARGIN, AMeter, running_means

Samples = NDArray[np.float32]

LEVEL_DB = 1.5  # of what the box says: the promise
LENGTH_S = 0.3  # a window, and what a codec's padding may be
CROSSFADE_ROOM_S = 0.1
CURVE_DB = 2.0  # the crossfade's gains, in the median of its windows
SETTLED_S = 0.5  # after a start's rise
TOLD_RMS, TOLD_SHARE = 3.0, 0.2  # steps of 16 bits, and of all that sounds: from here on a track is told apart
PRESENT = 0.5  # of what it should be, 6 dB
LEAST_CURVE = 0.15  # of a crossfade: under this the window's middle does not stand for it
SILENT_RMS = 1.0  # dither is 0.4
REST, REST_RMS = 0.15, 1.5  # of what sounds, or steps: more than that nothing known explains
UNKNOWN_S = 0.5
MEASURED_S = 2.0
FALLS_DB_S, COMES_BACK_DB_S, HELD_ROOM_S = 3.0, 1.0, 0.5  # how the cap holds back what it sees coming
EARLY_S, LATE_S = 0.5, 1.5  # between an entry and its sound
BLOCK_CELLS = 8  # 400 ms


@dataclass(slots=True)
class Verdict:
    """One recording as it was heard in its first whole play. `misses`: each limit that was missed, in words."""

    title: str
    said_dba: float = 0.0
    gated_dba: float = math.nan  # what a meter shows over the judged windows
    off_db: float = math.nan  # the whole recording, by which it is louder than said
    heard_s: float = 0.0
    decoded_s: float = 0.0
    silent_s: float = 0.0
    crossfade_s: float = math.nan  # into the next one
    both_s: float = 0.0  # of it, both could be told
    mix: str = ""
    held_s: float = 0.0  # the cap may have held it back, so that the level was not judged
    misses: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Seen:
    """What is known of one play in one window: its share (rms) and gain, what they should be, what of it easings leave,
    and the A-weighted energies of what was heard and of the original."""

    window: Window
    share: float
    gain: float
    wanted_rms: float
    wanted_gain: float
    curve: float
    is_alone: bool
    heard: tuple[float, ...] = ()
    original: tuple[float, ...] = ()


class RecordingsJudge:
    """Judges what one box played. `originals`: decodes a recording."""

    def __init__(self, told: Told, sound: NDArray[np.int16], originals: Callable[[Recording], Original]) -> None:
        self._told = told
        self._frames = sound
        self._sound = audible(sound.mean(axis=1, dtype=np.float32))
        self._plays = Plays(told, self._sound, originals)
        self._meter = AMeter()
        self.general: list[str] = []  # what is amiss with no recording of its own

    def judge(self) -> list[Verdict]:
        """A verdict on each recording of the playlist, in order."""
        plays = self._plays.found()
        verdicts = {one.title: Verdict(one.title) for one in self._told.playlist}
        self._judge_order(plays, verdicts)
        seen = self._windows(plays, verdicts)
        for number, play in enumerate(plays):
            following = plays[number + 1] if number + 1 < len(plays) else None
            verdict = verdicts[play.recording.title]
            is_first = not verdict.decoded_s
            if play.place is None:
                verdict.misses.append("is not heard where the log says that it begins")
                continue
            self._judge_begin(play, verdict)
            if following:
                self._judge_crossfade(play, following, seen[number], seen[number + 1], verdict)
            if is_first and not play.is_skipped:  # what comes again was judged
                self._judge_level(play, number, following, seen[number], verdict)
                self._judge_length(play, seen[number], verdict)
        for verdict in verdicts.values():
            if not verdict.decoded_s and not verdict.misses:
                verdict.misses.append("was never heard to its end")
        self._judge_log(plays)
        return list(verdicts.values())

    # -- window after window

    def _windows(self, plays: Sequence[Play], verdicts: dict[str, Verdict]) -> list[list[_Seen]]:
        """Of each play what is known in each of its windows; clicks and silence go into the verdicts."""
        placed = {str(number): play for number, play in enumerate(plays) if play.place is not None}
        tracks = {name: Track(name, play.recording.title, 0.0, play.mono) for name, play in placed.items()}
        gains = {name: self._plays.wanted_gain(play) for name, play in placed.items()}
        seen: list[list[_Seen]] = [[] for _ in plays]
        if not placed:
            return seen
        first = min(play.begin for play in placed.values())
        last = min(max(play.end for play in placed.values()), len(self._sound) - 2 * WINDOW)
        unknown: dict[str, float] = {}
        before: list[Window] = []
        fitted = self._fitted(range(first - WINDOW, last, WINDOW), placed, tracks)
        window = next(fitted)
        for after in fitted:
            names = [share.lock.sha256 for share in window.shares]
            for share in window.shares:
                play = placed[share.lock.sha256]
                one = self._seen(window, share, play, self._after(plays, play), gains[share.lock.sha256], len(names))
                seen[int(share.lock.sha256)].append(one)
            if names:
                newest = placed[names[-1]]
                click = worst_step(window, before, [after], tracks)
                self._judge_window(window, click, newest, seen, names, verdicts[newest.recording.title], unknown)
            before, window = [window], after
        for title, seconds in unknown.items():
            if seconds > UNKNOWN_S:
                verdicts[title].misses.append(f"{seconds:.2f} s sound like nothing that is in it")
        return seen

    def _fitted(self, firsts: range, placed: dict[str, Play], tracks: dict[str, Track]) -> Iterator[Window]:
        for first in firsts:
            part = np.zeros(WINDOW, np.float32)
            begin = max(0, first)
            part[begin - first :] = self._sound[begin : first + WINDOW]
            window = Window(first, part, not np.any(self._frames[begin : first + WINDOW]))
            near = [name for name, play in placed.items() if play.begin < first + WINDOW and first < play.end]
            fit(window, [Lock(name, -placed[name].begin) for name in near], tracks)
            yield window

    def _seen(self, window: Window, share: Share, play: Play, following: Play | None, gain: float, count: int) -> _Seen:
        middle = window.frame + WINDOW // 2
        left = curve(play, following, middle)
        span = span_of(play.mono, window.frame - MARGIN - play.begin, WINDOW + 2 * MARGIN)
        own = span[MARGIN:-MARGIN]
        rms = float(np.sqrt(np.mean(own * own))) * gain
        is_alone = count == 1 and play.begin <= window.frame and window.frame + WINDOW <= play.end
        one = _Seen(
            window, share.rms, abs(share.begin + share.end) / 2 / SCALE, rms * left, gain * left, left, is_alone
        )
        if is_alone:
            one.heard = self._meter.energies(span_of(self._sound, window.frame - MARGIN, WINDOW + 2 * MARGIN))
            one.original = self._meter.energies(span)
        return one

    def _after(self, plays: Sequence[Play], play: Play) -> Play | None:
        number = next(n for n, one in enumerate(plays) if one is play)
        return plays[number + 1] if number + 1 < len(plays) else None

    def _judge_window(
        self,
        window: Window,
        click: Click | None,
        play: Play,
        seen: list[list[_Seen]],
        names: Sequence[str],
        verdict: Verdict,
        unknown: dict[str, float],
    ) -> None:
        wanted = math.sqrt(sum(seen[int(name)][-1].wanted_rms ** 2 for name in names))
        if window.rms < SILENT_RMS and wanted >= 2 * TOLD_RMS:
            verdict.silent_s += WINDOW_S
        if window.rest_rms > max(REST_RMS, REST * window.rms):
            unknown[verdict.title] = unknown.get(verdict.title, 0.0) + WINDOW_S
        elif click is not None:
            at_s = (click.frame - play.begin) / RATE_HZ
            verdict.misses.append(f"a click at {at_s:.2f} s: {click.size:.0f} where it has {click.allowed:.0f}")

    # -- the limits

    def _judge_order(self, plays: Sequence[Play], verdicts: dict[str, Verdict]) -> None:
        wanted = [one.title for one in self._told.playlist]
        skips = next((number for number, play in enumerate(plays) if play.is_skipped), len(plays))
        heard = [play.recording.title for play in plays[: skips + 1]]  # what was skipped is passed over from then on
        count = len(wanted)
        if heard != [wanted[number % count] for number in range(len(heard))]:
            self.general.append(f"the order was {heard}")
        for title in wanted[len(heard) :]:
            verdicts[title].misses.append("was never played")
        for entry in self._told.entries:
            if entry.kind in {"fault", "track_failed"}:
                self.general.append(f"{entry.kind}: {entry.data}")

    def _judge_begin(self, play: Play, verdict: Verdict) -> None:
        late_s = (play.told_at - play.begin) / RATE_HZ
        if not -EARLY_S <= late_s <= LATE_S:
            verdict.misses.append(f"the log says that it begins {late_s:+.2f} s from where it does")

    def _judge_level(
        self, play: Play, number: int, following: Play | None, seen: Sequence[_Seen], verdict: Verdict
    ) -> None:
        assert play.place is not None
        eased_s = RISE_S + SETTLED_S if number == 0 else CROSSFADE_S
        begin, end = play.begin + round(eased_s * RATE_HZ), following.begin if following else play.end
        alone = [one for one in seen if one.is_alone and _is_told(one)]
        judged = [one for one in alone if begin <= one.window.frame < end - WINDOW]
        judged = alone if len(judged) * WINDOW_S < MEASURED_S else judged  # it sounds while it eases in, and no longer
        judged, held_db = self._free(play, judged, verdict)
        heard = np.array([energy for one in judged for energy in one.heard])
        original = np.array([energy * one.curve**2 for one in judged for energy in one.original])
        verdict.said_dba, verdict.mix = self._plays.said_dba(play), play.place.mix
        told = [one.gain / one.wanted_gain for one in seen if _is_told(one)]
        if len(heard) and original.mean() > 0:
            verdict.gated_dba = dba(_gated(heard))
            gain_db = 10 * math.log10(max(1e-20, heard.mean()) / original.mean())
            verdict.off_db = gain_db - 20 * math.log10(self._plays.wanted_gain(play))
        elif told:  # it sounds beside another one alone: a call, then silence
            verdict.off_db = 20 * math.log10(max(1e-6, float(np.median(told))))
        else:
            verdict.misses.append("nothing of it could be measured")
            return
        if not -held_db - LEVEL_DB <= verdict.off_db <= LEVEL_DB:
            verdict.misses.append(f"is {verdict.off_db:+.2f} dB(A) from the {verdict.said_dba:.1f} that the box says")

    def _free(self, play: Play, judged: Sequence[_Seen], verdict: Verdict) -> tuple[Sequence[_Seen], float]:
        """The windows in which the cap holds nothing back, nor has of late, nor will soon, and 0 dB; or where such
        windows are too few, all of them, and by how much the cap may hold them back."""
        limit_dba = self._plays.cap_dba(play) - HELD_FROM_DB
        held = [(one.window.frame, _loudest_dba(one) - limit_dba) for one in judged]
        held = [(frame, over_db) for frame, over_db in held if over_db > 0]
        free = [one for one in judged if not any(_reaches(*hold, one.window.frame) for hold in held)]
        verdict.held_s = (len(judged) - len(free)) * WINDOW_S
        if held and len(free) * WINDOW_S < MEASURED_S:
            return judged, max(over_db for _, over_db in held)
        return free, 0.0

    def _judge_length(self, play: Play, seen: Sequence[_Seen], verdict: Verdict) -> None:
        told = [one for one in seen if _is_told(one) and one.curve >= LEAST_CURVE]
        missing = [one for one in told if one.share < PRESENT * one.wanted_rms]
        verdict.decoded_s = play.original.seconds
        verdict.heard_s = play.original.decoded_s - len(missing) * WINDOW_S
        if abs(verdict.heard_s - verdict.decoded_s) > LENGTH_S:
            verdict.misses.append(f"was heard for {verdict.heard_s:.2f} of {verdict.decoded_s:.2f} s")
        if verdict.silent_s:
            verdict.misses.append(f"silent for {verdict.silent_s:.2f} s where it is not")

    def _judge_crossfade(
        self, play: Play, following: Play, leaves: Sequence[_Seen], enters: Sequence[_Seen], verdict: Verdict
    ) -> None:
        if following.place is None:
            return
        if not play.is_skipped:
            verdict.crossfade_s = (play.own_end - following.begin) / RATE_HZ
            wanted_s = play.crossing / RATE_HZ
            if abs(verdict.crossfade_s - wanted_s) > CROSSFADE_ROOM_S:
                verdict.misses.append(f"overlaps {verdict.crossfade_s:.2f} s with the next one, not {wanted_s:.1f}")
        last = following.begin + round(CROSSFADE_S * RATE_HZ)
        pairs = [(a, b) for a in leaves for b in enters if a.window is b.window and a.window.frame + WINDOW <= last]
        told = [(a, b) for a, b in pairs if _is_told(a) and _is_told(b)]
        if not told:
            return
        both_s = len(told) * WINDOW_S
        verdict.both_s = verdict.both_s or both_s
        steady = [_factor(leaves), _factor(enters)]  # a wrong level is told by itself
        errors_db = [
            20 * math.log10(max(1e-6, one.gain) / one.wanted_gain / factor)
            for pair in told
            for one, factor in zip(pair, steady, strict=True)
        ]
        if (off_db := float(np.median(np.abs(errors_db)))) > CURVE_DB:
            verdict.misses.append(f"no crossfade into the next one: gains are {off_db:.1f} dB off its curves")

    def _judge_log(self, plays: Sequence[Play]) -> None:
        ended = next((one for one in self._told.entries if one.kind == "session_ended"), None)
        if ended is None or not plays:
            self.general.append("the log has no session that ended")
            return
        stop = self._plays.frame_at(ended.at) + RATE_HZ
        frames = self._frames[plays[0].begin - RATE_HZ : stop]
        sounds = np.flatnonzero(frames[: len(frames) // WINDOW * WINDOW].reshape(-1, 2 * WINDOW).any(axis=1))
        first, last = plays[0].begin - RATE_HZ + sounds[0] * WINDOW, plays[0].begin - RATE_HZ + sounds[-1] * WINDOW
        heard_s, said_s = self._plays.time_at(last) - self._plays.time_at(first), float(ended.data["heard_s"])
        if abs(heard_s - said_s) > 1.0 + 0.02 * said_s:
            self.general.append(f"the log says {said_s:.1f} s heard, they were {heard_s:.1f}")
        energies = np.array(
            [
                energy
                for at in range(first, last, WINDOW)
                for energy in self._meter.energies(span_of(self._sound, at - MARGIN, WINDOW + 2 * MARGIN))
            ]
        )
        most = running_means(energies, BLOCK_CELLS).max(initial=0.0)
        for name, found, room_db in (("mean_dba", energies.mean(), 1.5), ("max_dba", most, 2.5)):
            if abs(dba(float(found)) - float(ended.data[name])) > room_db:
                self.general.append(f"the log says {name} {ended.data[name]}, heard {dba(float(found)):.1f}")


def _is_told(one: _Seen) -> bool:
    return one.wanted_rms >= max(TOLD_RMS, TOLD_SHARE * one.window.rms)


def _loudest_dba(one: _Seen) -> float:
    """Its loudest 100 ms, if nothing held it back."""
    cells = np.array(one.original) * one.wanted_gain**2
    return dba(float(np.max(cells[1:] + cells[:-1]) / 2))


def _reaches(frame: int, over_db: float, other: int) -> bool:
    """Whether what is so much over the cap at one frame may soften another one: slowly before it, slower after it."""
    by_s = (other - frame) / RATE_HZ
    return -over_db / FALLS_DB_S - HELD_ROOM_S <= by_s <= over_db / COMES_BACK_DB_S + HELD_ROOM_S


def _factor(seen: Sequence[_Seen]) -> float:
    """By what a play is louder than it should be, where it sounds alone."""
    factors = [one.gain / one.wanted_gain for one in seen if one.is_alone and _is_told(one)]
    return max(1e-3, float(np.median(factors))) if factors else 1.0


def _gated(cells: NDArray[np.float64]) -> float:
    """BS.1770-4's relative gate; of what is played softly there is no absolute one."""
    blocks = running_means(cells, BLOCK_CELLS)[::2]
    blocks = blocks[blocks > 1e-6 * blocks.max(initial=0.0)]
    return float(blocks[blocks > 0.1 * blocks.mean()].mean()) if len(blocks) else 0.0
