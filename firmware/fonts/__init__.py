"""The typeface of the glass, as a file of this package. Knows neither sizes nor words."""

from importlib.resources import files
from pathlib import Path


def noto_sans() -> Path:
    """Noto Sans with its weight and width axes (in that order): Latin, Greek, Cyrillic."""
    return Path(str(files(__name__) / "NotoSans.ttf"))
