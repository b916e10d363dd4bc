"""The player's process: `python -m firmware.speaker.player CHANNEL PULSE PARENT`. Started by the speaker alone.

CHANNEL, PULSE: file descriptors; PARENT: a process id.
"""

import contextlib
import ctypes
import logging
import os
import signal
import socket
import sys

import firmware.speaker.environment  # noqa: F401 - first: numpy reads the environment when it is loaded

# isort: split
from firmware.speaker.channel import Channel
from firmware.speaker.commands import Command
from firmware.speaker.errors import DeviceError
from firmware.speaker.player.mixer import load
from firmware.speaker.player.player import Player
from firmware.speaker.pulse import Pulse
from firmware.stderr import never_block

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Run until told to close or left alone."""
    channel, pulse, parent = map(int, arguments)
    _die_with(parent)
    _go_first()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the bedside process, which then says so
    never_block()  # nor does the player wait for whoever reads its words
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s player %(message)s")
    with contextlib.suppress(DeviceError):  # told when the device is opened
        load()
    Player(Channel[Command](socket.socket(fileno=channel), Command), Pulse(pulse)).run()
    return 0


def _die_with(parent: int) -> None:
    """No sound outlives the bedside process: the kernel ends this one with it, however that went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went before the kernel knew
        sys.exit(1)


def _go_first() -> None:
    """Before everything else on the machine, where this user may (in a unit: LimitNICE): a press cannot wait."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, -11)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
