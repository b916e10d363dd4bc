"""A view as text: what the screen says, for those who hear a page instead of seeing it. Knows no pixel."""

from device.display.screens.asking import IN_THREE, QUESTIONS
from device.display.screens.languages import Word, lines, said
from device.rules.view import Scene, View

WORDS: dict[Scene, Word] = {
    Scene.READY: Word.PLAY,
    Scene.NEXT: Word.NEXT,
    Scene.ON_ITS_WAY: Word.SOON,
    Scene.THANKS: Word.THANKS,
    Scene.NO_SOUND: Word.NO_SOUND,
    Scene.NO_MUSIC: Word.NO_MUSIC,
    Scene.CLEANING: Word.CLEANING,
    Scene.METER: Word.METER,
}


def spoken(view: View) -> tuple[str, ...]:
    """The words on the screen, the large one first; empty where there are none. Without what counts down: it would be
    read out again with each step."""
    words = [view.word, *_own(view)]
    return tuple(word for word in words if word)


def labelled(view: View) -> tuple[str, ...]:
    """The same with the minutes left, for a label that is read only where someone goes to it."""
    minutes = (f"{view.minutes} {said(Word.MINUTES, view.language)}",) if view.minutes else ()
    return (*spoken(view), *minutes)


def _own(view: View) -> tuple[str, ...]:
    """What a scene says besides the playlist's name."""
    match view.scene:
        case Scene.REMINDER:
            return _said(view, Word.MUSIC, Word.PLAY)
        case Scene.HERE:
            return (*_said(view, Word.HERE), view.code)
        case Scene.READING:
            return (f"{max(0, view.reading_dba)} dBA",)
        case Scene.QUESTION if view.question:
            asked, ends = QUESTIONS[view.question]
            return _said(view, asked, *ends)
        case Scene.ANSWER:
            return _said(view, IN_THREE[view.change][0]) if view.change else (str(view.score or 0),)
    return _said(view, WORDS[view.scene]) if view.scene in WORDS else ()


def _said(view: View, *words: Word) -> tuple[str, ...]:
    return tuple(" ".join(lines(word, view.language)) for word in words)
