"""PLAY's light and the amplifier's mute on mock pins."""

from collections.abc import Iterator

import pytest

from firmware import PinsLost
from firmware.board import REVISION_A
from firmware.outputs import Outputs
from firmware.simulator import SimulatedBox


@pytest.fixture
def box() -> Iterator[SimulatedBox]:
    box = SimulatedBox(REVISION_A)
    yield box
    box.close()


def test_the_amplifier_is_muted_and_the_light_dark_at_start_and_after_close(box: SimulatedBox) -> None:
    outputs = Outputs(REVISION_A, box.pin_factory)
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


def test_a_taken_light_leaves_the_amplifier_muted_and_free(box: SimulatedBox) -> None:
    taken = Outputs(REVISION_A, box.pin_factory)
    with pytest.raises(PinsLost, match="GPIO 16 or 12 cannot be driven"):
        Outputs(REVISION_A, box.pin_factory)
    taken.close()
    Outputs(REVISION_A, box.pin_factory).close()


def test_without_a_gpio_the_reason_is_one_line() -> None:
    with pytest.raises(PinsLost, match=r"^no GPIO here"):
        Outputs(REVISION_A)
