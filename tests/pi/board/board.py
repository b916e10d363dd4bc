"""Makes this machine a Pi with revision A of the board: board.py all | gpio | no-gpio | screen | no-screen | card |
day.

gpiochip0 has 54 lines, as a Pi's has, whose contacts are pulled up; I2C bus 1 has the display; the sound card is a
loopback named Headphones, so that what is played can be heard on its other side.
"""

import ctypes
import ctypes.util
import os
import struct
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

CONTACTS = (5, 6, 13, 17, 27, 23, 24, 25, 26)
CHIP = Path("/sys/kernel/config/gpio-sim/pi")
# Board detection (gpiozero, Blinka) reads the revision: 902120 is a Zero 2 W.
A_PI = "\nHardware\t: BCM2835\nRevision\t: 902120\nSerial\t\t: 00000000abcdef01\nModel\t\t: Raspberry Pi Zero 2 W\n"
ADJ_STATUS_AND_ERRORS = 0x10 | 0x4 | 0x8  # adjtimex(2): modes
NOON = "2026-11-30T12:00:00"


def all_parts() -> None:
    for kind, place in (("configfs", "/sys/kernel/config"), ("debugfs", "/sys/kernel/debug")):
        if not os.path.ismount(place):
            call("mount", "-t", kind, "none", place)
    looks_like_a_pi()
    gpio()
    screen()
    card()


def looks_like_a_pi() -> None:
    copy = Path("/run/cpuinfo")
    copy.write_text(Path("/proc/cpuinfo").read_text() + A_PI)
    call("mount", "--bind", copy, "/proc/cpuinfo")


def gpio() -> None:
    call("modprobe", "gpio-sim")
    bank = CHIP / "bank0"
    bank.mkdir(parents=True, exist_ok=True)
    (bank / "num_lines").write_text("54")
    (bank / "label").write_text("pinctrl-bcm2835")
    (CHIP / "live").write_text("1")
    for line in CONTACTS:
        Path(lines_folder(), f"sim_gpio{line}", "pull").write_text("pull-up")
    link = Path("/run/lines")
    link.unlink(missing_ok=True)
    link.symlink_to(lines_folder())


def lines_folder() -> str:
    return str(next(Path("/sys/devices/platform").glob("gpio-sim.*/gpiochip*/sim_gpio0")).parent)


def no_gpio() -> None:
    (CHIP / "live").write_text("0")


def screen() -> None:
    call("modprobe", "i2c-dev")
    call("modprobe", "ssd1306sim")


def no_screen() -> None:
    call("rmmod", "ssd1306sim")


def card() -> None:
    call("modprobe", "snd-aloop", "index=0", "id=Headphones")


def day() -> None:
    """Noon, and the kernel says that a time server has set it: by day the display is lit."""
    noon = datetime.fromisoformat(NOON).replace(tzinfo=UTC)
    time.clock_settime(time.CLOCK_REALTIME, noon.timestamp())
    synchronised()


def synchronised() -> None:
    """What NTP would tell the kernel: no status bit is set, the errors are small."""
    timex = ctypes.create_string_buffer(512)
    struct.pack_into("I4xqqqqi", timex, 0, ADJ_STATUS_AND_ERRORS, 0, 0, 0, 0, 0)
    ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6").adjtimex(timex)


def call(*command) -> None:
    subprocess.run([str(word) for word in command], check=True)


PARTS = {
    "all": all_parts,
    "gpio": gpio,
    "no-gpio": no_gpio,
    "screen": screen,
    "no-screen": no_screen,
    "card": card,
    "day": day,
    "synchronised": synchronised,
}

if __name__ == "__main__":
    for part in sys.argv[1:]:
        PARTS[part]()
