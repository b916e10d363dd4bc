"""Another program of the machine that uses lines: hold.py in|out LINE ..., until it is stopped. Needs gpiod."""

import signal
import sys

import gpiod
from gpiod.line import Direction

direction = Direction.INPUT if sys.argv[1] == "in" else Direction.OUTPUT
settings = gpiod.LineSettings(direction=direction)
held = gpiod.request_lines("/dev/gpiochip0", "somebody", {tuple(map(int, sys.argv[2:])): settings})
signal.pause()
