"""Which wire of the panel meets which pin of the Pi, a table for each board revision. Knows nothing of drivers."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from firmware.inputs.lines import Knob, Line


@dataclass(frozen=True, slots=True)
class Board:
    """One revision of the box's board: BCM numbers and electrical constants. A new revision is a new table."""

    name: str
    lines: Mapping[Line, int]
    """Inputs, each a contact to ground with the Pi's own pull-up: active is low."""
    light_pin: int
    """PLAY's light, driven by PWM."""
    light_hz: int
    unmute_pin: int
    """High lets the amplifier sound; the board pulls it low while nobody drives it."""
    i2c_bus: int
    screen_address: int
    i2c_hz: int
    """What /boot/firmware/config.txt must ask for: i2c_arm_baudrate. A program cannot set it."""
    edges_per_detent: Mapping[Knob, int]
    reversed_knobs: frozenset[Knob] = frozenset()
    """Knobs whose A and B are swapped on the board, so that clockwise is still up."""


# GPIO 18-21 stay free for I2S DACs.
REVISION_A = Board(
    name="revision A",
    lines=MappingProxyType(
        {
            Line.PLAY: 5,
            Line.SLEEP: 6,
            Line.NEXT: 13,
            Line.VOLUME_A: 17,
            Line.VOLUME_B: 27,
            Line.CHOOSE_A: 23,
            Line.CHOOSE_B: 24,
            Line.CHOOSE_PUSH: 25,
            Line.NURSE_CALL: 26,
        }
    ),
    light_pin=12,
    light_hz=240,
    unmute_pin=16,
    i2c_bus=1,
    screen_address=0x3C,
    i2c_hz=400_000,
    edges_per_detent=MappingProxyType({Knob.VOLUME: 4, Knob.CHOOSE: 4}),
)
