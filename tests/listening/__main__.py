"""`python -m tests.listening`: several whole boxes side by side, used by random hands, judged by an ear of its own."""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.listening.box import ROOT, Box
from tests.listening.ear import Ear
from tests.listening.hands import Hands
from tests.listening.house import House
from tests.listening.listener import Listener
from tests.listening.recognise import Recogniser
from tests.listening.tracks import load


def main(arguments: Sequence[str] | None = None) -> int:
    """Listen; 0: all that was said fits what was heard, 1: some does not."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, _stop)
    print(f"listening to {options.boxes} boxes for {options.minutes:g} minutes, seed {options.seed}", flush=True)
    with ExitStack() as running:
        listeners = _listeners(options, running)
        for listener in listeners:
            listener.start()
        for listener in listeners:
            listener.join()
    for listener in listeners:
        if listener.failure is not None:
            raise listener.failure
    return summary(listeners)


def _stop(_signal: int, _frame: object) -> None:
    """Asked to end: boxes and house end with us."""
    sys.exit(143)


def summary(listeners: Sequence[Listener]) -> int:
    """Print what was heard, done and found; the exit code."""
    presses: Counter[str] = sum((one.presses for one in listeners), Counter())
    found = Counter(one.kind for listener in listeners for one in listener.found)
    minutes, music = sum(one.heard_s for one in listeners) / 60, sum(one.music_s for one in listeners) / 60
    done = ", ".join(f"{count} {kind}" for kind, count in presses.most_common())
    kinds = ", ".join(f"{count} {kind}" for kind, count in found.most_common()) or "none"
    load = f"{os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"
    print(
        f"heard {minutes:.1f} minutes, music in {music:.1f} (load {load}); hands: {done}; disagreements: {kinds}",
        flush=True,
    )
    return 1 if found else 0


def _listeners(options: argparse.Namespace, running: ExitStack) -> list[Listener]:
    tracks = load(options.music, options.tracks)
    recogniser = Recogniser(tracks)
    folder = Path(tempfile.mkdtemp(prefix="nightingale-listening-"))
    running.callback(shutil.rmtree, folder, ignore_errors=True)
    seeds = range(options.seed, options.seed + options.boxes)
    ids = [str(uuid.UUID(int=random.Random(seed).getrandbits(128), version=4)) for seed in seeds]
    house = _house(options, folder / "house", ids, running)
    listeners = []
    for seed, device_id in zip(seeds, ids, strict=True):
        box = Box(folder / str(seed), device_id, options.music, house.broker.port if house else None)
        running.callback(box.end)
        box.start()
        actions = Hands(str(seed), has_ward=house is not None).actions()
        ear = Ear(tracks, recogniser)
        listener = Listener(f"seed {seed}", box, ear, actions, seconds=60 * options.minutes, cuts=options.cuts)
        if house:
            bed = house.bed_of(box)
            listener.ask_ward, listener.watch_ward, listener.read_entries = bed.ask, bed.watch, bed.new_entries
        listeners.append(listener)
    return listeners


def _house(options: argparse.Namespace, folder: Path, ids: Sequence[str], running: ExitStack) -> House | None:
    if not options.ward:
        return None
    house = House(folder, options.music, {device_id: f"{number + 401:04d}" for number, device_id in enumerate(ids)})
    running.callback(house.end)
    house.start()
    return house


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.listening", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument(
        "--seed", type=int, default=int(time.time()) % 100_000, help="of the first box; the next has the next"
    )
    parser.add_argument("--boxes", type=int, default=4)
    parser.add_argument("--ward", action="store_true", help="a real ward and its broker behind the boxes")
    parser.add_argument("--music", type=Path, default=ROOT / "build" / "music", help="rendered starter music")
    parser.add_argument("--cuts", type=Path, default=ROOT / "build" / "listening", help="where cuts of the sound go")
    tracks = ROOT / "build" / "listening" / "tracks"
    parser.add_argument("--tracks", type=Path, default=tracks, help="where decoded tracks are kept")
    options = parser.parse_args(arguments)
    options.music = options.music.resolve()
    return options


if __name__ == "__main__":
    sys.exit(main())
