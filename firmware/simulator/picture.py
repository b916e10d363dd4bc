"""The screen as a picture file and as text for the page. Knows nothing of the chip that lit it."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

AMBER = (0xFF, 0xB0, 0x00)
SCALE = 4  # each pixel of the screen becomes 4 x 4, so that the middle of a cell is the exact bit


def brightness(contrast: int) -> float:
    """How bright a lit pixel looks, 0 to 1: the eye is far less than linear, and contrast 0 still shows."""
    return 0.35 + 0.65 * float(np.sqrt(contrast / 255))


def png(pixels: NDArray[np.bool_], contrast: int) -> bytes:
    """Amber on black, four times as large."""
    colour = np.array(AMBER) * brightness(contrast)
    rgb = (pixels[:, :, np.newaxis] * colour).astype(np.uint8)
    large = rgb.repeat(SCALE, axis=0).repeat(SCALE, axis=1)
    file = io.BytesIO()
    Image.fromarray(large).save(file, "PNG")
    return file.getvalue()


def text(pixels: NDArray[np.bool_]) -> str:
    """Row after row, eight pixels a byte with the left one highest, in base64."""
    return base64.b64encode(np.packbits(pixels, axis=1).tobytes()).decode("ascii")
