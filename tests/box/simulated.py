"""A whole box on simulated hardware at noon, for tests that turn its loop by hand."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from device.app import Box, start
from device.config.settings import default_settings
from device.hardware import Hardware
from firmware.gpio.board import REVISION_A
from firmware.screen.screen import Screen
from firmware.simulator.box import SimulatedBox
from firmware.speaker import parse_sink
from tests.rules.bed import wall


def hardware_of(panel: SimulatedBox) -> Hardware:
    """A panel's pins and screen, and a clock that says noon."""
    return Hardware(
        "simulated",
        REVISION_A,
        panel.pin_factory,
        lambda: Screen(panel.bus, REVISION_A.screen_address),
        lambda: True,
        lambda: wall("12:00"),
    )


@contextmanager
def whole_box(folder: Path) -> Iterator[tuple[Box, SimulatedBox]]:
    """A box with its data and music in this folder, whose sound goes nowhere, and its panel."""
    panel, made = SimulatedBox(REVISION_A), default_settings(folder)
    settings = replace(made, sound=replace(made.sound, output=parse_sink("silent")))
    with ExitStack() as parts:
        parts.callback(panel.close)
        yield start(settings, hardware_of(panel), parts), panel
