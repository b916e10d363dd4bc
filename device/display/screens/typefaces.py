"""Which typeface a line is drawn with: the first that has all of its signs. Knows no pixel."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from firmware.fonts import SYSTEM_FONTS, noto_cjk, noto_of, noto_sans, noto_sans_arabic, noto_sans_devanagari, unifont
from firmware.fonts.coverage import coverage

UNIFONT_GRID_PX = 16
_CJK_JAPANESE, _CJK_KOREAN, _CJK_CHINESE = 0, 1, 2  # faces of the one file
_CJK_FACES = {"HIRAGANA": _CJK_JAPANESE, "KATAKANA": _CJK_JAPANESE, "HANGUL": _CJK_KOREAN}
_WITHOUT_INK = ("Z", "C")  # general categories: separators, marks of control


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font file and its `face`; `has_axes`: of weight and width, in this order.

    `hangs`: its signs do not stand on a Latin base line, so a word is put in the middle of its room; `grid_px`: it is
    made of pixels that are whole in multiples of this size only.
    """

    path: Path
    face: int = 0
    has_axes: bool = False
    hangs: bool = True
    grid_px: int = 1


_LATIN = Typeface(noto_sans(), has_axes=True, hangs=False)


@lru_cache(maxsize=1024)
def typeface_for(line: str, system_fonts: Path = SYSTEM_FONTS) -> Typeface:
    """The first typeface with every sign of the line, else the first with most of them. Any thread."""
    signs = {sign for sign in line if unicodedata.category(sign)[0] not in _WITHOUT_INK}
    best, most = _LATIN, -1
    for typeface in _typefaces(signs, system_fonts):
        covered = coverage(typeface.path, typeface.face)
        held = sum(sign in covered for sign in signs)
        if held == len(signs):
            return typeface
        if held > most:
            best, most = typeface, held
    return best


def _typefaces(signs: set[str], system_fonts: Path) -> Iterator[Typeface]:
    """In the order of preference; each is looked for only when those before it do not do."""
    yield _LATIN
    yield Typeface(noto_sans_arabic(), has_axes=True)
    yield Typeface(noto_sans_devanagari(), has_axes=True)
    scripts = sorted({_script(sign) for sign in signs})
    for script in scripts:
        if path := noto_of(script.title(), system_fonts):
            yield Typeface(path)
    if path := noto_cjk(system_fonts):
        yield Typeface(path, next((_CJK_FACES[script] for script in scripts if script in _CJK_FACES), _CJK_CHINESE))
    if path := unifont(system_fonts):
        yield Typeface(path, grid_px=UNIFONT_GRID_PX)


def _script(sign: str) -> str:
    """A sign's official name begins with its script: "THAI CHARACTER SO SO"."""
    return unicodedata.name(sign, "").partition(" ")[0]
