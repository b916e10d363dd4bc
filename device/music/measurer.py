"""Measures, one after the other and behind everything else, the tracks with an unknown level.

Each in a process of its own: what decodes a file may crash on it or hang, and the box's own process makes no sound.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable

from device.music.music import Music
from playlists.parsing import one_line, parse_json
from playlists.track_level import TrackLevel

log = logging.getLogger(__name__)

FIRST_LOOK_S = 20.0  # a box that starts has better things to do
LOOK_S = 60.0  # between two looks at the music folder
TRACK_S = 900.0  # a track that takes longer is not measured: a long one takes three minutes on a slow Pi
GIVE_WAY_S = 1.0  # between two checks for a more urgent track
URGENT = 2  # of the tracks that are wanted first: what plays and what follows it
COMMAND = (sys.executable, "-m", "device", "measure")


class _UndecodableError(Exception):
    """The file contains no music that can be decoded."""


class _PutOffError(Exception):
    """Another track is more urgent."""


class Measurer:
    """Looks and measures on a thread of its own. `look_s`: between two looks, `track_s`: the most for one track."""

    def __init__(
        self,
        music: Music,
        *,
        first: Callable[[], Iterable[str]] = tuple,
        measured: Callable[[str], None] = lambda _sha256: None,
        first_look_s: float = FIRST_LOOK_S,
        look_s: float = LOOK_S,
        track_s: float = TRACK_S,
    ) -> None:
        """`first`: the tracks to measure before all others, the most urgent first. `measured`: told each track of which
        something is known now. Both are called on the measurer's thread."""
        self._music = music
        self._first, self._measured = first, measured
        self._first_look_s, self._look_s, self._track_s = first_look_s, look_s, track_s
        self._given_up: set[tuple[str, object]] = set()  # with its stamp; until the next start
        self._closing = threading.Event()
        self._asked = threading.Event()
        self._guard = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._run, name="measurer", daemon=True)

    def start(self) -> None:
        """Begin to look. Returns at once."""
        self._thread.start()

    def hurry(self) -> None:
        """Another track may be wanted: look now which one is the most urgent. Returns at once; any thread may ask."""
        self._asked.set()

    def close(self) -> None:
        """End, and end what is being measured. Waits for it."""
        with self._guard:
            self._closing.set()
            if self._child is not None:
                self._child.kill()
        self._asked.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        wait_s = self._first_look_s
        while not self._closing.is_set():
            self._asked.wait(wait_s)
            self._asked.clear()
            wait_s = self._look_s
            while not self._closing.is_set() and (sha256 := self._next()) is not None:
                self._measure(sha256)

    def _next(self) -> str | None:
        """The most urgent track of those that are still to be measured."""
        left = [one for one in self._music.unmeasured() if (one, self._music.stamp(one)) not in self._given_up]
        return next((one for one in self._first() if one in left), next(iter(left), None))

    def _measure(self, sha256: str) -> None:
        """Measure one track; an error is logged once and not tried again until the next start."""
        stamp = self._music.stamp(sha256)
        try:
            level = _level(sha256, self._said_of(sha256))
        except _PutOffError:
            return
        except _UndecodableError as error:
            self._given_up.add((sha256, stamp))
            self._keep_unplayable(sha256, one_line(str(error)))
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._given_up.add((sha256, stamp))
            if not self._closing.is_set():
                log.warning("measured=no track=%s reason=%s: it plays softly", sha256, error)
        else:
            log.info("measured=yes track=%s mono_dbfs=%.1f mix=%s", sha256, level.a_mono_dbfs, level.mono_mix)
            self._keep(lambda: self._music.keep(sha256, level))
            if (reason := self._music.why_not(sha256)) is not None:
                log.warning("playable=no track=%s reason=%s: it is passed over", sha256, reason)
            self._measured(sha256)

    def _keep_unplayable(self, sha256: str, reason: str) -> None:
        if self._music.why_not(sha256) is not None:
            return  # as it was found at an earlier start
        log.warning("playable=no track=%s reason=%s: it is passed over", sha256, reason)
        self._keep(lambda: self._music.keep_unplayable(sha256, reason))
        self._measured(sha256)

    def _keep(self, keep: Callable[[], None]) -> None:
        try:
            keep()
        except OSError as error:
            log.warning("levels=not-kept reason=%s: known until the next start", error)

    def _said_of(self, sha256: str) -> str:
        """What the process says of a file. Raises OSError, ValueError or _PutOffError."""
        with self._guard:
            if self._closing.is_set():
                raise ValueError("the box goes")
            self._child = subprocess.Popen(
                [*COMMAND, f"--parent={os.getpid()}", str(self._music.path(sha256))],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        with self._child as child:
            try:
                said, trouble = self._wait_for(child, sha256)
            except (ValueError, _PutOffError):
                child.kill()
                raise
        if child.returncode and not said:
            raise ValueError(" ".join(trouble.split()) or f"the process ended with {child.returncode}")
        return said

    def _wait_for(self, child: "subprocess.Popen[str]", sha256: str) -> tuple[str, str]:
        """Raises ValueError if it takes too long, _PutOffError if another track is more urgent."""
        give_up_at = time.monotonic() + self._track_s
        while True:
            left_s = give_up_at - time.monotonic()
            try:
                return child.communicate(timeout=max(0.0, min(GIVE_WAY_S, left_s)))
            except subprocess.TimeoutExpired:
                if left_s <= 0:
                    raise ValueError(f"it took more than {self._track_s:g} s") from None
            if self._asked.is_set() and not self._closing.is_set():
                self._asked.clear()
                if self._is_urgent(wanted := self._next()) and wanted != sha256:
                    raise _PutOffError

    def _is_urgent(self, sha256: str | None) -> bool:
        """Whether it is what plays or would be played next."""
        return sha256 in tuple(self._first())[:URGENT]


def _level(sha256: str, said: str) -> TrackLevel:
    """Raises _UndecodableError, ValueError, KeyError or TypeError."""
    found = parse_json(said)
    if "unplayable" in found:
        raise _UndecodableError(str(found["unplayable"]))
    if found["sha256"] != sha256:
        raise ValueError("its contents are not what its name says")
    return TrackLevel.of_entry(found)
