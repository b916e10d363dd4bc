"""What the figures were taken on: machine and versions, in a few lines."""

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def description() -> list[str]:
    """The machine, then the versions of what was measured."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return [
        f"{datetime.now(UTC):%Y-%m-%d}, {cpu_model()}, {os.cpu_count()} cores, {system}",
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {number}" for name, number in versions().items() if number),
    ]


def cpu_model() -> str:
    """As the kernel names it; a Pi names the board instead."""
    for path, pattern in (("/proc/cpuinfo", r"model name\s*:\s*(.+)"), ("/proc/device-tree/model", r"([^\0]+)")):
        if Path(path).exists() and (found := re.search(pattern, Path(path).read_text())):
            return found[1].strip()
    return platform.processor() or "a CPU without a name"


def versions() -> dict[str, str]:
    """Of the players and of what ours stands on; empty where something is missing."""
    os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
    import pygame  # late: it reads the line above
    import soundfile

    return {
        "MPD": _first_number("mpd", "--version"),
        "mpv": _first_number("mpv", "--version"),
        "pygame": version("pygame"),
        "SDL": ".".join(map(str, pygame.get_sdl_version())),
        "numpy": version("numpy"),
        "libsndfile": str(soundfile.__libsndfile_version__),
        "av": version("av"),
    }


def _first_number(*command: str) -> str:
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return ""
    found = re.search(r"\d+(\.\d+)+", said)
    return found[0] if found else ""
