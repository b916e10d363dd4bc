"""The screen of a scripted box while the ward watches: drawn by the box's own painter, told when it changes.

It has no buttons, so that by night it is dark, and by day it shows what plays, or what PLAY would play.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from device.display.screens import draw
from device.display.screens.spoken import labelled
from device.rules.view import Scene, View
from firmware.screen.screen import frame_from_image
from messages import WATCHED_S, Light, Screen, Showing, pack


@dataclass(slots=True)
class Watched:
    """Until when, in monotonic seconds, and the view that was told last. One thread."""

    until: float = 0.0
    told: View | None = None

    def begin(self, now_s: float) -> None:
        """The ward asks, or asks again: what stands there is told once more."""
        self.until, self.told = now_s + WATCHED_S, None

    def news(self, view: View, now_s: float) -> bool:
        """Whether to tell this view now; remembers it."""
        if now_s >= self.until or view == self.told:
            return False
        self.told = view
        return True


def view_of(label: str, left_s: float, length_s: float, *, plays: bool, night: bool) -> View:
    """What the screen shows; `left_s` and `length_s` of the session, both 0 where it has no end."""
    if night:
        return View(Scene.DARK)
    if not plays:
        return View(Scene.READY, word=label, dimmed=True) if label else View(Scene.NO_MUSIC)
    if not length_s:
        return View(Scene.VIGIL, word=label, night=True)
    progress = int(1000 * (1 - left_s / length_s))
    return View(Scene.PLAYING, word=label, minutes=max(1, ceil(left_s / 60)), progress=progress // 20 * 20)


def screen_of(view: View, boot: str, number: int) -> Screen:
    """The message, with the pixels that a box would show."""
    at = datetime.now(UTC)
    if view.scene is Scene.DARK:
        return Screen(boot=boot, number=number, at=at, showing=Showing.DARK)
    frame = pack(frame_from_image(draw(view)))
    light = Light.NIGHT if view.night else Light.DIMMED if view.dimmed else Light.BRIGHT
    return Screen(
        boot=boot, number=number, at=at, showing=Showing.PICTURE, light=light, frame=frame, words=labelled(view)
    )
