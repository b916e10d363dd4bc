"""Measures, one after the other and behind everything else, the tracks whose level nobody has told the box.

Each in a process of its own: what decodes a file may crash on it or hang, and the box's own process makes no sound.
"""

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

from device.music import Music
from playlists.parsing import parse_json
from playlists.track_level import TrackLevel

log = logging.getLogger(__name__)

FIRST_LOOK_S = 20.0  # a box that starts has better things to do
LOOK_S = 60.0  # between two looks at the music folder
TRACK_S = 900.0  # a track that takes longer is not measured: a long one takes three minutes on a slow Pi
COMMAND = (sys.executable, "-m", "device", "measure")


class Measurer:
    """Looks and measures on a thread of its own. `look_s`: between two looks, `track_s`: the most for one track."""

    def __init__(
        self, music: Music, *, first_look_s: float = FIRST_LOOK_S, look_s: float = LOOK_S, track_s: float = TRACK_S
    ) -> None:
        self._music = music
        self._first_look_s, self._look_s, self._track_s = first_look_s, look_s, track_s
        self._given_up: set[str] = set()  # until the next start
        self._closing = threading.Event()
        self._guard = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._run, name="measurer", daemon=True)

    def start(self) -> None:
        """Begin to look. Returns at once."""
        self._thread.start()

    def close(self) -> None:
        """End, and end what is being measured. Waits for it."""
        with self._guard:
            self._closing.set()
            if self._child is not None:
                self._child.kill()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        wait_s = self._first_look_s
        while not self._closing.wait(wait_s):
            wait_s = self._look_s
            for sha256 in self._music.unmeasured():
                if sha256 not in self._given_up and not self._closing.is_set():
                    self._measure(sha256)

    def _measure(self, sha256: str) -> None:
        """One track; what goes wrong is said once and not tried again in this life of the box."""
        try:
            level = _level(sha256, self._said_of(self._music.path(sha256)))
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._given_up.add(sha256)
            if not self._closing.is_set():
                log.warning("measured=no track=%s reason=%s: it plays softly", sha256, error)
            return
        log.info("measured=yes track=%s mono_dbfs=%.1f mix=%s", sha256, level.a_mono_dbfs, level.mono_mix)
        try:
            self._music.keep(sha256, level)
        except OSError as error:
            log.warning("levels=not-kept reason=%s: known until the next start", error)

    def _said_of(self, path: Path) -> str:
        """What the process says of a file. Raises OSError or ValueError."""
        with self._guard:
            if self._closing.is_set():
                raise ValueError("the box goes")
            self._child = subprocess.Popen(
                [*COMMAND, f"--parent={os.getpid()}", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        with self._child as child:
            try:
                said, trouble = child.communicate(timeout=self._track_s)
            except subprocess.TimeoutExpired:
                child.kill()
                raise ValueError(f"it took more than {self._track_s:g} s") from None
        if child.returncode:
            raise ValueError(" ".join(trouble.split()) or f"the process ended with {child.returncode}")
        return said


def _level(sha256: str, said: str) -> TrackLevel:
    """Raises ValueError, KeyError or TypeError."""
    found = parse_json(said)
    if found["sha256"] != sha256:
        raise ValueError("its contents are not what its name says")
    return TrackLevel.of_entry(found)
