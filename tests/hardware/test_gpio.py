"""A box whose lines are missing, late or taken: it says so, tries again, and the rest of it works on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from device.gpio import LOOKED_EVERY_S, RETRY_MOST_S, AmplifiedSound, Gpio
from device.rules.events import Event, PartBack, PartLost, PlayerDied, SoundReady
from firmware import PinsLost
from firmware.gpio.board import REVISION_A
from firmware.gpio.factory import GpiodFactory
from firmware.inputs.lines import Edge, Line
from messages import Code, Part, Reason, because
from tests.hardware.gpio_chip import GpioChip

NO_GPIO = because(Code.GPIO_MISSING, folder="/dev")
GONE = because(Code.NO_SOUND, what="the card is gone")
MUTE = because(Code.LINE_LOST, name="the amplifier", pin=16, what="taken")


@dataclass
class Machine:
    """A GPIO that may come late, and what a box on it tells."""

    folder: Path
    chip: GpioChip = field(default_factory=GpioChip)
    told: list[Edge | Event] = field(default_factory=list)
    muted_by: list[Reason | None] = field(default_factory=list)
    has_gpio: bool = True

    def make_factory(self) -> Any:
        if not self.has_gpio:
            raise PinsLost(NO_GPIO)
        return GpiodFactory(self.chip, self.folder)

    def took(self) -> list[Edge | Event]:
        told, self.told[:] = list(self.told), []
        return told


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def gpio(machine: Machine) -> Iterator[Gpio]:
    gpio = Gpio(REVISION_A, machine.told.append, machine.muted_by.append, make_factory=machine.make_factory)
    yield gpio
    gpio.close()
    assert machine.chip.held == {}


def test_all_lines_at_the_first_look_are_told_to_nobody(gpio: Gpio, machine: Machine) -> None:
    assert gpio.look() == LOOKED_EVERY_S
    assert machine.took() == []
    assert machine.muted_by == [None]


def test_a_gpio_that_comes_late_is_found_and_buttons_work_then(
    gpio: Gpio, machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    machine.has_gpio = False
    waits = [gpio.look() for _ in range(7)]
    assert waits == [1, 2, *[RETRY_MOST_S] * 5]
    assert set(machine.took()) == {PartLost(Part.CONTROLS, NO_GPIO)}
    assert set(machine.muted_by) == {NO_GPIO}
    gpio.outputs.unmute(True)
    machine.has_gpio = True
    machine.chip.levels[5] = False
    assert gpio.look() == LOOKED_EVERY_S
    pressed, back = machine.took()
    assert isinstance(pressed, Edge)
    assert (pressed.line, pressed.active, pressed.initial) == (Line.PLAY, True, True)
    assert back == PartBack(Part.CONTROLS)
    assert machine.muted_by[-1] is None
    assert machine.chip.held[16].levels == [False, True], "what was asked while it was missing"
    assert [record.message for record in caplog.records] == [f"controls=lost reason={NO_GPIO.line}", "controls=back"]


def test_one_taken_line_is_told_by_name_and_costs_the_others_nothing(gpio: Gpio, machine: Machine) -> None:
    machine.chip.users[26] = "gpiomon"
    assert gpio.look() == 1
    (lost,) = machine.took()
    assert isinstance(lost, PartLost)
    assert lost.reason.line.startswith("NURSE CALL on GPIO 26 does not open (in use by gpiomon): stop what uses it")
    assert machine.muted_by == [None]
    assert len(machine.chip.held) == len(REVISION_A.lines) + 1
    del machine.chip.users[26]
    assert gpio.look() == LOOKED_EVERY_S
    assert machine.took() == [PartBack(Part.CONTROLS)]


def test_an_amplifier_that_cannot_be_driven_is_told_as_such(gpio: Gpio, machine: Machine) -> None:
    machine.chip.users[16] = "gpiomon"
    gpio.look()
    (muted_by,) = machine.muted_by
    assert muted_by is not None
    assert muted_by.line.startswith("the amplifier on GPIO 16 does not open")


def test_whatever_breaks_while_looking_is_told_and_tried_again(gpio: Gpio, machine: Machine) -> None:
    def burst(*_: object, **__: object) -> None:
        raise RuntimeError("a library\nof its own kind")

    gpio._make_factory = burst
    assert gpio.look() == 1
    assert machine.took() == [PartLost(Part.CONTROLS, because(Code.GPIO_BROKEN, what="a library of its own kind"))]
    gpio._make_factory = machine.make_factory
    assert gpio.look() == LOOKED_EVERY_S


def test_the_chip_is_closed_after_all_that_use_it(machine: Machine) -> None:
    gpio = Gpio(REVISION_A, machine.told.append, machine.muted_by.append, make_factory=machine.make_factory)
    gpio.start()
    gpio.outputs.unmute(True)
    amplifier = machine.chip.held[16]
    gpio.close()
    gpio.close()
    assert amplifier.levels[-1] is False
    assert machine.chip.is_closed


def test_a_speaker_that_is_ready_behind_a_mute_amplifier_is_no_sound() -> None:
    told: list[Event] = []
    sound = AmplifiedSound(told.append)
    sound.amplifier(MUTE)
    sound.heard(SoundReady())
    sound.amplifier(MUTE)
    assert told == [PartLost(Part.SOUND, MUTE)] * 2
    sound.amplifier(None)
    assert told[2:] == [SoundReady()]
    sound.amplifier(None)
    assert len(told) == 3


@pytest.mark.parametrize("lost", [PartLost(Part.SOUND, GONE), PlayerDied(None, 0.0, "killed")])
def test_an_amplifier_that_is_back_brings_no_speaker_back(lost: Event) -> None:
    told: list[Event] = []
    sound = AmplifiedSound(told.append)
    sound.heard(SoundReady())
    sound.amplifier(MUTE)
    sound.heard(lost)
    sound.amplifier(None)
    assert told == [SoundReady(), PartLost(Part.SOUND, MUTE), lost]


def test_several_lines_that_are_taken_are_one_reason_with_their_names(gpio: Gpio, machine: Machine) -> None:
    machine.chip.users[26] = machine.chip.users[5] = "gpiomon"
    gpio.look()
    (lost,) = machine.took()
    assert lost == PartLost(Part.CONTROLS, because(Code.LINES_LOST, lines="PLAY, NURSE CALL", what="in use by gpiomon"))
