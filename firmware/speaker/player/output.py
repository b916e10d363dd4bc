"""What the engine asks of a sound device; the seam between our arithmetic and pygame. Knows neither."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Output(Protocol):
    """An open device that loops a ring of RING_FRAMES interleaved frames. One thread owns it."""

    @property
    def ring(self) -> NDArray[np.int16]:
        """The samples that are looped, to be written in place; of no use after `close`."""

    def begin(self) -> None:
        """Loop the ring from its first frame. Raises DeviceError."""

    def halt(self) -> None:
        """Stop looping; the device stays open and silent."""

    def mixed_frames(self) -> int:
        """Frames taken since `begin`, never a period too many; runs on within a period, and no further."""

    def first_free_frame(self) -> int:
        """The first frame since `begin` that can still be rewritten in time; a whole period, never falling."""

    def stalled_s(self) -> float:
        """Seconds since the device took sound; a healthy one stays well under 0.2, also while nothing is looped."""

    @property
    def underruns(self) -> int:
        """How often the device was found to have run dry since it was opened; counted at each `fault`."""

    def fault(self) -> str | None:
        """Why the device is gone, or None while it is there."""

    def close(self) -> None:
        """Give the device back; waits for ever where it takes no more sound. May be called twice."""
