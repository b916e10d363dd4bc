"""What the display's memory holds when the home screen is shown, drawn by the installed box's own code."""

from tests.pi.guest import Guest
from tests.pi.image import DATA, ENVIRONMENT

DRAW = f"""\
from pathlib import Path
from PIL import ImageChops
from device.music.music import Music
from device.display.screens import draw
from device.rules.view import Scene, View
from firmware.screen.screen import frame_from_image
for music in Music(Path("{DATA}/music")).builtin():
    picture = draw(View(Scene.READY, word=music.label))
    for columns in range(-2, 3):  # aside against burn-in
        print(frame_from_image(ImageChops.offset(picture, columns, 0)).hex())
"""


def home_screens(guest: Guest) -> set[bytes]:
    """The home screen of each built-in playlist."""
    guest.put("/root/draw.py", DRAW)
    return {bytes.fromhex(line) for line in guest.run(f"{ENVIRONMENT}/bin/python /root/draw.py").split()}
