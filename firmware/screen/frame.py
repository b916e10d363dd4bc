"""The picture that every display takes: 128 x 64, kept as eight pages of 128 columns. Knows no chip."""

from typing import NamedTuple

WIDTH, HEIGHT, PAGES = 128, 64, 8
FRAME_BYTES = WIDTH * PAGES
DARK = bytes(FRAME_BYTES)

WINDOW_BYTES = 10
"""What a window costs beside its pixels: two addresses, two control bytes, two commands of three bytes."""


class Window(NamedTuple):
    """Pages and columns that are sent together, both ends included."""

    page0: int
    page1: int
    x0: int
    x1: int

    @property
    def cost(self) -> int:
        """Bytes on the bus."""
        return (self.page1 - self.page0 + 1) * (self.x1 - self.x0 + 1) + WINDOW_BYTES

    def around(self, other: "Window") -> "Window":
        page0, page1, x0, x1 = other
        return Window(min(self.page0, page0), max(self.page1, page1), min(self.x0, x0), max(self.x1, x1))

    def row(self, frame: bytes, page: int) -> bytes:
        """Its columns of one page of a frame."""
        return frame[page * WIDTH + self.x0 : page * WIDTH + self.x1 + 1]


WHOLE = Window(0, PAGES - 1, 0, WIDTH - 1)
