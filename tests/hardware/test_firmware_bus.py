"""The Pi's bus through a file that stands for /dev/i2c-1, and where there is none."""

import os
from pathlib import Path

import pytest

from firmware import ScreenLost
from firmware.gpio.board import REVISION_A
from firmware.screen.bus import LinuxBus, open_bus
from firmware.screen.screen import Screen


def test_without_a_bus_the_reason_is_one_line() -> None:
    with pytest.raises(ScreenLost, match=r"^no I2C bus /dev/i2c-1: on a Pi set dtparam=i2c_arm=on"):
        open_bus(REVISION_A)


def test_the_linux_bus_writes_what_it_is_given_to_whom_it_is_given(tmp_path: Path) -> None:
    chosen: list[int] = []
    path = tmp_path / "i2c-1"
    path.touch()
    bus = LinuxBus(str(path), choose=lambda _, address: chosen.append(address))
    bus.writeto(0x3C, b"\x00\xaf")
    bus.writeto(0x3C, bytearray(b"..\x40\x55.."), start=2, end=4)
    os.lseek(bus._file, 0, os.SEEK_SET)
    answer = bytearray(4)
    bus.readfrom_into(0x3D, answer, start=1, end=3)
    bus.close()
    bus.close()
    assert path.read_bytes() == b"\x00\xaf\x40\x55"
    assert (bytes(answer), chosen) == (b"\x00\x00\xaf\x00", [0x3C, 0x3D])


def test_a_file_that_is_no_bus_loses_the_screen_and_not_the_program(tmp_path: Path) -> None:
    path = tmp_path / "i2c-9"
    path.touch()
    bus = LinuxBus(str(path))
    with pytest.raises(ScreenLost, match="0x3c on "):
        Screen(bus).open()
    bus.close()
