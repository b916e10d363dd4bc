"""Draws the pictures of docs/bedside.md by the box's own `draw`. Knows no box.

After a change of a screen or a word run `python docs/make_bedside.py`; a test says when it was forgotten.
"""

from dataclasses import replace
from pathlib import Path

from PIL import Image

from device.display.screens import draw
from device.display.screens.languages import languages
from device.rules.view import Scene, View
from messages import Change, Question

FOLDER = Path(__file__).parent / "bedside"
AMBER, BY_NIGHT, BLACK, FRAME = (255, 176, 0), (150, 104, 0), (0, 0, 0), (64, 64, 64)
SCALE, SHEET_SCALE = 4, 2
COLUMNS, GAP = 4, 8

SCREENS = {  # by number and name
    "01-boot": View(Scene.BOOT),
    "02-ready": View(Scene.READY, word="Calm"),
    "03-dark": View(Scene.DARK),
    "04-reminder": View(Scene.REMINDER),
    "05-playing": View(Scene.PLAYING, word="Calm", minutes=18, progress=420),
    "06-next": View(Scene.NEXT, word="Calm"),
    "07-volume": View(Scene.VOLUME, word="Calm", bars=8, bars_most=13),
    "08-volume-at-the-cap": View(Scene.VOLUME, word="Calm", bars=13, bars_most=13, wall=True),
    "09-choosing": View(Scene.CHOOSING, word="Memories", place=2, places=4),
    "10-sleep": View(Scene.SLEEP, word="Sleep", minutes=38, progress=200),
    "11-sleep-fading": View(Scene.SLEEP, word="Sleep", minutes=4, progress=600, setting=True),
    "12-time-left": View(Scene.TIME_LEFT, minutes=38),
    "13-night": View(Scene.NIGHT, word="Sleep", minutes=38, night=True),
    "14-night-volume": View(Scene.VOLUME, word="Sleep", bars=3, bars_most=8, night=True),
    "15-vigil": View(Scene.VIGIL, word="Peace", night=True),
    "16-on-its-way": View(Scene.ON_ITS_WAY, word="Calm", held=3, needed=8),
    "17-question": View(Scene.QUESTION, question=Question.PAIN),
    "18-answer": View(Scene.ANSWER, question=Question.PAIN, score=7),
    "19-question-in-three": View(Scene.QUESTION, question=Question.CHANGE),
    "20-answer-in-three": View(Scene.ANSWER, question=Question.CHANGE, change=Change.BETTER),
    "21-thanks": View(Scene.THANKS),
    "22-no-sound": View(Scene.NO_SOUND),
    "23-cleaning": View(Scene.CLEANING, seconds=86, seconds_most=120),
    "24-here": View(Scene.HERE, code="7F3A"),
    "25-here-inverted": View(Scene.HERE, code="7F3A", inverted=True),
    "26-meter": View(Scene.METER),
    "27-reading": View(Scene.READING, reading_dba=71),
    "28-no-music": View(Scene.NO_MUSIC),
}
NIGHT = [
    *(replace(SCREENS[name], night=True) for name in ("06-next", "09-choosing", "12-time-left")),
    *(replace(SCREENS[name], night=True) for name in ("22-no-sound", "28-no-music", "23-cleaning", "24-here")),
]
SPOKEN = [  # every word of a language
    *(SCREENS[name] for name in ("04-reminder", "06-next", "12-time-left", "16-on-its-way")),
    *(View(Scene.QUESTION, question=question) for question in Question),
    *(View(Scene.ANSWER, question=Question.CHANGE, change=change) for change in Change),
    *(SCREENS[name] for name in ("21-thanks", "22-no-sound", "28-no-music", "23-cleaning", "24-here", "26-meter")),
]
LABELS = {
    "de": ("Erinnern", "Glück"),
    "fr": ("Détente", "Été"),
    "es": ("Sueños", "Niñez"),
    "en": ("Ηρεμία", "Ύπνος", "Покой", "Сон", "هدوء", "ذكريات", "शांति", "नींद", "Memories", "MMMMMMMM"),
}


def pictures() -> dict[str, Image.Image]:
    """Every picture of the page by its file's name."""
    labels = [View(Scene.READY, word=word, language=spoken) for spoken, words in LABELS.items() for word in words]
    return {
        **{f"{name}.png": _screen(view, SCALE) for name, view in SCREENS.items()},
        **{f"words-{spoken}.png": _sheet([replace(v, language=spoken) for v in SPOKEN]) for spoken in languages()},
        "by-night.png": _sheet(NIGHT),
        "any-script.png": _sheet(labels),
    }


def _screen(view: View, scale: int) -> Image.Image:
    """The pixels, each as a square: amber, and darker where the screen has the night's light."""
    lit = draw(view)
    picture = Image.new("RGB", lit.size, BLACK)
    picture.paste(BY_NIGHT if view.night else AMBER, (0, 0, *lit.size), lit)
    return picture.resize((lit.width * scale, lit.height * scale), Image.Resampling.NEAREST)


def _sheet(views: list[View]) -> Image.Image:
    """Several screens side by side."""
    drawn = [_screen(view, SHEET_SCALE) for view in views]
    pitch_x, pitch_y = drawn[0].width + GAP, drawn[0].height + GAP
    rows = -(-len(drawn) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * pitch_x + GAP, rows * pitch_y + GAP), FRAME)
    for at, screen in enumerate(drawn):
        sheet.paste(screen, (GAP + at % COLUMNS * pitch_x, GAP + at // COLUMNS * pitch_y))
    return sheet


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, picture in pictures().items():
        picture.quantize(colors=4).save(FOLDER / name, optimize=True)
