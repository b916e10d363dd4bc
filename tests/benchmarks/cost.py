"""What playing costs: CPU by the frames that came out, and memory; of all players over the same time."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.benchmarks import processes
from tests.benchmarks.figures import OURS, Figures, number
from tests.benchmarks.players import Player, PlayerError
from tests.benchmarks.recording import RATE_HZ

LOUDEST_SILENCE_STEPS = 33  # RMS, -60 dBFS: music that is quieter was not played
VOLUME = 80  # below 100, so that everybody's gain has to work


@dataclass(frozen=True, slots=True)
class Look:
    """A player's processes at one time: the root first, then by CPU used."""

    time_ns: int
    tree: tuple[processes.Process, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one player, process by process, in the order of a look."""

    player: str
    cpu_s_per_min: tuple[float, ...]
    memory_mb: tuple[float, ...]


def count(players: Sequence[Player], track: Path, ahead_s: float, counted_s: float) -> list[Cost]:
    """Play for `ahead_s`, then count for `counted_s`; ends the players, whose recordings say how much came out."""
    for player in players:
        player.play([track], VOLUME)
    time.sleep(ahead_s)
    before = list(map(_look, players))
    time.sleep(counted_s)
    after = list(map(_look, players))
    memory_mb = [tuple(processes.pss_mb(process.pid) for process in look.tree) for look in after]
    for player in players:
        player.close()
    return list(map(_cost, players, before, after, memory_mb))


def put(figures: Figures, name: str, costs: Sequence[Cost]) -> None:
    """Write the figures of one kind of file; memory is that of Opus."""
    _put(figures, f"cpu_s_per_min_{name}", {cost.player: cost.cpu_s_per_min for cost in costs})
    if name == "opus":
        _put(figures, "memory_mb", {cost.player: cost.memory_mb for cost in costs})


def _put(figures: Figures, measure: str, parts: Mapping[str, tuple[float, ...]]) -> None:
    for player, values in parts.items():
        figures.put(measure, player, sum(values))
    ours = " + ".join(number(value) for value in parts[OURS])
    figures.notes.append(f"{measure}, ours: {ours} (what stands for the bedside process, player, standby)")


def _look(player: Player) -> Look:
    root, *others = player.tree()
    return Look(time.monotonic_ns(), (root, *sorted(others, key=lambda process: -process.cpu_s)))


def _cost(player: Player, before: Look, after: Look, memory_mb: tuple[float, ...]) -> Cost:
    used_s = {process.pid: process.cpu_s for process in before.tree}
    if used_s.keys() != {process.pid for process in after.tree}:
        raise PlayerError(f"{player.name} changed its processes while it was counted: {player.last_words()}")
    recording = player.recording()
    first, last = recording.frames_at(before.time_ns), recording.frames_at(after.time_ns)
    came = recording.pcm[round(first) : round(last)].astype(np.float32)
    if not len(came) or np.sqrt(np.mean(came**2)) < LOUDEST_SILENCE_STEPS:
        raise player.made_no_sound()
    minutes = (last - first) / RATE_HZ / 60
    cpu_s_per_min = tuple((process.cpu_s - used_s[process.pid]) / minutes for process in after.tree)
    return Cost(player.name, cpu_s_per_min, memory_mb)
