"""From mock pins through gpiozero to presses, turns and nurse_call."""

import gc
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from gpiozero import InputDevice
from gpiozero.pins.mock import MockFactory

from firmware import PinsLost
from firmware.gpio.board import REVISION_A
from firmware.gpio.controls import Controls
from firmware.inputs.inputs import Brushed, Input, Inputs, NurseCall, Pressed, Released, StuckDown, Turned
from firmware.inputs.lines import BUTTON_LINES, KNOB_LINES, Button, Edge, Knob, Line
from firmware.simulator import SimulatedBox


@dataclass
class Hand:
    """A box, its drivers and a clock that only the test moves."""

    box: SimulatedBox = field(default_factory=lambda: SimulatedBox(REVISION_A))
    inputs: Inputs = field(default_factory=lambda: Inputs(REVISION_A))
    now: float = 100.0
    seen: list[Input] = field(default_factory=list)

    def on_edge(self, edge: Edge) -> None:
        self.seen += self.inputs.feed(edge)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.seen += self.inputs.tick(self.now)

    def press(self, button: str) -> None:
        self.box.hold(button)
        self.wait(0.01)
        self.box.release(button)

    def took(self) -> list[Input]:
        seen, self.seen = self.seen, []
        return seen


@pytest.fixture
def hand() -> Iterator[Hand]:
    hand = Hand()
    controls = Controls(REVISION_A, hand.on_edge, pin_factory=hand.box.pin_factory, clock=lambda: hand.now)
    with controls:
        yield hand
    hand.box.close()


@pytest.mark.parametrize(
    ("line", "pin"),
    [
        *[(Line.PLAY, 5), (Line.SLEEP, 6), (Line.NEXT, 13), (Line.CHOOSE_PUSH, 25), (Line.NURSE_CALL, 26)],
        *[(Line.VOLUME_A, 17), (Line.VOLUME_B, 27), (Line.CHOOSE_A, 23), (Line.CHOOSE_B, 24)],
    ],
)
def test_a_pin_pulled_low_is_its_line_going_active(line: Line, pin: int) -> None:
    factory, edges = MockFactory(), []
    with Controls(REVISION_A, edges.append, pin_factory=factory, clock=lambda: 7.0):
        factory.pin(pin).drive_low()
        factory.pin(pin).drive_high()
    assert edges == [Edge(line, True, 7.0), Edge(line, False, 7.0)]


def test_every_line_is_wired_and_belongs_to_one_control_or_the_relay() -> None:
    of_knobs = [line for lines in KNOB_LINES.values() for line in lines]
    assert sorted([*BUTTON_LINES, *of_knobs, Line.NURSE_CALL]) == sorted(Line)
    assert (set(BUTTON_LINES.values()), set(KNOB_LINES)) == (set(Button), set(Knob))
    assert set(REVISION_A.lines) == set(Line)
    assert set(REVISION_A.edges_per_detent) == set(Knob)


def test_a_press_and_its_release(hand: Hand) -> None:
    hand.box.hold("play")
    assert hand.took() == []
    assert hand.inputs.next_deadline() == 100.002
    hand.wait(0.01)
    assert hand.took() == [Pressed(Button.PLAY, 100.0)]
    hand.box.release("play")
    assert hand.inputs.next_deadline() == 100.01 + 0.03
    hand.wait(0.05)
    assert hand.took() == [Released(Button.PLAY, 100.01)]
    assert hand.inputs.next_deadline() is None


def test_a_button_that_stays_down_is_told_once(hand: Hand) -> None:
    hand.box.hold(Button.NEXT)
    hand.wait(8.0)
    hand.wait(60.0)
    hand.box.release(Button.NEXT)
    hand.wait(1.0)
    assert hand.took() == [
        Pressed(Button.NEXT, 100.0),
        StuckDown(Button.NEXT, 108.0),
        Released(Button.NEXT, 168.0),
    ]


def test_two_buttons_put_down_together_are_one_press_and_one_brush(hand: Hand) -> None:
    """The staff's chord: both are known to be down, but only one of them acts."""
    hand.box.hold("play")
    hand.now += 0.02
    hand.box.hold("next")
    hand.wait(0.01)
    assert hand.took() == [Pressed(Button.PLAY, 100.0), Brushed(Button.NEXT, 100.02)]


@pytest.mark.parametrize("knob", list(Knob))
@pytest.mark.parametrize("detents", [1, -1, -3, 5])
def test_a_turn_is_told_detent_by_detent(hand: Hand, knob: Knob, detents: int) -> None:
    hand.box.turn(knob, detents)
    step = 1 if detents > 0 else -1
    assert hand.took() == [Turned(knob, step, 100.0)] * abs(detents)


def test_a_board_with_a_swapped_knob_still_turns_up_clockwise() -> None:
    board = replace(REVISION_A, reversed_knobs=frozenset({Knob.VOLUME}))
    factory, inputs, seen = MockFactory(), Inputs(board), []
    with Controls(board, lambda edge: seen.extend(inputs.feed(edge)), pin_factory=factory, clock=lambda: 1.0):
        a, b = factory.pin(17), factory.pin(27)
        for drive in (b.drive_low, a.drive_low, b.drive_high, a.drive_high):
            drive()
    assert seen == [Turned(Knob.VOLUME, 1, 1.0)]


def test_turning_one_knob_while_pressing_mixes_nothing_up(hand: Hand) -> None:
    hand.box.hold("choose")
    hand.wait(0.5)
    hand.box.turn("choose", 1)
    hand.box.turn("volume", -1)
    assert hand.took() == [
        Pressed(Button.CHOOSE, 100.0),
        Turned(Knob.CHOOSE, 1, 100.5),
        Turned(Knob.VOLUME, -1, 100.5),
    ]


def test_the_nurse_call_relay_acts_at_once_and_opens_when_it_stays_open(hand: Hand) -> None:
    hand.box.nurse_call(True)
    hand.box.nurse_call(False)
    hand.box.nurse_call(True)
    hand.wait(0.002)
    assert hand.took() == [NurseCall(True, 100.0)]
    hand.now = 105
    hand.box.nurse_call(False)
    assert hand.took() == []
    assert hand.inputs.next_deadline() == 105.03
    hand.wait(0.03)
    assert hand.took() == [NurseCall(False, 105.0)]


def test_what_is_closed_at_start_is_known_but_no_press() -> None:
    hand = Hand()
    hand.box.hold("play")
    hand.box.nurse_call(True)
    with Controls(REVISION_A, hand.on_edge, pin_factory=hand.box.pin_factory, clock=lambda: hand.now):
        assert hand.took() == [Brushed(Button.PLAY, 100.0), NurseCall(True, 100.0)]
        hand.box.release("play")
        hand.wait(1)
        hand.press("play")
        assert hand.took() == [Released(Button.PLAY, 100.0), Pressed(Button.PLAY, 101.0)]
    hand.box.close()


def test_a_callback_that_raises_loses_its_edge_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    factory, calls = MockFactory(), []

    def on_edge(edge: Edge) -> None:
        calls.append(edge)
        raise RuntimeError("the queue is gone")

    with caplog.at_level(logging.ERROR), Controls(REVISION_A, on_edge, pin_factory=factory):
        for _ in range(3):
            factory.pin(5).drive_low()
            factory.pin(5).drive_high()
    assert len(calls) == 6
    assert [record.message for record in caplog.records] == [
        "edge lost line=play active=True; further ones are not logged"
    ]


def test_after_close_no_edge_comes_and_the_pins_are_free() -> None:
    factory, edges = MockFactory(), []
    controls = Controls(REVISION_A, edges.append, pin_factory=factory)
    controls.open()
    controls.close()
    controls.close()
    factory.pin(5).drive_low()
    assert edges == []
    with Controls(REVISION_A, edges.append, pin_factory=factory):
        pass


@pytest.mark.parametrize("spike_s", [0.00002, 0.0005, 0.0019])
def test_a_spike_on_the_wire_is_neither_a_press_nor_a_nurse_call(hand: Hand, spike_s: float) -> None:
    for line in (*Button, "relay"):
        for closed in (True, False):
            hand.box.nurse_call(closed) if line == "relay" else (hand.box.hold if closed else hand.box.release)(line)
            hand.wait(spike_s if closed else 1.0)
    assert hand.took() == []
    assert hand.inputs.next_deadline() is None


def test_edges_that_waited_for_the_processor_bear_the_time_at_which_they_happened() -> None:
    """A short press that is heard late is still as long as the finger was: two edges at once would be a spike."""
    factory, edges = MockFactory(), []
    pin = factory.pin(5)
    with Controls(REVISION_A, edges.append, pin_factory=factory):
        pin.when_changed(7.0, False)
        pin.when_changed(7.1, True)
    assert edges == [Edge(Line.PLAY, True, 7.0), Edge(Line.PLAY, False, 7.1)]


def test_a_line_that_is_taken_is_named_and_costs_the_others_nothing() -> None:
    factory, edges = MockFactory(), []
    taken = InputDevice(13, pull_up=True, pin_factory=factory)
    controls = Controls(REVISION_A, edges.append, pin_factory=factory, clock=lambda: 1.0)
    (lost,) = controls.open()
    assert str(lost).startswith("NEXT on GPIO 13 does not open (pin GPIO13 is already in use by ")
    assert str(lost).endswith("stop what uses it, see `gpioinfo` and config.txt")
    factory.pin(5).drive_low()
    assert edges == [Edge(Line.PLAY, True, 1.0)]
    taken.close()
    assert controls.open() == ()
    factory.pin(13).drive_low()
    assert edges[1:] == [Edge(Line.NEXT, True, 1.0)]
    controls.close()


class ForeignError(Exception):
    """As lgpio's: neither of gpiozero's kind nor an OSError."""


def test_a_pin_library_that_raises_its_own_kind_of_error_costs_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    factory, edges = MockFactory(), []

    def refuse(pull: str) -> None:
        raise ForeignError("'GPIO busy'")

    controls = Controls(REVISION_A, edges.append, pin_factory=factory, clock=lambda: 1.0)
    with monkeypatch.context() as patch:
        patch.setattr(factory.pin(17), "_set_pull", refuse)
        patch.setattr(factory.pin(17), "close", lambda: None)
        (lost,) = controls.open()
        gc.collect()
    assert (lost.name, lost.pin) == ("VOLUME A", 17)
    factory.pin(5).drive_low()
    assert edges == [Edge(Line.PLAY, True, 1.0)]
    controls.close()


def test_who_needs_all_lines_gets_all_or_none() -> None:
    factory = MockFactory()
    taken = InputDevice(26, pull_up=True, pin_factory=factory)
    with (
        pytest.raises(PinsLost, match=r"^NURSE CALL on GPIO 26 does not open"),
        Controls(REVISION_A, print, pin_factory=factory),
    ):
        pass
    taken.close()
    with Controls(REVISION_A, print, pin_factory=factory):
        pass


def test_without_a_gpio_the_reason_is_one_line() -> None:
    with pytest.raises(PinsLost, match=r"^no GPIO of a Pi in /dev: elsewhere use the simulator$"):
        Controls(REVISION_A, print).open()


def test_the_pure_layer_loads_neither_gpiozero_nor_numpy() -> None:
    code = "import sys, firmware.inputs.inputs; print({'gpiozero', 'numpy', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
