"""What touches a pin, a bus or the sound card: plain values in, plain values out, and no decision taken here.

A driver may keep what it must to do its part (the last frame sent, a contact's last edge) and translates
every library's error into one of these, in one line that says which part and what to do:

    FirmwareError
    +-- PinsLost       no GPIO on this machine, or a pin is taken
    +-- ScreenLost     the screen or its bus does not answer; everything else works on
    +-- PanelError     the simulator's page cannot be served

(`firmware.speaker` adds its own leaves.) A driver never retries by itself, never sleeps and starts no thread
that its user did not ask for.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from messages import Reason  # the player imports this package: it needs none of the messages, 1 to 6 MB of memory


class FirmwareError(Exception):
    """A part of the box does not do what it was asked; the message is one line for the log and for facilities."""


class PartLostError(FirmwareError):
    """A part of the box does not work; `reason` says why."""

    def __init__(self, reason: "Reason") -> None:
        super().__init__(reason.line)
        self.reason = reason


class PinsLost(PartLostError):  # noqa: N818  # a state of the box, as "sound lost" is; not a mistake of the caller
    """The GPIO cannot be used: not a Pi, no permission, or another program holds a pin."""


class ScreenLost(PartLostError):  # noqa: N818  # as above
    """The screen does not answer. The music plays on; `Screen.open()` may be tried again at any time."""


class PanelError(FirmwareError):
    """The simulator's page cannot be served, or a request to it asks for something that the box has not."""
