"""The emulated SSD1306 against its datasheet, one command at a time."""

from threading import Thread

import numpy as np
import pytest

from firmware.simulator import Ssd1306Chip


def lit(chip: Ssd1306Chip) -> list[tuple[int, int]]:
    """Lit pixels as (x, y)."""
    return [(int(x), int(y)) for y, x in np.argwhere(chip.pixels())]


def command(chip: Ssd1306Chip, *codes: int) -> None:
    chip.writeto(0x3C, bytes([0x00, *codes]))


def data(chip: Ssd1306Chip, *content: int) -> None:
    chip.writeto(0x3C, bytes([0x40, *content]))


@pytest.fixture
def chip() -> Ssd1306Chip:
    """Built into its module upright (A1, C8), horizontal addressing, clear and on."""
    chip = Ssd1306Chip()
    command(chip, 0xA1, 0xC8, 0x20, 0x00, 0x21, 0, 127, 0x22, 0, 7)
    data(chip, *bytes(1024))
    command(chip, 0xAF)
    return chip


def test_power_up_is_dark_with_noise_in_memory() -> None:
    chip, other = Ssd1306Chip(), Ssd1306Chip()
    assert lit(chip) == []
    command(chip, 0xAF)
    command(other, 0xAF)
    assert 2000 < len(lit(chip)) < 6000
    assert lit(chip) != lit(other)


def test_a_window_fills_columns_then_pages_and_begins_again(chip: Ssd1306Chip) -> None:
    command(chip, 0x21, 10, 11, 0x22, 2, 3)
    data(chip, 0x01, 0x02, 0x04, 0x80)
    assert lit(chip) == [(10, 16), (11, 17), (10, 26), (11, 31)]
    data(chip, 0x00)
    assert lit(chip) == [(11, 17), (10, 26), (11, 31)]


def test_vertical_addressing_goes_down_the_pages_first(chip: Ssd1306Chip) -> None:
    command(chip, 0x20, 0x01, 0x21, 10, 11, 0x22, 2, 3)
    data(chip, 0x01, 0x02, 0x04, 0x80)
    assert lit(chip) == [(10, 16), (11, 18), (10, 25), (11, 31)]


def test_page_addressing_stays_in_its_page(chip: Ssd1306Chip) -> None:
    command(chip, 0x20, 0x02, 0xB7, 0x0F, 0x17)
    data(chip, 0x01, 0x02)
    assert lit(chip) == [(127, 56), (0, 57)]


def test_commands_may_come_byte_by_byte_with_their_own_control_bytes(chip: Ssd1306Chip) -> None:
    for code in (0x81, 0x12):
        chip.writeto(0x3C, bytes([0x80, code]))
    chip.writeto(0x3C, bytes([0x80, 0xA7, 0x80, 0xA6, 0x40, 0x01]))
    assert chip.contrast == 0x12
    assert lit(chip) == [(0, 0)]


@pytest.mark.parametrize(("start_line", "y"), [(0, 3), (1, 2), (3, 0), (4, 63), (62, 5)])
def test_the_start_line_moves_the_picture_up(chip: Ssd1306Chip, start_line: int, y: int) -> None:
    data(chip, 0x08)
    command(chip, 0x40 | start_line)
    assert lit(chip) == [(0, y)]


def test_upside_down_acts_at_once_and_mirroring_on_what_is_written_next(chip: Ssd1306Chip) -> None:
    data(chip, 0x01)
    command(chip, 0xC0)
    assert lit(chip) == [(0, 63)]
    command(chip, 0xC8, 0xA0)
    assert lit(chip) == [(0, 0)]
    data(chip, 0x01)
    assert lit(chip) == [(0, 0), (126, 0)]


def test_inversion_all_lit_and_power(chip: Ssd1306Chip) -> None:
    data(chip, 0xFF)
    command(chip, 0xA7)
    assert len(lit(chip)) == 8192 - 8
    command(chip, 0xA6, 0xA5)
    assert len(lit(chip)) == 8192
    command(chip, 0xA4, 0xAE)
    assert lit(chip) == []


def test_a_smaller_multiplex_leaves_rows_dark(chip: Ssd1306Chip) -> None:
    command(chip, 0xA8, 31, 0xA5)
    assert len(lit(chip)) == 32 * 128


def test_bytes_are_counted_with_their_address(chip: Ssd1306Chip) -> None:
    before = chip.bytes_written
    data(chip, 1, 2, 3)
    assert chip.bytes_written - before == 5


def test_a_command_it_does_not_know_is_remembered(chip: Ssd1306Chip) -> None:
    command(chip, 0xA8, 63, 0xFE, 0x8D, 0x14)
    assert chip.unknown == [0xFE]


def test_another_address_is_not_acknowledged_and_the_status_can_be_read(chip: Ssd1306Chip) -> None:
    with pytest.raises(OSError, match="121"):
        chip.writeto(0x3D, b"\x00")
    status = bytearray(3)
    chip.readfrom_into(0x3C, status, start=1, end=2)
    assert status == b"\x00\x00\x00"
    command(chip, 0xAE)
    chip.readfrom_into(0x3C, status, start=1, end=2)
    assert status == b"\x00\x40\x00"


def test_a_failing_bus_changes_nothing_and_heals(chip: Ssd1306Chip) -> None:
    chip.fail(5, after=1)
    data(chip, 0x01)
    for _ in range(2):
        with pytest.raises(OSError, match="Errno 5"):
            data(chip, 0xFF)
    chip.fail(None)
    data(chip, 0x02)
    assert lit(chip) == [(0, 0), (1, 1)]


def test_an_unplugged_chip_is_dark_and_answers_nobody(chip: Ssd1306Chip) -> None:
    data(chip, 0xFF)
    before = chip.version
    chip.plug(False)
    assert (chip.is_plugged, lit(chip)) == (False, [])
    assert chip.version > before, "whoever redraws on a new version sees the dark"
    for ask in (lambda: data(chip, 0xFF), lambda: chip.readfrom_into(0x3C, bytearray(1))):
        with pytest.raises(OSError, match="Errno 121"):
            ask()


def test_a_chip_plugged_in_again_is_dark_and_its_memory_noise(chip: Ssd1306Chip) -> None:
    command(chip, 0x81, 0x12)
    pictures = []
    for _ in range(2):
        chip.plug(False)
        chip.plug(True)
        assert (lit(chip), chip.contrast) == ([], 0x7F)
        command(chip, 0xAF)
        pictures.append(lit(chip))
    assert 2000 < len(pictures[0]) < 6000
    assert pictures[0] == pictures[1], "each chip's own noise, so that pictures of it can be compared"


def test_a_plug_that_is_in_already_changes_nothing(chip: Ssd1306Chip) -> None:
    data(chip, 0x01)
    chip.plug(True)
    assert lit(chip) == [(0, 0)]


def test_a_broken_wire_fails_every_transaction_until_it_is_whole(chip: Ssd1306Chip) -> None:
    chip.breaks_with(5)
    for _ in range(2):
        with pytest.raises(OSError, match="Errno 5"):
            data(chip, 0xFF)
    chip.breaks_with(None)
    data(chip, 0x02)
    assert lit(chip) == [(0, 1)]


def test_a_hung_bus_holds_up_who_writes_and_nobody_who_looks(chip: Ssd1306Chip) -> None:
    chip.hang()
    writer = Thread(target=data, args=(chip, 0x01), daemon=True)
    writer.start()
    assert lit(chip) == []
    assert writer.is_alive()
    chip.resume()
    writer.join(timeout=10)
    assert lit(chip) == [(0, 0)]
