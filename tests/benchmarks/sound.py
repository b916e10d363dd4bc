"""The sound part: Nightingale's speaker beside MPD, mpv and pygame.mixer.music, all at once, on the same tracks."""

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import cost
from tests.benchmarks.figures import OURS, Figures
from tests.benchmarks.measures import HEARD_DBFS, first_sound, gap, levels_dbfs, median, stairs
from tests.benchmarks.peers import Mpd, Mpv
from tests.benchmarks.players import ROOT, Player, running
from tests.benchmarks.recording import Recording
from tests.benchmarks.runners import Ours, PygameMusic
from tests.benchmarks.tracks import Tracks, make_tracks

MUSIC = ROOT / "build" / "music"
SETTLE_S = 1.5  # everybody's imports and first buffers
TAIL_S = 1.5  # what lies in pipes when the last command was assigned

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long each thing is looked at. `ahead_s`: MPD decodes 20 s ahead, which is not to be counted."""

    ahead_s: float
    counted_s: float
    rounds: int
    steady_s: float
    fade_s: float


FULL = Lengths(ahead_s=25.0, counted_s=120.0, rounds=20, steady_s=3.0, fade_s=60.0)
QUICK = Lengths(ahead_s=1.0, counted_s=2.0, rounds=2, steady_s=1.0, fade_s=3.0)


def measure_sound(*, quick: bool, say: Say) -> Figures:
    """Everything in one run. Raises PlayerError and NoMusicError with a line each."""
    lengths, figures = QUICK if quick else FULL, Figures()
    kinds = _players(figures, say)
    with tempfile.TemporaryDirectory(prefix="nightingale-bench-") as temporary:
        folder = Path(temporary)
        tracks = make_tracks(MUSIC, folder, lengths.steady_s, lengths.fade_s + 10)
        for name, track in (("flac", tracks.flac), ("opus", tracks.opus)):
            say(f"CPU, {name}: {lengths.ahead_s + lengths.counted_s:.0f} s")
            with running(kinds, folder / name) as players:
                counted = cost.count(players, track, lengths.ahead_s, lengths.counted_s)
            cost.put(figures, name, counted)
        say(f"command to sample: {lengths.rounds} rounds")
        _command_to_sample(figures, kinds, folder / "latency", tracks, lengths.rounds)
        say("gap")
        _gap(figures, kinds, folder / "gap", tracks, lengths.steady_s)
        say(f"fade: {lengths.fade_s:.0f} s")
        _fade(figures, kinds, folder / "fade", tracks, lengths.fade_s)
    return figures


def _players(figures: Figures, say: Say) -> list[type[Player]]:
    missing = [kind for kind in (Mpd, Mpv) if not kind.is_here()]
    for kind in missing:
        line = f"{kind.name} is missing, its figures are left out: apt-get install {kind.program}"
        say(line)
        figures.notes.append(line)
    return [Ours, *(kind for kind in (Mpd, Mpv) if kind not in missing), PygameMusic]


def _command_to_sample(
    figures: Figures, kinds: Sequence[type[Player]], folder: Path, tracks: Tracks, rounds: int
) -> None:
    """One player after the other, so that no two are woken at once; a second of silence before each."""
    asked_ns: dict[str, list[int]] = {kind.name: [] for kind in kinds}
    chance = random.Random(1)
    with running(kinds, folder) as players:
        time.sleep(SETTLE_S)
        for _ in range(rounds):
            for player in players:
                asked_ns[player.name].append(player.play([tracks.loud_tone]))
                time.sleep(0.35 + chance.uniform(0, 0.05))  # at any place of a buffer
                player.stop()
            time.sleep(0.2)
    for player in players:
        recording = player.recording()
        waits_ms = [_wait_ms(player, recording, time_ns) for time_ns in asked_ns[player.name]]
        figures.put("command_to_sample_ms", player.name, median(waits_ms))
        figures.notes.append(
            f"command_to_sample_ms, {player.name}: median {median(waits_ms):.1f}, worst {max(waits_ms):.1f} "
            f"of {len(waits_ms)}"
        )


def _wait_ms(player: Player, recording: Recording, asked_ns: int) -> float:
    frame = first_sound(recording.pcm, recording.first_after(asked_ns))
    if frame is None:
        raise player.made_no_sound()
    return (recording.arrival_ns(frame) - asked_ns) / 1e6


def _gap(figures: Figures, kinds: Sequence[type[Player]], folder: Path, tracks: Tracks, steady_s: float) -> None:
    with running(kinds, folder) as players:
        time.sleep(SETTLE_S)
        for player in players:
            player.play(tracks.steady, 30 if player.name == OURS else 100)
        time.sleep(2 * steady_s + TAIL_S)
    for player in players:
        recording = player.recording()
        found = gap(recording.pcm)
        if found is None:
            raise player.made_no_sound()
        figures.put("gap_samples", player.name, found.frames)
        figures.notes.append(
            f"gap_samples, {player.name}: {found.heard} of {tracks.steady_frames} frames sounded; longest wait between "
            f"two reads meanwhile {recording.longest_wait_ms(found.first, found.last):.0f} ms"
        )


def _fade(figures: Figures, kinds: Sequence[type[Player]], folder: Path, tracks: Tracks, fade_s: float) -> None:
    with running(kinds, folder) as players:
        time.sleep(SETTLE_S)
        for player in players:
            player.play([tracks.quiet_tone])
        time.sleep(SETTLE_S)
        begin_ns = time.monotonic_ns()
        for player in players:
            player.begin_fade(fade_s)
        for percent in range(100, -1, -1):
            time.sleep(max(0.0, begin_ns / 1e9 + fade_s * (100 - percent) / 100 - time.monotonic()))
            for player in players:
                player.fade_to(percent)
        time.sleep(TAIL_S)
    for player in players:
        recording = player.recording()
        levels = levels_dbfs(recording.pcm[recording.first_after(begin_ns) :])
        if not len(levels) or levels[0] <= HEARD_DBFS:
            raise player.made_no_sound()
        found = stairs(levels)
        figures.put("fade_stairs", player.name, found.count)
        figures.notes.append(
            f"fade_stairs, {player.name}: {found.count}, the worst {found.worst_db:.1f} dB; from {levels[0]:.0f} to "
            f"{levels[-1]:.0f} dBFS"
        )
