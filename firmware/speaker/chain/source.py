"""What the chain asks of a track: its samples from front to back. Knows no file."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Source(Protocol):
    """An open track."""

    @property
    def name(self) -> str:
        """What it is called in a reason."""

    @property
    def fault(self) -> str:
        """Why it ended before its time, in one line; empty while nothing is wrong."""

    @property
    def damage(self) -> str:
        """What was left out of it though it went on, in one line; empty while nothing was. Say it once, at its end."""

    @property
    def frames_left(self) -> int | None:
        """Frames from where reading began to the end, as well as it is known now; None where nothing is known."""

    @property
    def length_is_known(self) -> bool:
        """Whether that is certain and not a guess. It may become so by `look_ahead`."""

    def look_ahead(self, packets: int) -> bool:
        """Find out some more about a length that is not known; whether further calls may find more.

        Costs 2 to 4 us for each of `packets` (about 26 ms of music each) and decodes nothing. Raises nothing.
        """

    def read(self, out: NDArray[np.float32]) -> int:
        """Fill `out` (frames by 2) and say how many frames came; fewer than asked is the end. Raises nothing."""

    def close(self) -> None:
        """Give it back."""
