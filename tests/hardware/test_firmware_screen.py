"""The real Adafruit driver on the emulated chip: right pixels, few bytes, no snow, and back after a loss."""

import random
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from adafruit_ssd1306 import SSD1306_I2C
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

import firmware.screen
from firmware import ScreenLost
from firmware.screen.chips import ChipDriver
from firmware.screen.screen import CHIPS, Screen, Window, changed_windows, frame_from_image, load_driver
from firmware.simulator import Ssd1306Chip

BYTE_S = 9 / 400_000  # eight bits and an acknowledge at 400 kHz
DARK = bytes(1024)


def noise(seed: int) -> bytes:
    return random.Random(seed).randbytes(1024)


def on_screen(chip: Ssd1306Chip) -> bytes:
    return frame_from_image(Image.fromarray(chip.pixels()))


def picture(*boxes: tuple[int, int, int, int]) -> bytes:
    """Filled rectangles x0, y0, x1, y1 on black."""
    image = Image.new("1", (128, 64))
    for box in boxes:
        ImageDraw.Draw(image).rectangle(box, fill=255)
    return frame_from_image(image)


@pytest.fixture
def chip() -> Ssd1306Chip:
    return Ssd1306Chip()


@pytest.fixture
def screen(chip: Ssd1306Chip) -> Screen:
    screen = Screen(chip)
    screen.open()
    return screen


# -- pixels


def test_the_screen_shows_the_frame(chip: Ssd1306Chip, screen: Screen) -> None:
    for seed in range(5):
        screen.show(noise(seed))
        assert on_screen(chip) == noise(seed)
    assert chip.unknown == []


frames = st.builds(
    lambda seed, boxes: picture(*boxes) if boxes else noise(seed),
    st.integers(0, 9),
    st.lists(
        st.tuples(st.integers(0, 127), st.integers(0, 63), st.integers(0, 40), st.integers(0, 40)).map(
            lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
        ),
        max_size=6,
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(frames, min_size=1, max_size=6))
def test_any_run_of_frames_arrives_and_none_costs_more_than_a_full_one(shown: list[bytes]) -> None:
    chip = Ssd1306Chip()
    screen = Screen(chip)
    screen.open()
    for frame in shown:
        before = chip.bytes_written
        sent = screen.show(frame)
        assert sent == chip.bytes_written - before <= 1034
        assert on_screen(chip) == frame
        assert screen.show(frame) == 0


def test_frame_from_image_takes_both_modes_and_refuses_others() -> None:
    image = Image.new("1", (128, 64))
    image.putpixel((3, 9), 255)  # column 3, page 1, second row of it
    assert frame_from_image(image) == bytes(128 + 3) + b"\x02" + bytes(1024 - 132)
    assert frame_from_image(image.convert("L")) == frame_from_image(image)
    with pytest.raises(ValueError, match="128 x 64 in mode 1 or L"):
        frame_from_image(Image.new("RGB", (128, 64)))
    with pytest.raises(ValueError, match="128 x 64 in mode 1 or L"):
        frame_from_image(Image.new("1", (64, 128)))


def test_a_frame_of_another_size_is_refused(screen: Screen) -> None:
    with pytest.raises(ValueError, match="1024 bytes, not 1025"):
        screen.show(bytes(1025))


def test_power_shift_inversion_and_contrast_are_on_the_screen(chip: Ssd1306Chip, screen: Screen) -> None:
    screen.show(picture((0, 10, 127, 11)))

    def lit_rows() -> list[int]:
        return sorted(set(np.nonzero(chip.pixels())[0].tolist()))

    screen.shift(2)
    assert lit_rows() == [8, 9]
    screen.shift(-1)
    assert lit_rows() == [11, 12]
    screen.shift(0)
    screen.invert(True)
    assert len(lit_rows()) == 62
    screen.invert(False)
    screen.power(False)
    assert lit_rows() == []
    screen.power(True)
    screen.contrast(0x00, 0x11)
    assert (lit_rows(), chip.contrast, chip.precharge) == ([10, 11], 0x00, 0x11)


# -- bytes


@pytest.mark.parametrize(
    ("change", "old", "new", "most"),
    [
        ("one pixel of the wave", (5, 50, 20, 56), (5, 50, 21, 56), 12),
        ("a detent of volume", (28, 52, 40, 59), (28, 52, 45, 59), 20),
        ("a whole band of words", (0, 0, 0, 0), (6, 40, 121, 61), 382),
        ("far corners", (0, 0, 0, 0), (120, 60, 127, 63), 30),
    ],
)
def test_only_what_changed_crosses_the_bus(
    screen: Screen, change: str, old: tuple[int, int, int, int], new: tuple[int, int, int, int], most: int
) -> None:
    screen.show(picture(old))
    assert 0 < screen.show(picture(new)) <= most, change


def test_a_volume_overlay_is_on_the_screen_within_10_ms(chip: Ssd1306Chip, screen: Screen) -> None:
    """Counted at the bus: every byte of the band on pages 5 to 7 takes nine clocks."""
    screen.show(picture((20, 8, 100, 32)))
    before = chip.bytes_written
    bars = [(28 + 7 * bar, 60 - bar, 32 + 7 * bar, 60) for bar in range(12)]
    screen.show(picture((20, 8, 100, 32), (5, 42, 24, 60), *bars))
    assert (chip.bytes_written - before) * BYTE_S <= 0.010


def test_clean_columns_between_two_changes_are_sent_only_if_that_is_cheaper() -> None:
    old, new = np.zeros((8, 128), np.uint8), np.zeros((8, 128), np.uint8)
    new[5, [10, 21]] = 1
    assert changed_windows(old.tobytes(), new.tobytes()) == (Window(5, 5, 10, 21),)
    new[5, [10, 21, 22]] = 0, 0, 1
    new[5, 10] = 1
    assert changed_windows(old.tobytes(), new.tobytes()) == (Window(5, 5, 10, 10), Window(5, 5, 22, 22))


def test_neighbouring_pages_share_a_window() -> None:
    old, new = np.zeros((8, 128), np.uint8), np.zeros((8, 128), np.uint8)
    new[5:8, 100:113] = 1
    assert changed_windows(old.tobytes(), new.tobytes()) == (Window(5, 7, 100, 112),)


def test_a_chequered_change_goes_as_one_window() -> None:
    old, new = np.zeros((8, 128), np.uint8), np.zeros((8, 128), np.uint8)
    new[:, ::25] = 1
    assert changed_windows(old.tobytes(), new.tobytes()) == (Window(0, 7, 0, 125),)


# -- snow


class Eye:
    """A bus that looks at the screen after each transaction."""

    def __init__(self, chip: Ssd1306Chip) -> None:
        self.chip, self.lit_pixels = chip, 0
        self.seen: set[bytes] = set()
        self.try_lock, self.unlock, self.readfrom_into = chip.try_lock, chip.unlock, chip.readfrom_into

    def writeto(self, address: int, buffer: bytes, *, start: int = 0, end: int | None = None) -> None:
        self.chip.writeto(address, buffer, start=start, end=end)
        self.lit_pixels = max(self.lit_pixels, int(self.chip.pixels().sum()))
        self.seen.add(on_screen(self.chip))


def test_the_screen_is_never_lit_with_what_memory_held_at_power_up(chip: Ssd1306Chip) -> None:
    eye = Eye(chip)
    Screen(eye).open()
    assert eye.lit_pixels == 0
    assert chip.on


def test_the_eye_sees_the_snow_of_the_driver_as_it_comes(chip: Ssd1306Chip) -> None:
    eye = Eye(chip)
    SSD1306_I2C(128, 64, eye)
    assert eye.lit_pixels > 1000


def test_a_program_that_starts_again_on_a_lit_inverted_screen_does_not_flash(chip: Ssd1306Chip) -> None:
    before = Screen(chip)
    before.open()
    before.invert(True)
    before.show(noise(1))
    last_picture = on_screen(chip)
    eye = Eye(chip)
    Screen(eye).open()
    assert eye.seen == {last_picture, DARK}


def test_a_screen_asked_to_stay_dark_opens_dark(chip: Ssd1306Chip) -> None:
    screen = Screen(chip)
    screen.power(False)
    screen.contrast(0x00, 0x11)
    screen.open()
    screen.show(noise(3))
    assert not chip.pixels().any()
    screen.power(True)
    assert on_screen(chip) == noise(3)
    assert chip.contrast == 0x00


# -- loss


@pytest.mark.parametrize("code", [5, 121])
@pytest.mark.parametrize("after", [0, 1, 2, 3])  # two windows of two transactions each
def test_a_bus_that_fails_midway_loses_the_screen_and_open_brings_all_back(
    chip: Ssd1306Chip, screen: Screen, code: int, after: int
) -> None:
    screen.contrast(0x30, 0x22)
    screen.shift(1)
    screen.shift(0)
    screen.show(DARK)
    chip.fail(code, after=after)
    changed = picture((0, 0, 9, 9), (90, 50, 99, 59))
    with pytest.raises(ScreenLost, match=rf"^the screen at 0x3c on simulated bus does not answer \(.*{code}.*\): "):
        screen.show(changed)
    assert not screen.is_open
    with pytest.raises(ScreenLost, match="not open"):
        screen.show(changed)
    with pytest.raises(ScreenLost):
        screen.open()
    chip.fail(None)
    chip.power_up()
    screen.open()
    assert on_screen(chip) == changed
    assert chip.contrast == 0x30
    assert screen.show(changed) == 0
    assert chip.try_lock(), "the bus was left locked, the next driver would spin for ever"


def test_a_chip_that_lost_its_power_unnoticed_is_whole_after_open(chip: Ssd1306Chip, screen: Screen) -> None:
    screen.show(noise(1))
    chip.power_up()
    screen.open()
    assert on_screen(chip) == noise(1)


@pytest.mark.parametrize("failing", range(45))
def test_a_screen_lost_at_any_moment_of_opening_opens_later(chip: Ssd1306Chip, failing: int) -> None:
    screen = Screen(chip)
    chip.fail(5, after=failing)
    try:
        screen.open()
    except ScreenLost:
        assert not screen.is_open
    chip.fail(None)
    screen.open()
    screen.show(noise(8))
    assert on_screen(chip) == noise(8)


def test_a_forgotten_chip_gets_registers_and_the_whole_picture_before_it_is_lit(
    chip: Ssd1306Chip, screen: Screen
) -> None:
    screen.contrast(0x00, 0x11)
    screen.show(noise(1))
    screen.power(False)
    screen.forget()
    chip.power_up()
    eye = Eye(chip)
    screen._bus = eye
    screen._driver.i2c_device.i2c = eye
    assert screen.show(noise(2)) > 1024
    screen.power(True)
    assert eye.seen == {DARK, noise(2)}
    assert (chip.contrast, chip.precharge) == (0x00, 0x11)
    assert screen.show(noise(2)) == 0


def test_a_lit_screen_that_is_forgotten_is_lit_again(chip: Ssd1306Chip, screen: Screen) -> None:
    screen.show(noise(1))
    screen.forget()
    before = chip.bytes_written
    assert screen.show(noise(1)) == chip.bytes_written - before
    assert on_screen(chip) == noise(1)


def test_a_chip_that_lost_its_power_unseen_is_found_when_it_is_asked(chip: Ssd1306Chip, screen: Screen) -> None:
    screen.check()
    screen.power(False)
    screen.check()
    screen.power(True)
    chip.power_up()
    with pytest.raises(ScreenLost, match="0x3c was without power for a moment"):
        screen.check()
    assert not screen.is_open
    screen.check()  # of a closed screen there is nothing to ask


def test_wishes_while_it_is_lost_hold_when_it_is_back(chip: Ssd1306Chip, screen: Screen) -> None:
    chip.fail(121)
    with pytest.raises(ScreenLost):
        screen.invert(True)
    screen.power(False)
    screen.contrast(0x01, 0x11)
    chip.fail(None)
    screen.open()
    assert (chip.on, chip.contrast, chip.inverted) == (False, 0x01, True)


def test_a_missing_screen_is_one_line_that_names_bus_and_address(chip: Ssd1306Chip) -> None:
    screen = Screen(chip, address=0x3D)
    with pytest.raises(ScreenLost) as lost:
        screen.open()
    assert str(lost.value) == (
        "the screen at 0x3d on simulated bus does not answer (No I2C device at address: 0x3d): look at its four wires"
    )


def test_every_chip_is_one_file_with_its_driver_and_its_name_in_the_list() -> None:
    files = sorted(file.stem for file in Path(firmware.screen.__file__).parent.glob("*.py") if file.stem != "__init__")
    drivers = [file for file in files if hasattr(import_module(f"firmware.screen.{file}"), "Driver")]
    assert drivers == sorted(CHIPS)


@pytest.mark.parametrize("name", CHIPS)
def test_a_screen_is_driven_by_the_chip_it_was_told(name: str) -> None:
    screen = Screen(Ssd1306Chip(), chip=name)
    screen.open()
    assert type(screen._driver) is load_driver(name)


class Paged(ChipDriver):
    """A chip that takes one page at a time and no windows, as an SH1106 does: all that another chip would need."""

    setup, tells_power = bytes((0xA1, 0xC8, 0x20, 0x02)), False

    def __init__(self, bus: Ssd1306Chip, address: int) -> None:
        self._bus, self._address = bus, address
        self.command(self.lit(False) + self.setup)

    def is_off(self) -> bool:
        return False

    def lit(self, on: bool) -> bytes:
        return bytes((0xAE | on,))

    def brightness(self, contrast: int, precharge: int) -> bytes:
        return bytes((0x81, contrast, 0xD9, precharge))

    def moved_up(self, rows: int) -> bytes:
        return bytes((0x40 | rows % 64,))

    def inverted(self, on: bool) -> bytes:
        return bytes((0xA6 | on,))

    def command(self, codes: bytes) -> int:
        return self._send(b"\x00" + codes)

    def send_window(self, window: Window, frame: bytes) -> int:
        sent = 0
        for page in range(window.page0, window.page1 + 1):
            sent += self.command(bytes((0xB0 | page, window.x0 & 0x0F, 0x10 | window.x0 >> 4)))
            sent += self._send(b"\x40" + window.row(frame, page))
        return sent

    def _send(self, content: bytes) -> int:
        self._bus.writeto(self._address, content)
        return 1 + len(content)


def test_a_chip_that_knows_no_windows_needs_no_more_than_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "firmware.screen.paged", SimpleNamespace(Driver=Paged))
    chip = Ssd1306Chip()
    screen = Screen(chip, chip="paged")
    screen.open()
    for frame in (noise(1), picture((0, 0, 9, 9), (90, 50, 99, 59)), noise(2), DARK):
        before = chip.bytes_written
        assert screen.show(frame) == chip.bytes_written - before
        assert on_screen(chip) == frame
    screen.contrast(0x00, 0x11)
    screen.power(False)
    assert (chip.contrast, chip.precharge, chip.on, chip.unknown) == (0x00, 0x11, False, [])


def test_a_chip_that_nobody_wrote_loses_the_screen() -> None:
    with pytest.raises(ScreenLost, match="the screen's driver does not work"):
        Screen(Ssd1306Chip(), chip="missing").open()
