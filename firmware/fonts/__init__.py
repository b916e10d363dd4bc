"""The typefaces of the screen, as files: three of this package, others where Debian puts them. Knows no word."""

from importlib.resources import files
from pathlib import Path

SYSTEM_FONTS = Path("/usr/share/fonts")
_NOTO, _NOTO_CJK = "truetype/noto", "opentype/noto/NotoSansCJK-Bold.ttc"
_UNIFONT = ("opentype/unifont/unifont.otf", "truetype/unifont/unifont.ttf")


def noto_sans() -> Path:
    """Noto Sans with its weight and width axes (in that order): Latin, Greek, Cyrillic."""
    return _vendored("NotoSans.ttf")


def noto_sans_arabic() -> Path:
    """Noto Sans Arabic with the same axes."""
    return _vendored("NotoSansArabic.ttf")


def noto_sans_devanagari() -> Path:
    """Noto Sans Devanagari with the same axes."""
    return _vendored("NotoSansDevanagari.ttf")


def noto_of(script: str, system_fonts: Path = SYSTEM_FONTS) -> Path | None:
    """Noto Sans Bold of a script by its English name ("Thai"), where `fonts-noto-core` is installed."""
    path = system_fonts / _NOTO / f"NotoSans{script}-Bold.ttf"
    return path if path.is_file() else None


def noto_cjk(system_fonts: Path = SYSTEM_FONTS) -> Path | None:
    """Noto Sans CJK Bold, where `fonts-noto-cjk` is installed: face 0 Japanese, 1 Korean, 2 simplified Chinese."""
    path = system_fonts / _NOTO_CJK
    return path if path.is_file() else None


def unifont(system_fonts: Path = SYSTEM_FONTS) -> Path | None:
    """GNU Unifont, every script on a grid of 16 pixels, where `fonts-unifont` is installed."""
    return next((path for name in _UNIFONT if (path := system_fonts / name).is_file()), None)


def _vendored(name: str) -> Path:
    return Path(str(files(__name__) / name))
