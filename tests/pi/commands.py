"""Programs of the host. What one of them says is shown only where it fails."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


class CommandError(Exception):
    """A program of the host failed; the message ends with what it said."""


def run(*command: str | Path, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """What the program printed. Raises CommandError."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=None if environment is None else dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
        text=True,
        errors="replace",
        preexec_fn=_be_modest,  # no thread runs here
    )
    if done.returncode:
        raise CommandError(
            f"{' '.join(str(word) for word in command)} ended with {done.returncode}:\n{done.stdout[-3000:]}"
        )
    return done.stdout


def in_root(root: Path, *command: str | Path) -> str:
    """The same inside the guest's root, on this machine's kernel, without this machine's environment."""
    path = "/usr/sbin:/usr/bin:/sbin:/bin"
    return run("chroot", root, *command, environment={"PATH": path, "HOME": "/root", "LC_ALL": "C.UTF-8"})


def _be_modest() -> None:
    os.nice(10)
