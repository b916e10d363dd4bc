"""The icons of the screen, bit by bit: rows of hex digits, the high bit left. Knows no screen."""

from enum import StrEnum
from functools import cache

from PIL import Image, ImageOps

SIDE = 20
BIRD_WIDTH, BIRD_HEIGHT = 56, 43


class Icon(StrEnum):
    """An icon of 20 x 20 pixels, named after its meaning."""

    PLAY = "play"
    MOON = "moon"
    NEXT = "next"
    VOLUME = "volume"
    NO_SOUND = "no_sound"
    NO_MUSIC = "no_music"
    DROP = "drop"
    HEART = "heart"
    SOON = "soon"
    PUSH = "push"
    UP = "up"
    SAME = "same"
    DOWN = "down"
    PIN = "pin"


_ROWS = {
    Icon.PLAY: "03fc00fff01fff83fffc7dffe7c7fefc1fffc07ffc01ffc007fc007fc01ffc07ffc1ff7c7fe7dffe3fffc1fff80fff003fc0",
    Icon.MOON: "0000003e000fc001f8003f0003e0007e0007e0007e0007e0007f0007f0007f8023fe1e3fffc1fff80fff003fc00000000000",
    Icon.NEXT: "000000030000380003c0003e0003f0ffff8ffffcffffeffffffffffffffeffffcffff8003f0003e0003c0003800030000000",
    Icon.VOLUME: "0000000c1801c0c03c0607cc60fc63ffc33ffc33ffd13ffd9bffd9bffd13ffc33ffc330fc6307cc603c0601c0c00c1800000",
    Icon.NO_SOUND: "0000000c0001c0003c0007d830fdc7ffceeffc7cffc38ffc38"
    "ffc38ffc38ffc7cffcee0fdc707d8303c0001c0000c0000000",
    Icon.NO_MUSIC: "000002001c701fc39ffc1cffc0e7fc0731c0381c01c1c04e1c"
    "0671c0739c071cc1f0e43f0707f0387f01c3e00e1c00700002",
    Icon.DROP: "006000060000f0000f0001f8003fc003fc007fe00fff00fff01fff81fff81bff81bff819ff81cff80e3f007fe003fc000f00",
    Icon.HEART: "000000f0f03f0fc7f9fe7fffe7fffe7fffe7fffe7fffe3fffc3fffc1fff80fff007fe003fc001f8000f00006000000000000",
    Icon.SOON: "00f0000f0000f0000f0000f0000f001fff80fff007fe003fc001f8000f000060000000c0003c0003c0003c0003ffffffffff",
    Icon.PUSH: "00f0000f0000f0000f0000f000fff007fe003fc001f8000f0000600000001fff83fffc3fffc00000fffffffffffffff00000",
    Icon.UP: "000000060000f0001f8003fc007fe00fff01fff83fffc7fffe01f8001f8001f8001f8001f8001f8001f8001f8001f8000000",
    Icon.SAME: "000000000000000000007fffe7fffe7fffe7fffe000000000000000000007fffe7fffe7fffe7fffe00000000000000000000",
    Icon.PIN: "03fc007fe00fff01e0781c0381c0381c0381c0381e0781f0f80fff00fff007fe007fe003fc003fc001f8001f8000f0000600",
}
_BIRD = (
    "0000000000018000000000000700000000003f9e00000000007ffe0000000000fffc0010000001f8f80018000001f8fc00"
    "1c000003f9ff800e000003ffffc00f000007fffc000780000ffff80007c0000ffff00003e0001ffff00001f0003ffff000"
    "01f8007ffff00000fc00fffff000007f03fffff000003f8ffffff000001ffffffff000000fffffcfe000000fffffdfe000"
    "0007ffff9fe0000003f3ff3fc0000003f9ff3fc0000001fcfc7f80000000fe00ff800000007f83ff000000007ffffe0000"
    "00003ffffe000000001ffffc000000000ffff00000000003ffe00000000001ffc0000000000018c0000000000018c00000"
    "000000184000000000001040000600000010600ffe0000003ffffffe0000ffffffff00007fffffe0000001ffe000000000"
    "01f00000000000"
)


@cache
def icon(name: Icon) -> Image.Image:
    """The icon as a one-bit picture of 20 x 20."""
    if name is Icon.DOWN:
        return ImageOps.flip(icon(Icon.UP))
    return _picture(_ROWS[name], SIDE, SIDE)


@cache
def bird() -> Image.Image:
    """The nightingale of the start, 56 x 43."""
    return _picture(_BIRD, BIRD_WIDTH, BIRD_HEIGHT)


def _picture(rows: str, width: int, height: int) -> Image.Image:
    picture = Image.new("1", (width, height))
    digits = width // 4
    for y in range(height):
        bits = int(rows[y * digits : (y + 1) * digits], 16)
        for x in range(width):
            if bits >> (width - 1 - x) & 1:
                picture.putpixel((x, y), 255)
    return picture
