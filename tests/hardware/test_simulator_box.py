"""The simulated box is a box: every movement of a hand is edges on pins, and boxes know nothing of each other."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Thread

import pytest
from gpiozero import Device

from firmware import ScreenLost
from firmware.gpio.board import REVISION_A
from firmware.gpio.controls import Controls
from firmware.gpio.outputs import Outputs
from firmware.inputs.inputs import Inputs, Turned
from firmware.inputs.lines import Edge, Knob, Line
from firmware.screen.screen import Screen
from firmware.simulator import SimulatedBox


@pytest.fixture
def box() -> Iterator[SimulatedBox]:
    box = SimulatedBox(REVISION_A)
    yield box
    box.close()


def test_a_detent_is_four_edges_of_one_contact_each(box: SimulatedBox) -> None:
    edges: list[Edge] = []
    with Controls(REVISION_A, edges.append, pin_factory=box.pin_factory):
        box.turn("volume", 1)
        box.turn("volume", -1)
    a, b = Line.VOLUME_A, Line.VOLUME_B
    clockwise = [(a, True), (b, True), (a, False), (b, False)]
    back = [(b, True), (a, True), (b, False), (a, False)]
    assert [(edge.line, edge.active) for edge in edges] == clockwise + back


@pytest.mark.parametrize("edges_per_detent", [1, 2, 4])
@pytest.mark.parametrize("swapped", [frozenset(), frozenset({Knob.CHOOSE})])
def test_a_turn_means_the_same_on_every_board(edges_per_detent: int, swapped: frozenset[Knob]) -> None:
    board = replace(REVISION_A, edges_per_detent=dict.fromkeys(Knob, edges_per_detent), reversed_knobs=swapped)
    box, inputs, told = SimulatedBox(board), Inputs(board), []
    with Controls(board, lambda edge: told.extend(inputs.feed(edge)), pin_factory=box.pin_factory):
        for detents in (3, -1, -5, 2):
            told.clear()
            box.turn("choose", detents)
            assert sum(one.detents for one in told if isinstance(one, Turned)) == detents
    box.close()


def test_two_boxes_in_one_process_share_no_pin_and_no_global(box: SimulatedBox) -> None:
    other, edges = SimulatedBox(REVISION_A), []
    with (
        Controls(REVISION_A, edges.append, pin_factory=box.pin_factory),
        Controls(REVISION_A, print, pin_factory=other.pin_factory),
        Outputs(REVISION_A, box.pin_factory) as outputs,
    ):
        outputs.light(1.0)
        other.press("play")
        assert edges == []
        assert other.light == 0.0
    other.close()
    assert Device.pin_factory is None


def test_a_hand_is_free_of_the_drivers(box: SimulatedBox) -> None:
    """Pressing a box whose program is not running, or has ended, is no error."""
    box.press("play")
    with Controls(REVISION_A, print, pin_factory=box.pin_factory):
        pass
    box.press("choose", held_s=0.001)
    box.turn("choose", 2)
    assert (box.light, box.unmuted) == (0.0, False)


def test_a_button_that_no_box_has_is_an_error(box: SimulatedBox) -> None:
    with pytest.raises(ValueError, match="fast"):
        box.press("fast")


def lit_box(box: SimulatedBox, outputs: Outputs) -> Screen:
    """A box whose light, amplifier and whole screen are on."""
    outputs.light(0.5)
    outputs.unmute(True)
    screen = Screen(box.bus)
    screen.open()
    screen.show(b"\xff" * 1024)
    assert (box.light, box.unmuted, box.bus.pixels().all()) == (0.5, True, True)
    return screen


def test_without_power_nothing_shines_and_nothing_sounds(box: SimulatedBox) -> None:
    with Outputs(REVISION_A, box.pin_factory) as outputs:
        screen = lit_box(box, outputs)
        box.power(False)
        assert (box.has_power, box.light, box.unmuted, box.bus.pixels().any()) == (False, 0.0, False, False)
        with pytest.raises(ScreenLost, match="Errno 121"):
            screen.show(bytes(1024))
        box.press("play")
    box.power(True)
    assert (box.has_power, box.light, box.unmuted) == (True, 0.0, False), "dark until a program drives it"


def test_a_screen_that_was_pulled_comes_back_with_what_was_last_asked_for(box: SimulatedBox) -> None:
    with Outputs(REVISION_A, box.pin_factory) as outputs:
        screen = lit_box(box, outputs)
        box.plug_screen(False)
        assert (box.has_screen, box.light, box.bus.pixels().any()) == (False, 0.5, False)
        with pytest.raises(ScreenLost):
            screen.show(b"\x01" + bytes(1023))
        box.plug_screen(True)
        assert not box.bus.pixels().any()
        screen.open()
        assert box.bus.pixels().sum() == 1


def test_a_screen_without_its_plug_stays_dark_when_the_power_is_back(box: SimulatedBox) -> None:
    box.plug_screen(False)
    box.power(False)
    box.power(True)
    assert (box.has_screen, box.bus.is_plugged) == (False, False)
    box.power(False)
    box.plug_screen(True)
    assert (box.has_screen, box.bus.is_plugged) == (True, False)
    box.power(True)
    assert box.bus.is_plugged


def test_the_nurse_call_relay_closes_its_line_until_it_opens(box: SimulatedBox) -> None:
    edges: list[Edge] = []
    with Controls(REVISION_A, edges.append, pin_factory=box.pin_factory):
        for active in (True, False):
            box.nurse_call(active)
            assert box.is_nurse_call is active
    assert [(edge.line, edge.active) for edge in edges] == [(Line.NURSE_CALL, True), (Line.NURSE_CALL, False)]


def test_a_box_that_closes_frees_what_waits_for_a_hung_bus() -> None:
    box = SimulatedBox(REVISION_A)
    box.bus.hang()
    waits = Thread(target=box.bus.writeto, args=(0x3C, b"\x00\xe3"), daemon=True)
    waits.start()
    box.close()
    waits.join(timeout=10)
    assert not waits.is_alive()
