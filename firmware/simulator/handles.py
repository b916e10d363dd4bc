"""What training can do to a simulated box beyond its front. Knows no box: the program that runs one implements it."""

from datetime import datetime
from typing import Protocol


class Handles(Protocol):
    """For training and tests. Every method returns quickly and is called on the panel's threads."""

    def set_clock(self, local: datetime | None) -> None:
        """The box's clock continues from this naive local time; None: it shows the actual time again."""

    def know_clock(self, known: bool) -> None:
        """False: the box's clock is not set, as after a start without a network; True: it is."""

    def power(self, plugged: bool) -> None:
        """Disconnect the mains without shutting down, or connect it and start."""

    def sound_card(self, plugged: bool) -> None:
        """Disconnect or connect the sound card."""

    def network(self, plugged: bool) -> None:
        """Disconnect or connect the network."""
