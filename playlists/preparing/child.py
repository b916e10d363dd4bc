"""One file prepared in a process of its own, and whatever happens to that process is a verdict here.

A decoder that crashes, loops or eats memory ends its process and nothing else. Who calls counts the crashes of a file
and gives it up after three.
"""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from playlists.preparing.__main__ import CPU_S, FILE_BYTES, MEMORY_BYTES
from playlists.preparing.prepare import Prepared
from playlists.preparing.verdicts import Reason, Refusal

WALL_S = 2 * CPU_S  # at the lowest priority it waits for others as long as it works
LINE_BYTES = 1 << 20  # of the verdict, which is one line
_KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "TMPDIR")  # a decoder needs no password of the ward's
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # each would take its share of address space


class Crashed(msgspec.Struct, frozen=True, tag="crashed"):
    """No verdict came. `detail`: its last words for the technical log, at most 2,000 letters."""

    reason: Reason
    detail: str


Verdict = Prepared | Refusal | Crashed


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of address space and of each file written; seconds of processor and of clock."""

    memory_bytes: int = MEMORY_BYTES
    file_bytes: int = FILE_BYTES
    cpu_s: int = CPU_S
    wall_s: float = WALL_S


def prepare_apart(path: Path, folder: Path, *, film: bool = False, limits: Limits = Limits()) -> Verdict:
    """Makes `folder`/track.opus and perhaps cover.jpg; writes nowhere else. Blocks for seconds, at most `wall_s`.

    Any thread. After anything but Prepared the folder may hold half of a track: throw it away. Raises OSError where no
    process can be started.
    """
    command = [
        *(sys.executable, "-m", "playlists.preparing", str(path.resolve()), str(folder.resolve())),
        *("--memory-bytes", str(limits.memory_bytes), "--file-bytes", str(limits.file_bytes)),
        *("--cpu-s", str(limits.cpu_s), *(["--film"] if film else [])),
    ]
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limits.wall_s,
            check=False,
            cwd=folder,  # whatever a library leaves behind lies there
            env=_environment(),
        )
    except subprocess.TimeoutExpired:
        return Crashed(Reason.TIME, f"killed after {limits.wall_s:.0f} s")
    return _verdict(ended)


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | _ONE_THREAD


def _verdict(ended: "subprocess.CompletedProcess[bytes]") -> Verdict:
    if ended.returncode in {0, 1} and len(ended.stdout) <= LINE_BYTES:
        try:
            return msgspec.json.decode(ended.stdout, type=Prepared | Refusal)
        except msgspec.DecodeError:
            pass  # it broke off with an error of its own, which returns 1 too
    said = ended.stderr.decode("utf-8", "replace").strip()
    return Crashed(_reason(ended.returncode, said), said[-2000:] or f"ended with {ended.returncode}")


def _reason(code: int, said: str) -> Reason:
    last = said.rpartition("\n")[2]
    if code == -signal.SIGXCPU:
        return Reason.TIME
    if "MemoryError" in last or "Cannot allocate memory" in last or "ENOMEM" in last:
        return Reason.MEMORY
    if any(words in last for words in ("No space left", "File too large")):
        return Reason.DISK
    return Reason.DIED
