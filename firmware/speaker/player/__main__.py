"""The player's process: `python -m firmware.speaker.player CHANNEL PULSE PARENT`. Started by the speaker alone.

CHANNEL, PULSE: file descriptors; PARENT: a process id.
"""

import contextlib
import os
import signal
import socket
import sys

import firmware.speaker.environment  # noqa: F401 - first: numpy reads the environment when it is loaded

# isort: split
from firmware.parent import die_with
from firmware.speaker.channel import Channel
from firmware.speaker.commands import Command
from firmware.speaker.errors import DeviceError
from firmware.speaker.heartbeat_page import HeartbeatPage
from firmware.speaker.player.log_lines import take_standard_error
from firmware.speaker.player.mixer import load
from firmware.speaker.player.player import Player
from firmware.speaker.priority import go_first, go_in_real_time


def main(arguments: list[str]) -> int:
    """Run until told to close or left alone."""
    channel, heartbeat_page, parent = map(int, arguments)
    die_with(parent)  # no sound outlives the bedside process
    go_first()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the bedside process, which then says so
    take_standard_error()
    with contextlib.suppress(DeviceError):  # told when the device is opened
        load()
    go_in_real_time()  # now: loading all that would be too long a run
    player = Player(Channel[Command](socket.socket(fileno=channel), Command), HeartbeatPage(heartbeat_page))
    player.run()
    if player.is_stuck:
        os._exit(1)  # the interpreter's own end would close the mixer, and wait for the device for ever
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
