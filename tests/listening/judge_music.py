"""Holds what the box says it plays against what sounds: silence, sound, which track, where in it, steps. Pure."""

from collections.abc import Iterator, Mapping

from tests.listening.records import FULL_SCALE_DBA, RATE_HZ, WINDOW_S, Disagreement, Heard, Part, Record, Sample
from tests.listening.timeline import Timeline
from tests.listening.tracks import SCALE, Track

# Each grace is what the box may take by design, and 0.2 s between two looks; docs/listening.md assigns the sums.
STOP_GRACE_S = 0.5
START_GRACE_S = 0.6
SILENCE_S = 2.0
CROSSFADE_S, LONG_CROSSFADE_S = 4.0, 8.0
TRACK_GRACE_S = 1.0
TOUCH_S = 1.0
RISE_S, NIGHT_RISE_S = 6.0, 21.0  # so long a start may lie under the dither
HAND_S = 6.0  # so long after a hand's last act a track may begin again
LEAST_RMS = 1.0  # steps of 16 bits: under it is dither, 0.4, and what nobody tells from it
KNOWN_RMS = 4.0  # from here on a track that is there is recognised, and where it is
WEAK_DB = 25.0  # below the strongest: too weak to say what it is
WRONG_WINDOWS, UNKNOWN_WINDOWS = 3, 12  # 0.75 s, 3 s
EXACT_FRAMES = 2  # of a faint sound the place may be taken for the next one
QUIET_CELL = RATE_HZ // 10
PRESS_S = 0.5  # so near to a hand's act a step may be a change that came too late for the card: see docs/listening.md
TORN_S = 1.0  # a plug that is pulled cuts the sound off: a real card clicks, too


class MusicJudge:
    """Judges one box's record, each window and each sample once, in order."""

    def __init__(self, record: Record, tracks: Mapping[str, Track]) -> None:
        self._record = record
        self._time = Timeline(record)
        self._tracks = tracks
        self._windows = self._samples = 0  # judged so far
        self._sounded_at = 0.0  # when music was heard last
        self._said_since: float | None = None  # since when the box says that it sounds
        self._is_told = False
        self._wrong = self._unknown = self._sounds = 0  # windows in a row
        self._last: dict[str, tuple[int, float]] = {}  # track -> offset, when

    def judge(self, until: float) -> Iterator[Disagreement]:
        """Everything up to a time; what the box said a second later must be there already."""
        heard, samples = self._record.heard, self._record.samples
        while self._windows < len(heard) and heard[self._windows].ends_at <= until:
            yield from self._window(heard[self._windows])
            self._windows += 1
        while self._samples < len(samples) and samples[self._samples].at <= until - WINDOW_S:
            yield from self._sample(samples[self._samples])
            self._samples += 1

    # -- silence

    def _sample(self, sample: Sample) -> Iterator[Disagreement]:
        """Says it plays, and nothing sounds."""
        if not (sample.sounding and sample.has_device):
            self._said_since, self._is_told = None, False
            return
        self._said_since = sample.at if self._said_since is None else self._said_since
        since = max(self._last_sound(sample), self._said_since)
        silent_s = sample.at - since
        if silent_s <= SILENCE_S:
            self._is_told = False
        elif not self._is_told and silent_s > SILENCE_S + self._quiet_s(sample):
            self._is_told = True
            says = f"says it plays {sample.told.get('track')!r} at {sample.told.get('level_dba')} dB(A)"
            words = f"{says}; silent for {silent_s:.1f} s"
            yield Disagreement("silent while it says it plays", since, words)

    def _last_sound(self, sample: Sample) -> float:
        for heard in reversed(self._record.heard):
            if heard.at <= sample.at and self._is_music(heard, sample):
                return max(self._sounded_at, heard.ends_at)
            if heard.ends_at < self._sounded_at:
                break
        return self._sounded_at

    def _is_music(self, heard: Heard, sample: Sample) -> bool:
        left_s = float(sample.told.get("left_s") or 0.0)
        fading = 0 < left_s < (600 if sample.told.get("playlist_slug") == "sleep" else 60)
        rise_s = NIGHT_RISE_S if sample.told.get("night") else RISE_S
        rises = self._said_since is not None and heard.at < self._said_since + rise_s
        found = not heard.is_zero if fading or rises else heard.rms >= LEAST_RMS
        if found:
            self._sounded_at = max(self._sounded_at, heard.ends_at)
        return found

    def _quiet_s(self, sample: Sample) -> float:
        """How long the track that is claimed may be silent itself at this level."""
        for track in self._tracks.values():
            if track.title == sample.told.get("track"):
                least = 10 ** ((FULL_SCALE_DBA - float(sample.told.get("level_dba") or 50.0)) / 20) * LEAST_RMS
                return longest_quiet_s(track, least)
        return 0.0

    # -- sound

    def _window(self, heard: Heard) -> Iterator[Disagreement]:
        yield from self._unasked(heard)
        yield from self._which(heard)
        yield from self._jumped(heard)
        if heard.click is not None and not self._was_torn(heard):
            click = heard.click
            at = heard.at + (click.frame - heard.frame) / RATE_HZ
            kind = "click at a press" if self._hand_within(at - PRESS_S, at + PRESS_S / 2) else "click"
            words = f"a step of {click.size:.0f} where the music has {click.allowed:.0f} (of 32768)"
            yield Disagreement(kind, at, words)

    def _unasked(self, heard: Heard) -> Iterator[Disagreement]:
        """Says it is silent, and something sounds."""
        says_silent = self._time.steady(
            heard.at - STOP_GRACE_S, heard.ends_at + START_GRACE_S - WINDOW_S, lambda one: not one.playing
        )
        unknown = heard.torn or self._hand_within(heard.at - TOUCH_S, heard.ends_at)  # a press between two looks
        self._sounds = self._sounds + 1 if says_silent and not heard.is_zero and not unknown else 0
        if self._sounds == 1:
            yield Disagreement("sounds while it says it is silent", heard.at, f"{heard.rms:.1f} of 32768 (rms)")

    def _which(self, heard: Heard) -> Iterator[Disagreement]:
        strong = strong_parts(heard)
        is_known = strong and heard.rest <= 0.5 * heard.rms
        settled = not heard.torn and not self._hand_within(heard.at - HAND_S, heard.ends_at)
        self._unknown = self._unknown + 1 if heard.rms >= KNOWN_RMS and not is_known and settled else 0
        if self._unknown == UNKNOWN_WINDOWS:
            yield Disagreement(
                "sounds like no track", heard.at - 3, f"{heard.rest:.0f} of {heard.rms:.0f} is unexplained"
            )
        claimed = self._claimed(heard)
        wrong = [self._tracks[part.sha256].title for part in strong if self._tracks[part.sha256].title not in claimed]
        self._wrong = self._wrong + 1 if wrong and claimed and is_known else 0
        if self._wrong == WRONG_WINDOWS:
            yield Disagreement("another track sounds", heard.at, f"heard {', '.join(wrong)}; said {', '.join(claimed)}")

    def _claimed(self, heard: Heard) -> set[str]:
        """The titles that the box named lately; either of two is right in a crossfade. Empty: it says it is silent."""
        endless = any(
            one.told.get("left_s") == 0.0 for one in self._time.within(heard.at - 1, heard.ends_at) if one.playing
        )
        crossfade_s = LONG_CROSSFADE_S if endless else CROSSFADE_S
        # A crossfade lasts so many frames: on a busy machine the driver takes them more slowly than the clock runs.
        windows = round((crossfade_s + TRACK_GRACE_S) / WINDOW_S)
        begin = min(heard.at - crossfade_s - TRACK_GRACE_S, self._record.heard[max(0, self._windows - windows)].at)
        near = self._time.around(begin, heard.ends_at + START_GRACE_S)
        logged = [
            one for one in self._record.entries if one.kind == "track_started" and begin <= one.at <= heard.ends_at
        ]
        told = {str(one.data.get("track")) for one in logged}  # what played between two looks
        titles = {track.title for sha, track in self._tracks.items() if sha in told}
        return titles | {str(one.told["track"]) for one in near if one.told.get("track")}

    def _jumped(self, heard: Heard) -> Iterator[Disagreement]:
        """The same track, but not where it was: sound was lost or came twice."""
        is_exact = heard.is_sure and heard.rms >= KNOWN_RMS  # in a fainter bass a place that is a period off is as good
        for part in strong_parts(heard) if is_exact else ():
            offset, at = self._last.get(part.sha256, (part.offset, 0.0))
            self._last[part.sha256] = (part.offset, heard.at)
            by = part.offset - offset
            if (
                abs(by) > EXACT_FRAMES
                and heard.at - at < 1.0
                and not self._hand_within(heard.at - HAND_S, heard.ends_at)
                and not heard.torn
            ):
                title = self._tracks[part.sha256].title
                yield Disagreement("the track jumps", heard.at, f"{title} by {by / RATE_HZ:+.3f} s ({by} frames)")

    def _hand_within(self, begin: float, end: float) -> bool:
        return any(begin <= act.at <= end for act in reversed(self._record.acts[-40:]))

    def _was_torn(self, heard: Heard) -> bool:
        """Whether a plug was pulled or put back here."""
        near = self._time.within(heard.at - TORN_S, heard.ends_at + TORN_S)
        pulled = {"sound card out", "power out", "sound card back", "power back"}
        acts = (act for act in self._record.acts[-60:] if act.kind in pulled)
        return not all(one.has_device for one in near) or any(abs(act.at - heard.at) < TORN_S for act in acts)


def strong_parts(heard: Heard) -> list[Part]:
    """The tracks that are not hidden by the strongest one."""
    if not heard.parts:
        return []
    least = max(1.5 * LEAST_RMS, heard.parts[0].rms * 10 ** (-WEAK_DB / 20))
    return [part for part in heard.parts if part.rms >= least]


def longest_quiet_s(track: Track, least: float) -> float:
    """The longest run of a track that stays under `least` (rms, in steps of 16 bits as the file has them).

    Without its last seconds, which fade out under the track that follows.
    """
    longest = run = 0
    for first in range(0, len(track.mono) - round(CROSSFADE_S * RATE_HZ), QUIET_CELL):
        samples = track.span(first, QUIET_CELL) * SCALE
        run = run + 1 if float((samples * samples).mean()) ** 0.5 < least else 0
        longest = max(longest, run)
    return longest * QUIET_CELL / RATE_HZ
