"""Planted faults for `recordings`: `python -m tests.listening.recordings_plants FOLDER`, of a few short recordings.

Each time the tree is copied, one line is broken, and the recordings are played by a box of that copy. A limit must be
missed, the one that the fault is about.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.listening.plants import PLANTS, ROOT, Plant, copy_of_the_tree, plant

RECORDINGS_PLANTS = (
    Plant(
        "gain 3 dB too high",
        "firmware/speaker/chain/chain.py",
        "return min(transition.level_dba, self._cap_dba) - self._full_scale_dba",
        "return min(transition.level_dba, self._cap_dba) - self._full_scale_dba + 3.0",
        ("is +3.",),
    ),
    Plant(
        "a level that was measured 3 dB wrong",
        "playlists/track_level.py",
        "return self.a_mono_presence_dbfs if presence else self.a_mono_dbfs",
        "return self.a_mono_presence_dbfs if presence else self.a_mono_dbfs + 3.0",
        ("is -3.", "is -2.9"),
    ),
    Plant(
        "a track that goes 3 s before its end",
        "firmware/speaker/chain/deck.py",
        "left is None else self.start + left",
        "left is None else self.start + left - 3 * RATE",
        ("was heard for",),
    ),
    Plant(
        "no crossfade",
        "device/rules/session.py",
        "return VIGIL_CROSSFADE_S if self.endless else CROSSFADE_S",
        "return VIGIL_CROSSFADE_S if self.endless else 0.0",
        ("overlaps 0.00 s",),
    ),
    Plant(
        "a crossfade that does not fade",
        "firmware/speaker/chain/gain.py",
        "return np.sin(angle) if self.entering else np.cos(angle)",
        "return np.ones(len(grid)) if self.entering else np.zeros(len(grid))",
        ("no crossfade into the next one",),
    ),
    next(one for one in PLANTS if one.name == "sound that is lost on the way"),
)
LOST = ("silent for", "sound like nothing", "a click at", "was heard for")


def found(planted: Plant | None, options: argparse.Namespace) -> bool:
    """Whether it is found; a tree without a plant must miss nothing."""
    with tempfile.TemporaryDirectory(prefix="nightingale-plant-") as name:
        folder = Path(name)
        copy_of_the_tree(folder)
        if planted is not None:
            plant(folder, planted)
        command = [sys.executable, "-m", "tests.listening.recordings", str(options.folder.resolve()), "--nexts=1"]
        command += [f"--music={(ROOT / 'build' / 'music').resolve()}", f"--kept={folder / 'kept'}"]
        environment = os.environ | {"PYTHONPATH": str(folder)}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    kinds = (planted.kinds if planted in RECORDINGS_PLANTS[:-1] else LOST) if planted else ()
    lines = [line.strip() for line in done.stdout.splitlines() if line.lstrip().startswith(("MISSED", "AMISS"))]
    is_right = any(kind in line for kind in kinds for line in lines) if planted else done.returncode == 0
    print(f"{'found' if is_right else 'NOT FOUND'}: {planted.name if planted else 'nothing planted'}", flush=True)
    print("\n".join(f"  {line}" for line in lines[:4]) or f"  {(done.stdout + done.stderr)[-600:]}", flush=True)
    return is_right


def main(arguments: Sequence[str] | None = None) -> int:
    """Plant one after the other; 0: each was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.listening.recordings_plants", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="a part of a plant's name; 'nothing' plants nothing")
    options = parser.parse_args(arguments)
    if options.only == "nothing":
        return 0 if found(None, options) else 1
    results = [found(one, options) for one in RECORDINGS_PLANTS if options.only in one.name]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
