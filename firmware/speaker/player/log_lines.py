"""The player's lines on standard error: its own and no library's, and none that has to wait.

alsa-lib prints a line at each underrun and eight at each device that is not there; SDL prints, too. What they say is
raised or counted anyway. A journal that stands still fills the pipe, and whoever waits for it plays no music.
"""

import logging
import os
import select
import sys
from typing import TextIO

_MOST_CHARACTERS = 1000  # four bytes each at most: a pipe with any room takes 4,096 bytes at once
_FORMAT = "%(asctime)s %(levelname)s player %(message)s"


class LinesIfThereIsRoom(logging.StreamHandler[TextIO]):
    """Drops a line where standard error does not take it at once."""

    def emit(self, record: logging.LogRecord) -> None:
        if select.select([], [self.stream], [], 0)[1]:
            super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        """The end of a traceback says most."""
        line = super().format(record)
        return line if len(line) <= _MOST_CHARACTERS else f"... {line[-_MOST_CHARACTERS:]}"


def take_standard_error() -> None:
    """Keep standard error for Python; what C libraries print goes nowhere. Once for each process."""
    own, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = os.fdopen(own, "w", buffering=1, errors="backslashreplace")
    logging.basicConfig(level=logging.INFO, format=_FORMAT, handlers=[LinesIfThereIsRoom(sys.stderr)])
