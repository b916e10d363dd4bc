"""A view becomes pixels: 128 x 64, one bit each, as docs/bedside.md draws them. Knows no bus, no thread and no time."""

from device.display.screens.ahead import warm, warming
from device.display.screens.scenes import draw

__all__ = ["draw", "warm", "warming"]
