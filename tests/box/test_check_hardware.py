"""The self-test of lines, screen and sound card, by a chip, a bus and a /proc/asound of the test's own."""

import builtins
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from device.check import hardware
from device.check.finding import Finding
from device.check.hardware import lines, screen, sound
from device.config.settings import ScreenSettings
from firmware import ScreenLost
from firmware.gpio.board import REVISION_A
from firmware.gpio.factory import GpiodFactory
from firmware.simulator.chip import Ssd1306Chip
from firmware.sound_cards import sound_cards
from firmware.speaker import DeviceError, parse_sink, sink
from tests.hardware.gpio_chip import GpioChip

HEADPHONES = """ 0 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0
                      vc4-hdmi-0
 1 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones
                      bcm2835 Headphones
"""
HDMI = "".join(HEADPHONES.splitlines(keepends=True)[:2])


class Bus(Ssd1306Chip):
    """As LinuxBus."""

    def close(self) -> None:
        """Nothing to close."""


def pins(chip: GpioChip, folder: Path, *, running: bool = False) -> Finding:
    return next(iter(lines(running=running, open_factory=lambda: GpiodFactory(chip, folder))))


def test_every_line_is_opened_and_what_is_pressed_is_told(tmp_path: Path) -> None:
    chip = GpioChip(levels={5: False})
    finding = pins(chip, tmp_path)
    assert finding.well
    assert finding.line == "gpiochip0 (pinctrl-bcm2835): 9 inputs and 2 outputs open; pressed now: PLAY"
    assert (chip.held, chip.is_closed) == ({}, True)


def test_a_busy_input_is_not_well(tmp_path: Path) -> None:
    """It said "pins ok" while an input was busy: it opened the outputs only."""
    finding = pins(GpioChip(users={26: "gpiomon"}), tmp_path)
    assert (finding.well, finding.needed) == (False, True)
    assert finding.line.startswith("NURSE CALL on GPIO 26 does not open (in use by gpiomon)")


@pytest.mark.parametrize("is_known", [True, False], ids=["by its folder", "by its lines alone"])
def test_the_lines_of_a_running_service_are_not_touched(tmp_path: Path, is_known: bool) -> None:
    ours = dict.fromkeys((*REVISION_A.lines.values(), 16, 12), "nightingale")
    finding = pins(GpioChip(users=ours), tmp_path, running=is_known)
    assert finding.well
    assert finding.line == "gpiochip0 (pinctrl-bcm2835): all 11 lines in use by the running service"


def test_what_a_running_service_lacks_is_named(tmp_path: Path) -> None:
    users = dict.fromkeys((*REVISION_A.lines.values(), 16, 12), "nightingale")
    del users[5]
    users[26] = "gpiomon"
    finding = pins(GpioChip(users=users), tmp_path, running=True)
    assert not finding.well
    assert "cannot use GPIO 5 (not in use), GPIO 26 (used by gpiomon); it tries again" in finding.line


def test_without_a_kernels_pwm_the_overlay_is_named(tmp_path: Path) -> None:
    told = list(lines(running=False, open_factory=lambda: GpiodFactory(GpioChip(), tmp_path)))
    assert [finding.part for finding in told] == ["pins", "light"]
    assert told[1].line.endswith("add dtoverlay=pwm-gpio,gpio=12 to config.txt")


def on(bus: Bus, *, running: bool = False, address: int = 0x3C) -> Finding:
    return screen(ScreenSettings(address=address), running=running, open_on=lambda _: bus)  # type: ignore[arg-type, return-value]


def test_a_screen_that_answers_is_named_and_left_dark() -> None:
    bus = Bus(name="i2c-1")
    finding = on(bus)
    assert (finding.well, finding.line) == (True, "found an SSD1306 at 0x3C on i2c-1")
    assert not bus.pixels().any()


def test_the_screen_of_a_running_service_stays_as_it_is() -> None:
    bus = Bus(name="i2c-1")
    bus.writeto(0x3C, b"\x00\xaf")
    before = bus.pixels().copy()
    finding = on(bus, running=True)
    assert (finding.well, finding.line) == (True, "found at 0x3C on i2c-1; in use by the running service")
    assert (bus.pixels() == before).all()
    assert before.any(), "noise that is lit, or nothing was tested"


def test_a_screen_at_the_other_address_is_found() -> None:
    finding = on(Bus(0x3D, name="i2c-1"))
    assert not finding.well
    assert finding.line.endswith("there may be one at 0x3D: set address = 0x3D under [screen] in device.toml")
    assert on(Bus(0x3D, name="i2c-1"), address=0x3D).well


def test_a_bus_on_which_nobody_answers_sends_to_the_wires() -> None:
    bus = Bus(name="i2c-1")
    bus.plug(False)
    assert "no screen found at 0x3C on i2c-1: check its four wires" in on(bus).line


@pytest.fixture
def no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a Pi without gpiod, where Blinka raises what it likes."""
    real: Callable[..., Any] = builtins.__import__

    def importing(name: str, *rest: Any, **options: Any) -> Any:
        if name == "adafruit_ssd1306":
            raise RuntimeError("the platform library 'gpiod'\nwas not found")
        return real(name, *rest, **options)

    for name in ("adafruit_ssd1306", "firmware.screen.ssd1306"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(builtins, "__import__", importing)


@pytest.mark.usefixtures("no_driver")
@pytest.mark.parametrize("running", [False, True])
def test_a_driver_that_does_not_load_is_a_finding(running: bool) -> None:
    finding = on(Bus(name="i2c-1"), running=running)
    assert not finding.well
    assert finding.line == (
        "the screen's driver does not work (the platform library 'gpiod' was not found): install Nightingale again"
    )


@pytest.mark.usefixtures("no_driver")
def test_a_driver_that_does_not_load_loses_the_screen_and_not_the_program() -> None:
    from firmware.screen.screen import Screen

    with pytest.raises(ScreenLost, match="the screen's driver does not work"):
        Screen(Bus()).open()


@pytest.fixture(autouse=True)
def no_sound_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a service's user."""
    monkeypatch.setattr(hardware, "chooses_itself", lambda: False)


@pytest.fixture
def asound(tmp_path: Path) -> Path:
    return kernels(tmp_path, HEADPHONES)


def kernels(folder: Path, cards: str, *, plays: bool = True) -> Path:
    (folder / "cards").write_text(cards)
    for number in range(2):
        (folder / f"card{number}" / ("pcm0p" if plays else "pcm0c") / "sub0").mkdir(parents=True, exist_ok=True)
    return folder


def heard(text: str, asound: Path, *, running: bool = False) -> Finding:
    return sound(parse_sink(text), running=running, asound=asound)


@pytest.mark.parametrize(
    "output", ["system", "system:Headphones", "system:plughw:CARD=Headphones,DEV=0", "system:hw:1", "system:1"]
)
def test_a_card_is_told_by_its_name(output: str, asound: Path) -> None:
    finding = heard(output, asound)
    assert (finding.well, finding.line) == (True, "Headphones (bcm2835 Headphones)")


def test_a_card_that_is_not_there_is_not_well_and_what_is_there_is_told(asound: Path) -> None:
    """It said "sound ok" and named the first card."""
    finding = heard("system:Nosuch", asound)
    assert (finding.well, finding.needed) == (False, True)
    assert finding.line.startswith("no card named Nosuch: found vc4hdmi0 (vc4-hdmi-0), Headphones (bcm2835 Head")


def test_nothing_but_hdmi_is_no_sound_unless_it_was_asked_for_by_name(tmp_path: Path) -> None:
    asound = kernels(tmp_path, HDMI)
    finding = heard("system", asound)
    assert not finding.well
    assert finding.line.startswith("only an HDMI card, which is silent without a monitor: found vc4hdmi0")
    named = heard("system:vc4hdmi0", asound)
    assert (named.well, named.line) == (True, "vc4hdmi0 (vc4-hdmi-0); HDMI is silent without a monitor")


def test_a_machine_without_a_card_is_told_where_to_look(tmp_path: Path) -> None:
    assert heard("system", tmp_path).line.startswith("no sound card found, no music can be heard: check its plug")
    line = heard("system:Hedphones", tmp_path).line
    assert line.startswith("no sound card found (configured: Hedphones), no music can be heard: check its plug")


def test_a_card_that_only_records_is_not_well(tmp_path: Path) -> None:
    asound = kernels(tmp_path, HEADPHONES, plays=False)
    assert "can only record" in heard("system:Headphones", asound).line


def test_who_plays_on_the_card_is_told(asound: Path) -> None:
    (asound / "card1" / "pcm0p" / "sub0" / "status").write_text("state: RUNNING\nowner_pid   : 4711\n")
    assert heard("system", asound).line.endswith("is in use by process 4711: end that process, the box needs the card")
    beside = heard("system", asound, running=True)
    assert (beside.well, beside.line) == (True, "Headphones (bcm2835 Headphones), in use by the running service")


def test_a_running_service_that_does_not_hold_its_card_is_not_well(asound: Path) -> None:
    assert not heard("system", asound, running=True).well


def test_a_sink_for_tests_says_that_nobody_hears_it(asound: Path) -> None:
    finding = heard("silent", asound)
    assert (finding.well, finding.needed) == (False, True)
    assert finding.line.startswith("goes to silent, where no music can be heard: set output = ")


def test_the_systems_sink_plays_on_a_card_by_name_and_never_on_hdmi_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Card 0 may be an HDMI without a screen: it takes all sound, the box seems fine, and nothing can be heard."""
    monkeypatch.setattr(sink.environment, "chooses_itself", lambda: False)
    monkeypatch.setattr(sink, "sound_cards", lambda: sound_cards(kernels(tmp_path, HEADPHONES)))
    assert parse_sink("system").variables == {"SDL_AUDIODRIVER": "alsa", "AUDIODEV": "plughw:CARD=Headphones"}
    monkeypatch.setattr(sink, "sound_cards", lambda: sound_cards(kernels(tmp_path, HDMI)))
    with pytest.raises(DeviceError, match=r"^nothing but HDMI can play here \(vc4hdmi0 \(vc4-hdmi-0\)\)"):
        _ = parse_sink("system").variables
    monkeypatch.setattr(sink, "sound_cards", tuple)
    assert parse_sink("system").variables == {}
    monkeypatch.setattr(sink.environment, "chooses_itself", lambda: True)
    monkeypatch.setattr(sink, "sound_cards", lambda: sound_cards(kernels(tmp_path, HDMI)))
    assert parse_sink("system").variables == {}
