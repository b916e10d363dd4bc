"""The box without its hardware: mock pins, an emulated screen chip and a page with the panel.

People press on the page, tests press on `SimulatedBox`; the drivers above cannot tell it from a box.
"""

from firmware.simulator.box import SimulatedBox
from firmware.simulator.chip import Ssd1306Chip
from firmware.simulator.handles import Handles
from firmware.simulator.panel import Panel

__all__ = ["Handles", "Panel", "SimulatedBox", "Ssd1306Chip"]
