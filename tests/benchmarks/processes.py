"""What a player's processes cost: CPU and memory of a whole tree, as the kernel counts them."""

import os
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """One process now. `cpu_s`: user and system since it began."""

    pid: int
    parent: int
    name: str
    cpu_s: float


def _read(pid: int) -> Process | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it ended between listing and reading
        return None
    name, fields = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
    return Process(pid, int(fields[1]), name, (int(fields[11]) + int(fields[12])) / _TICKS_PER_S)


def tree(root_pid: int, without: Container[str] = ()) -> tuple[Process, ...]:
    """A process and all that descend from it, but those of these names, the root first."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    everybody = [process for process in map(_read, pids) if process]
    found = [process for process in everybody if process.pid == root_pid]
    for process in found:  # grows while it is walked: the children of children
        found += [child for child in everybody if child.parent == process.pid]
    return tuple(process for process in found if process.name not in without)


def pss_mb(pid: int) -> float:
    """Proportional set size: what it has alone, and its share of what it has with others. In 10^6 bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
