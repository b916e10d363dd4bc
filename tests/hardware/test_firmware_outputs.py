"""PLAY's light and the amplifier's mute on mock pins."""

from collections.abc import Iterator

import pytest
from gpiozero import PWMOutputDevice

from firmware import PinsLost
from firmware.gpio.board import REVISION_A
from firmware.gpio.outputs import Outputs
from firmware.simulator import SimulatedBox


@pytest.fixture
def box() -> Iterator[SimulatedBox]:
    box = SimulatedBox(REVISION_A)
    yield box
    box.close()


def test_the_amplifier_is_muted_and_the_light_dark_at_start_and_after_close(box: SimulatedBox) -> None:
    outputs = Outputs(REVISION_A, box.pin_factory)
    assert outputs.open() == ()
    assert (box.unmuted, box.light) == (False, 0.0)
    outputs.unmute(True)
    outputs.light(0.6)
    assert (box.unmuted, box.light) == (True, 0.6)
    outputs.close()
    outputs.close()
    assert (box.unmuted, box.light) == (False, 0.0)


def test_mute_is_driven_low_before_the_pin_is_let_go(box: SimulatedBox) -> None:
    """A pin that is let go while high would leave the amplifier open until its pull-down has won."""
    with Outputs(REVISION_A, box.pin_factory) as outputs:
        outputs.unmute(True)
    assert [change.state for change in box.pin_factory.pin(16).states][-2:] == [True, False]


@pytest.mark.parametrize(("asked", "shown"), [(-1.0, 0.0), (0.0, 0.0), (0.25, 0.25), (1.0, 1.0), (7.0, 1.0)])
def test_the_light_takes_any_fraction(box: SimulatedBox, asked: float, shown: float) -> None:
    with Outputs(REVISION_A, box.pin_factory) as outputs:
        outputs.light(asked)
        assert box.light == shown


def test_the_light_does_not_flicker(box: SimulatedBox) -> None:
    with Outputs(REVISION_A, box.pin_factory):
        assert box.pin_factory.pin(12).frequency >= 200


def test_a_taken_light_costs_the_amplifier_nothing(box: SimulatedBox) -> None:
    taken = PWMOutputDevice(12, pin_factory=box.pin_factory)
    outputs = Outputs(REVISION_A, box.pin_factory)
    (lost,) = outputs.open()
    assert str(lost).startswith("PLAY's light on GPIO 12 does not open (pin GPIO12 is already in use by ")
    outputs.unmute(True)
    outputs.light(0.5)
    assert box.unmuted
    taken.close()
    assert outputs.open() == ()
    assert (box.unmuted, box.light) == (True, 0.5), "it shines as was asked while it was lost"
    outputs.close()
    assert (box.unmuted, box.light) == (False, 0.0)


def test_a_line_that_fails_while_it_is_driven_costs_nobody_anything(
    box: SimulatedBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = Outputs(REVISION_A, box.pin_factory)
    outputs.open()

    def refuse(state: float) -> None:
        raise OSError(19, "No such device")

    with monkeypatch.context() as patch:
        patch.setattr(box.pin_factory.pin(16), "_set_state", refuse)
        outputs.unmute(True)
        outputs.light(0.5)
    assert (box.unmuted, box.light) == (False, 0.5)
    assert outputs.open() == ()
    assert box.unmuted
    outputs.close()


def test_who_needs_all_lines_gets_all_or_none(box: SimulatedBox) -> None:
    with Outputs(REVISION_A, box.pin_factory) as outputs:
        outputs.unmute(True)
        with pytest.raises(PinsLost, match=r"^the amplifier on GPIO 16"), Outputs(REVISION_A, box.pin_factory):
            pass
        assert box.unmuted
    with Outputs(REVISION_A, box.pin_factory):
        pass


def test_without_a_gpio_the_reason_is_one_line() -> None:
    with pytest.raises(PinsLost, match=r"^no GPIO of a Pi in /dev: elsewhere use the simulator$"):
        Outputs(REVISION_A).open()
