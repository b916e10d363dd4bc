"""What a hand can do to a simulated box beyond its front. Knows no box: whoever runs one offers it to the panel."""

from datetime import datetime
from typing import Protocol


class Handles(Protocol):
    """For training and tests. Every method returns at once or soon, and is called on the panel's threads."""

    def set_clock(self, local: datetime | None) -> None:
        """The box's clock goes on from this naive local time; None: it tells real time again."""

    def know_clock(self, known: bool) -> None:
        """False: the clock is not known to the box, as after a start without a network; True: it is."""

    def power(self, plugged: bool) -> None:
        """Pull the mains plug with no good-bye, or put it back and start."""

    def sound_card(self, plugged: bool) -> None:
        """Pull the sound card's plug, or put it back."""

    def network(self, plugged: bool) -> None:
        """Pull the network's plug, or put it back."""
