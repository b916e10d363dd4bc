"""What a box says of its level and what it assigns, for a folder: `python -m tests.benchmarks.levels FOLDER`.

Each is measured as a box measures it, played through the whole chain without a device, and judged by a level meter that
shares nothing with either: the A filter by its analog poles, blocks of 400 ms and the gates of BS.1770-4.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware.speaker import OutputProfile
from firmware.speaker.chain.chain import Chain, Transition
from firmware.speaker.chain.deck import Deck
from firmware.speaker.chain.frames import BLOCK, CELL, RATE
from firmware.speaker.chain.meter import Meter
from firmware.speaker.chain.weighting import pink_a_db
from firmware.speaker.errors import DecodeError
from firmware.speaker.player.decode import TrackFile
from playlists.analysis import analyse
from playlists.track_level import TrackLevel, gain_db
from tests.sound.level_meter import gated_and_whole_db

CHUNK = 20 * RATE

Pcm = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Finding:
    """One recording at one level. `real_dba`: gated; `whole_dba`: with its silences; `meter_dba`: what the box says
    afterwards that it was."""

    name: str
    level: TrackLevel
    gain_db: float
    claimed_dba: float
    real_dba: float
    whole_dba: float
    meter_dba: float

    @property
    def off_db(self) -> float:
        """By how much it is louder than the box says."""
        return self.real_dba - self.claimed_dba


def runs(path: Path) -> Iterator[NDArray[np.float32]]:
    """A file's samples. Raises DecodeError."""
    source, read = TrackFile.open(path), CHUNK
    while read == CHUNK:
        run = np.empty((CHUNK, 2), np.float32)
        read = source.read(run)
        yield run[:read]
    source.close()


def played(
    path: Path, profile: OutputProfile, level_dba: float, gain: float, mix: tuple[float, float] | None
) -> tuple[Pcm, float]:
    """What reaches the device, frames by 2, and what the box's own meter says. Raises DecodeError."""
    chain, meter, heard = Chain(profile), Meter(), []
    deck = Deck(1, TrackFile.open(path), start_s=0.0, gain_db=gain, mono=profile.mono, mono_mix=mix)
    chain.set_cap(0, profile.ceiling_dba)
    chain.begin(deck, Transition(level_dba))
    at = 0
    while at < deck.end:
        out = np.empty(2 * BLOCK, np.int16)
        chain.render(at, BLOCK, out)
        meter.take(chain.heard_power(at, BLOCK)[: max(0, min(BLOCK, deck.end - at)) // CELL])
        heard.append(out.reshape(-1, 2))
        at += BLOCK
    deck.close()
    return np.concatenate(heard)[: deck.end], meter.mean_dba


def find(path: Path, profile: OutputProfile, level_dba: float) -> Finding:
    """One recording at one level. Raises DecodeError."""
    level = analyse(runs(path))
    gain = gain_db(
        level, mono=profile.mono, presence=profile.presence, headroom_db=profile.full_scale_dba - profile.ceiling_dba
    )
    pcm, meter_dba = played(path, profile, level_dba, gain, level.mono_mix.factors)
    offset_db = profile.full_scale_dba - pink_a_db()
    gated_db, whole_db = gated_and_whole_db(pcm)
    return Finding(path.name, level, gain, level_dba, gated_db + offset_db, whole_db + offset_db, meter_dba)


def summary(findings: list[Finding]) -> str:
    """How far all of them are from what the box says."""
    off = np.array([finding.off_db for finding in findings])
    return (
        f"{len(off)} recordings: off by {off.mean():+.2f} dB in the mean, s.d. {off.std():.2f}, "
        f"from {off.min():+.2f} to {off.max():+.2f} dB(A)"
    )


def main(arguments: list[str] | None = None) -> int:
    """Returns 0; what cannot be decoded is named and left out."""
    options = _parser().parse_args(arguments)
    profile = OutputProfile(
        options.full_scale, ceiling_dba=options.cap, mono=not options.stereo, presence=options.presence
    )
    findings = []
    for path in sorted(path for path in options.folder.rglob("*") if path.is_file()):
        try:
            found = find(path, profile, options.level)
        except DecodeError as error:
            print(f"left out: {error}")
            continue
        findings.append(found)
        print(
            f"{found.name[:40]:<40} {found.level.mono_mix:<10} gain {found.gain_db:+6.1f}  says {found.claimed_dba:.1f}"
            f"  assigns {found.real_dba:.1f}  with silences {found.whole_dba:.1f}  its meter {found.meter_dba:.1f}",
            flush=True,
        )
    print(summary(findings) if findings else f"{options.folder}: no recordings")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.levels", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--level", type=float, default=50.0, metavar="DBA")
    parser.add_argument("--cap", type=float, default=60.0, metavar="DBA")
    parser.add_argument("--full-scale", type=float, default=85.0, metavar="DBA")
    parser.add_argument("--stereo", action="store_true", help="a box that does not play mono")
    parser.add_argument("--presence", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
