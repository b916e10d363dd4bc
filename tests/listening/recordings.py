"""`python -m tests.listening.recordings FOLDER`: real recordings through whole boxes, each judged by what was heard.

Makes playlists of the folder's recordings; a nurse assigns each to a box of its own, which measures them itself and
plays them through in real time. What left the box is judged afterwards: level, length, silence, crossfades, log.
"""

import argparse
import math
import os
import random
import shutil
import sys
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import av.error
import numpy as np

from tests.listening.box import ROOT, Box
from tests.listening.judge_recordings import RecordingsJudge, Verdict
from tests.listening.originals import original, sha256_of
from tests.listening.panel import PanelError
from tests.listening.playing import SOUND, TOLD, Performance, PlaylistHouse, Recording, Told, make_music

LONGEST_S = 21 * 60.0  # of a playlist: a session closes after 24 minutes, with a fade of one
EACH = 11  # recordings of one box
NEXTS = 2


def found(folder: Path) -> list[Recording]:
    """All recordings of a folder, by name; what is none is told and left out."""
    recordings: dict[str, Recording] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            seconds = original(path).seconds
        except (av.error.FFmpegError, IndexError, ValueError) as error:
            print(f"left out: {path.name}: {error}", flush=True)
            continue
        sha256 = sha256_of(path)
        title = str(path.relative_to(folder))[:200]
        recordings.setdefault(sha256, Recording(str(path.resolve()), sha256, title, seconds))
    return list(recordings.values())


def playlists(recordings: Sequence[Recording], each: int) -> dict[str, list[Recording]]:
    """By slug: so many each, or fewer where they are long, each a mixture of the whole folder."""
    count = max(1, -(-len(recordings) // each))
    while True:
        dealt = [list(recordings[first::count]) for first in range(count)]
        if count >= len(recordings) / 2 or all(sum(one.seconds for one in some) <= LONGEST_S for some in dealt):
            return {f"recordings-{number}": some for number, some in enumerate(dealt, 1)}
        count += 1


def play(assigned: dict[str, list[Recording]], options: argparse.Namespace) -> list[str]:
    """Let boxes play all playlists, so many at a time; each leaves a folder with what was heard and told.

    What kept one from it, a line each.
    """
    ids = [str(uuid.UUID(int=random.Random(slug).getrandbits(128), version=4)) for slug in assigned]
    with ExitStack() as running:
        devices = {device_id: f"{number:04d}" for number, device_id in enumerate(ids, 401)}
        house = PlaylistHouse(options.kept / "house", options.music, devices)
        running.callback(house.end)
        house.start()
        house.load(assigned)
        with ThreadPoolExecutor(options.boxes) as pool:
            boxes = zip(ids, assigned.items(), strict=True)
            troubles = pool.map(lambda one: _tried(house, one[0], *one[1], options), boxes)
            return [trouble for trouble in troubles if trouble]


def _tried(
    house: PlaylistHouse, device_id: str, slug: str, playlist: list[Recording], options: argparse.Namespace
) -> str:
    try:
        _perform(house, device_id, slug, playlist, options)
    except (AssertionError, OSError, PanelError) as error:
        print(f"{slug}: FAILED: {error!r}", flush=True)
        return f"{slug} was not played to its end: {error!r}"
    return ""


def _perform(
    house: PlaylistHouse, device_id: str, slug: str, playlist: list[Recording], options: argparse.Namespace
) -> None:
    folder = options.kept / slug
    folder.mkdir(parents=True)
    make_music(folder / "music", options.music, playlist)
    box = Box(folder, device_id, folder / "music", house.broker.port)
    try:
        box.start()
        performance = Performance(box, house.bed_with(box, slug), slug, playlist, folder)
        performance.prepare()
        print(f"{slug}: plays {len(playlist)} recordings", flush=True)
        performance.play(options.detents, options.nexts)
        print(f"{slug}: has played", flush=True)
    finally:
        box.end()


def judge(kept: Path) -> tuple[list[Verdict], list[str]]:
    """Verdicts on the recordings of all boxes, and what is amiss with none of them alone."""
    verdicts, general = [], []
    for folder in sorted(path.parent for path in kept.glob(f"*/{TOLD}")):
        sound = np.memmap(folder / SOUND, np.int16, "r").reshape(-1, 2)
        one = RecordingsJudge(Told.load(folder), sound, lambda recording: original(Path(recording.path)))
        for verdict in one.judge():
            print(line_of(verdict), flush=True)
            verdicts.append(verdict)
        general += [f"{folder.name}: {words}" for words in one.general]
    return verdicts, general


def line_of(verdict: Verdict) -> str:
    """What was found of one recording."""
    level = f"says {verdict.said_dba:.1f}  assigns {verdict.said_dba + verdict.off_db:.2f} ({verdict.gated_dba:.1f})"
    lasts = f"{verdict.heard_s:6.2f} of {verdict.decoded_s:6.2f} s"
    crossfade = (
        "" if math.isnan(verdict.crossfade_s) else f"  crossfade {verdict.crossfade_s:.2f} s ({verdict.both_s:.1f})"
    )
    held = f"  held {verdict.held_s:.1f} s" if verdict.held_s else ""
    misses = "".join(f"\n    MISSED: {words}" for words in verdict.misses)
    return f"{verdict.title[:40]:<40} {verdict.mix:<10} {level}  {lasts}{crossfade}{held}{misses}"


def closing(verdicts: Sequence[Verdict], general: Sequence[str]) -> str:
    """All of them in a line."""
    off = np.array([one.off_db for one in verdicts if not math.isnan(one.off_db)])
    level = f"off by {off.mean():+.2f} dB in the mean, s.d. {off.std():.2f}, {off.min():+.2f} to {off.max():+.2f} dB(A)"
    missed = sum(bool(one.misses) for one in verdicts)
    crossed = sum(not math.isnan(one.crossfade_s) for one in verdicts)
    both = sum(one.both_s > 0 for one in verdicts)
    return (
        f"{len(verdicts)} recordings: {level if len(off) else 'none measured'}; "
        f" {crossed} natural crossfades, {both} with both sides heard apart;"
        f" {missed} recordings missed a limit, {len(general)} other faults"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """0: every recording was heard as the box says; 1: one was not."""
    options = _options(arguments)
    troubles = []
    if not options.again:
        shutil.rmtree(options.kept, ignore_errors=True)
        troubles = play(playlists(found(options.folder), options.each), options)
    os.nice(15)
    verdicts, general = judge(options.kept)
    general += troubles
    for words in general:
        print(f"AMISS: {words}")
    print(closing(verdicts, general), flush=True)
    return 0 if verdicts and not general and not any(one.misses for one in verdicts) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.listening.recordings", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--boxes", type=int, default=8, help="side by side")
    parser.add_argument("--each", type=int, default=EACH, help="recordings of one playlist")
    parser.add_argument("--nexts", type=int, default=NEXTS, help="presses of NEXT after a playlist was heard")
    parser.add_argument("--detents", type=int, default=0, help="of VOLUME before PLAY, from the 50 dB(A) of a day")
    parser.add_argument("--music", type=Path, default=ROOT / "build" / "music", help="rendered starter music")
    kept = ROOT / "build" / "recordings"
    parser.add_argument("--kept", type=Path, default=kept, help="where the sound of the boxes goes: 0.7 GB an hour")
    parser.add_argument("--again", action="store_true", help="judge once more what was kept")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
