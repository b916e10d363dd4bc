"""The questions, their answers and the thanks. Draws onto a picture what a view says."""

from PIL import Image, ImageDraw

from device.display.screens import band
from device.display.screens.icons import SIDE, Icon, icon
from device.display.screens.languages import Word, lines, said
from device.display.screens.large import WIDTH, WORD_BASE, put_word, weight_of
from device.display.screens.words import BOLD, WORD_WIDTH, Ink, fitted, great
from device.rules.view import View
from messages import Change, Question

QUESTIONS: dict[Question, tuple[Word, tuple[Word, ...]]] = {  # how it is asked, and what 0 and 10 mean
    Question.PAIN: (Word.PAIN, (Word.NONE, Word.WORST)),
    Question.ANXIETY: (Word.ANXIETY, (Word.NONE, Word.WORST)),
    Question.SLEEP: (Word.SLEEP, (Word.BADLY, Word.WELL)),
    Question.CHANGE: (Word.CHANGE, ()),
}
IN_THREE = {  # what the knob points at, from left to right: icon and column
    Change.BETTER: (Word.BETTER, Icon.UP, 12),
    Change.SAME: (Word.SAME, Icon.SAME, 54),
    Change.WORSE: (Word.WORSE, Icon.DOWN, 96),
}
ICONS_ROW = 40
CHOSEN_BOX, CHOSEN_RADIUS = (-10, 38, 29, 61), 4  # columns seen from the icon's

QUESTION_BASE = 29
CHANGE_PX = 32  # two words in one line: a little lower, and so less narrow
DASH = (56, 40, 71, 44)
CHEVRONS_LEFT, CHEVRONS_ROW, CHEVRONS_RISE = 42, 42, 4
END_PX, END_BASE, END_BELOW, ENDS_WIDTH = 16, 60, 3, WORD_WIDTH - 8  # capitals of 11 px

REMINDER_PX, REMINDER_BASE, REMINDER_WIDTH = 14, 12, 100  # capitals of 10 px
SCORE_MOST, SCORE_BASE = 10, 63
PUSH_AT = (2, 42)
STEP_LEFT, STEP_WIDTH, STEP_PITCH, STEP_HEIGHT, LOWEST_STEP_TOP = 108, 18, 6, 5, 57
MARK_LEFT, MARK_WIDTH, MARK_ROWS = 115, 4, (2, 3)  # of a step that is not reached

THANKS_BASES, HEART_DROP = (28, 55), 19  # rows from the heart's top to the base line beside it


def put_question(sheet: Image.Image, view: View) -> None:
    """The question alone: nothing is marked, so no answer is suggested."""
    if view.question is Question.CHANGE:
        put_word(sheet, said(Word.CHANGE, view.language), weight_of(view), size_px=CHANGE_PX)
        _put_three(sheet)
        return
    put_word(sheet, _asked(view), weight_of(view), QUESTION_BASE)
    ImageDraw.Draw(sheet).rectangle(DASH, band.LIT)
    band.put_chevrons(sheet, CHEVRONS_LEFT, CHEVRONS_ROW, CHEVRONS_RISE)
    if view.question:
        _put_ends(sheet, *(said(word, view.language) for word in QUESTIONS[view.question][1]))


def put_answer(sheet: Image.Image, view: View) -> None:
    """The answer as set now; a push of the knob confirms it."""
    if view.question is Question.CHANGE:
        _put_change(sheet, view)
    else:
        _put_score(sheet, view)


def put_thanks(sheet: Image.Image, view: View) -> None:
    """Thanks on one line over a heart, or on two with the heart beside the second."""
    inks = [fitted(line) for line in lines(Word.THANKS, view.language)][:2]
    if len(inks) == 1:
        band.put_centred(sheet, inks[0], WORD_BASE)
        band.put(sheet, icon(Icon.HEART), (WIDTH - SIDE) // 2, 41)
        return
    band.put_centred(sheet, inks[0], THANKS_BASES[0])
    second = fitted(lines(Word.THANKS, view.language)[1], width=WORD_WIDTH - band.GAP - SIDE)
    left = (WIDTH - second.width - band.GAP - SIDE) // 2
    band.put_ink(sheet, second, left, THANKS_BASES[1])
    band.put(sheet, icon(Icon.HEART), left + second.width + band.GAP, THANKS_BASES[1] - HEART_DROP)


def _asked(view: View) -> str:
    return said(QUESTIONS[view.question][0], view.language) if view.question else ""


def _put_ends(sheet: Image.Image, lowest: str, highest: str) -> None:
    """Both in the same size, as large as fits."""
    for size_px in range(END_PX, 0, -1):
        low, high = _beside(lowest, highest, size_px), _beside(highest, lowest, size_px)
        if low.size_px == high.size_px:
            break
    band.put_ink(sheet, low, 2, END_BASE)
    band.put_ink(sheet, high, band.RIGHT - high.width, END_BASE)


def _beside(word: str, other: str, size_px: int) -> Ink:
    """The word, in half of the room or in what the other one leaves of it."""
    left_over = ENDS_WIDTH - fitted(other, size_px, ENDS_WIDTH, BOLD, END_BELOW).width
    return fitted(word, size_px, max(ENDS_WIDTH // 2, left_over), BOLD, END_BELOW)


def _put_three(sheet: Image.Image, chosen: Change | None = None) -> None:
    for change, (_, name, x) in IN_THREE.items():
        if change is chosen:
            left, top, right, bottom = CHOSEN_BOX
            ImageDraw.Draw(sheet).rounded_rectangle((x + left, top, x + right, bottom), CHOSEN_RADIUS, fill=band.LIT)
        sheet.paste(0 if change is chosen else band.LIT, (x, ICONS_ROW), icon(name))


def _put_change(sheet: Image.Image, view: View) -> None:
    word = IN_THREE[view.change][0] if view.change else Word.CHANGE
    ink = fitted(said(word, view.language), weight=weight_of(view))
    over_box = CHOSEN_BOX[1] - 1 - ink.bottom  # a "g" that touches the box would not look like a letter
    band.put_centred(sheet, ink, max(-ink.top, min(WORD_BASE, over_box)))
    _put_three(sheet, view.change)


def _put_score(sheet: Image.Image, view: View) -> None:
    score = max(0, min(SCORE_MOST, view.score or 0))
    digits = great(str(score), BOLD)
    band.put_centred(sheet, digits, SCORE_BASE - max(0, digits.bottom))
    band.put_ink(sheet, fitted(_asked(view), REMINDER_PX, REMINDER_WIDTH), 2, REMINDER_BASE)
    band.put(sheet, icon(Icon.PUSH), *PUSH_AT)
    pen = ImageDraw.Draw(sheet)
    for step in range(SCORE_MOST):
        top = LOWEST_STEP_TOP - step * STEP_PITCH
        if step < score:
            pen.rectangle((STEP_LEFT, top, STEP_LEFT + STEP_WIDTH - 1, top + STEP_HEIGHT - 1), band.LIT)
        else:
            pen.rectangle((MARK_LEFT, top + MARK_ROWS[0], MARK_LEFT + MARK_WIDTH - 1, top + MARK_ROWS[1]), band.LIT)
