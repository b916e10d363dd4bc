"""Planted faults: `python -m tests.listening.plants` copies the tree, breaks one line and lets the listener find it.

The product is never touched: each copy lies in a temporary folder and goes when the listener is done. `--only NAME`
takes one.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("firmware", "device", "playlists", "messages", "ward", "tests", "deploy")


@dataclass(frozen=True, slots=True)
class Plant:
    """One line that is broken, and the kinds of disagreement of which one must be found."""

    name: str
    file: str
    right: str
    wrong: str
    kinds: tuple[str, ...]


PLANTS = (
    Plant(
        "gain 6 dB too high",
        "firmware/speaker/chain/chain.py",
        "return min(transition.level_dba, self._cap_dba) - self._full_scale_dba",
        "return min(transition.level_dba, self._cap_dba) - self._full_scale_dba + 6.0",
        ("louder than it says",),
    ),
    Plant(
        "gain 6 dB too low",
        "firmware/speaker/chain/chain.py",
        "return min(transition.level_dba, self._cap_dba) - self._full_scale_dba",
        "return min(transition.level_dba, self._cap_dba) - self._full_scale_dba - 6.0",
        ("quieter than it says",),
    ),
    Plant(
        "the wrong track",
        "device/loop.py",
        "                    music.path(sha256),\n                    start_s",
        "                    music.path(sorted(music.held())[0]),\n                    start_s",
        ("another track sounds",),
    ),
    Plant(
        "a click where a crossfade begins",
        "firmware/speaker/chain/mix.py",
        "        mix[at : at + len(part)] += part\n",
        "        mix[at : at + len(part)] += part\n"
        "        if begin == deck.start:\n            mix[at : at + 128] = 0.0\n",
        ("click at a press", "click"),
    ),
    Plant(
        "a stop that does not stop",
        "firmware/speaker/player/player.py",
        "self._engine.stop(ramp_s)\n                self._silencing = stop_id",
        "self._engine.stop(ramp_s + 3.0)\n                self._say(Silent(stop_id))\n"
        "                self._silencing = None",
        ("sounds while it says it is silent",),
    ),
    Plant(
        "sound that is lost on the way",
        "firmware/speaker/player/engine.py",
        "        head.zeroed = heard\n",
        "        head.zeroed = heard\n        self._output.ring[: 2 * 4096] = 0\n",
        ("sounds like no track", "click", "silent while it says it plays"),
    ),
    Plant(
        "a start that does not rise",
        "device/rules/volume.py",
        "is Cause.TIMED else RISE_DAY_S",
        "is Cause.TIMED else 1000.0",
        ("quieter than it says",),
    ),
    Plant(
        "a track that hurries the rise it comes into",
        "firmware/speaker/chain/chain.py",
        "return Gains(moved_level(before.level, frame, level_db, before.rise), before.rise)",
        "return Gains(Line.flat(level_db), FLAT)",
        ("rises too fast",),
    ),
    Plant(
        "seconds that nobody heard",
        "device/rules/session.py",
        "max(0.0, until - self.sounded_at - self.quiet_s)",
        "max(0.0, until - self.sounded_at - self.quiet_s) * 1.5",
        ("log: seconds heard",),
    ),
    Plant(
        "a screen that does not say what plays",
        "device/rules/view_of.py",
        "word, minutes = session.music.label, minutes_left(session, now)",
        "word, minutes = 'Garden', minutes_left(session, now)",
        ("screen",),
    ),
)


def copy_of_the_tree(folder: Path) -> None:
    """The packages and the tests into `folder`, where a listener can be started."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))


def plant(folder: Path, planted: Plant) -> None:
    """Break the line; it must be there once."""
    file = folder / planted.file
    text = file.read_text()
    if text.count(planted.right) != 1:
        raise ValueError(f"{planted.name}: its line is not in {planted.file} once: mend the plant")
    file.write_text(text.replace(planted.right, planted.wrong))


def listen(folder: Path, minutes: float, seed: int, boxes: int) -> str:
    """Everything that a listener in this copy says."""
    command = [sys.executable, "-m", "tests.listening", f"--minutes={minutes}", f"--seed={seed}", f"--boxes={boxes}"]
    command += [f"--music={ROOT / 'build' / 'music'}", f"--tracks={ROOT / 'build' / 'listening' / 'tracks'}"]
    command += [f"--cuts={ROOT / 'build' / 'listening' / 'plants'}"]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def found(planted: Plant | None, options: argparse.Namespace) -> bool:
    """Whether the listener finds it; a tree without a plant must be found right."""
    with tempfile.TemporaryDirectory(prefix="nightingale-plant-") as name:
        folder = Path(name)
        copy_of_the_tree(folder)
        if planted is not None:
            plant(folder, planted)
        said = listen(folder, options.minutes, options.seed, options.boxes)
    last = said.strip().splitlines()[-1]
    is_right = any(kind in last for kind in planted.kinds) if planted else last.endswith("disagreements: none")
    print(
        f"{'found' if is_right else 'NOT FOUND'}: {planted.name if planted else 'nothing planted'}\n  {last}",
        flush=True,
    )
    if not is_right or options.verbose:
        print(said, flush=True)
    return is_right


def main(arguments: Sequence[str] | None = None) -> int:
    """Plant one after the other; 0: each was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.listening.plants", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--boxes", type=int, default=2)
    parser.add_argument("--only", default="", help="a part of a plant's name; 'nothing' plants nothing")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args(arguments)
    if options.only == "nothing":
        return 0 if found(None, options) else 1
    chosen = [planted for planted in PLANTS if options.only in planted.name]
    results = [found(planted, options) for planted in chosen]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
