"""What the chain asks of a piece: its samples from front to back. Knows no file."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Source(Protocol):
    """An open piece."""

    @property
    def name(self) -> str:
        """What it is called in a reason."""

    @property
    def fault(self) -> str:
        """Why it ended before its time, in one line; empty while nothing is wrong."""

    @property
    def frames_left(self) -> int | None:
        """Frames from where reading began to the end, as the file's own head says; None where it does not say."""

    @property
    def length_is_known(self) -> bool:
        """Whether that is exact and not a guess."""

    def read(self, out: NDArray[np.float32]) -> int:
        """Fill `out` (frames by 2) and say how many frames came; fewer than asked is the end. Raises nothing."""

    def close(self) -> None:
        """Give it back."""
