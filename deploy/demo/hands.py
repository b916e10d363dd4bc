"""A simulated patient at a simulated box: uses it a few times a day, through its page as a person would."""

import contextlib
import json
import random
import threading
import urllib.error
import urllib.request
from typing import Any

BETWEEN_S = 3 * 3600.0  # from one use to the next, in the mean


class Hands(threading.Thread):
    """Presses PLAY soon, so that the board lives; then every few hours, and now and then something else with it."""

    def __init__(self, port: int, stopping: threading.Event) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._stopping = stopping
        self._chance = random.Random(port)

    def run(self) -> None:
        """Until the demo ends."""
        self._press_once_assigned()
        while not self._stopping.wait(self._chance.expovariate(1 / BETWEEN_S)):
            if not state(self._port).get("playing"):
                self._ask("press?button=play")
            self._ask(self._chance.choice(("turn?knob=volume&steps=-1", "turn?knob=volume&steps=1")))

    def _press_once_assigned(self) -> None:
        while not self._stopping.wait(0.5):
            if state(self._port).get("assignment_version"):
                self._ask("press?button=play")
                return

    def _ask(self, action: str) -> None:
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}/{action}", method="POST")
        with contextlib.suppress(urllib.error.URLError, OSError):  # the box was stopped: the board shows it
            urllib.request.urlopen(request, timeout=5).close()


def state(port: int) -> dict[str, Any]:
    """What the box on this port says of itself; nothing where it does not answer. `ready`: a press would act, for its
    page is there a moment before its pins."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/state", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except (urllib.error.URLError, OSError, ValueError):
        return {}
