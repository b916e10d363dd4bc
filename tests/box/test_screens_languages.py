"""Every language of the screen: its words are all there, stand within their zone and are large enough to be read."""

import re
import shutil
import tomllib
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from device.display import screens
from device.display.screens import asking, band, draw
from device.display.screens.languages import FOLDER, Word, languages, lines, page_words, said
from device.display.screens.words import Ink
from device.rules.view import Scene, View
from messages import Change, Question
from tests.box.test_screens import LASTING, VIEWS, lit
from ward.bed.rules_words import LANGUAGES

CAPITALS = 0.714  # of the size of Noto Sans
SMALLEST_PX = {  # the height of capitals, of "Words on the screen" in the design of the screens
    Word.PLAY: 15,
    Word.NEXT: 15,
    Word.MUSIC: 23,
    Word.THANKS: 23,
    Word.NO_SOUND: 23,
    Word.NO_MUSIC: 17,  # two long words in German and French; the icon says the same
    Word.CLEANING: 23,
    Word.HERE: 28,
    Word.SOON: 13,
    Word.MINUTES: 10,
    Word.SECONDS: 10,
    Word.PAIN: 24,
    Word.ANXIETY: 23,
    Word.SLEEP: 23,
    Word.NONE: 10,
    Word.WORST: 10,
    Word.BADLY: 11,
    Word.WELL: 11,
    Word.CHANGE: 21,
    Word.BETTER: 21,
    Word.SAME: 21,
    Word.WORSE: 21,
    Word.METER: 19,  # staff read it, standing
}
SHOWN_IN = {
    Word.PLAY: View(Scene.READY),
    Word.NEXT: View(Scene.NEXT),
    Word.MUSIC: View(Scene.REMINDER),
    Word.THANKS: View(Scene.THANKS),
    Word.NO_SOUND: View(Scene.NO_SOUND),
    Word.NO_MUSIC: View(Scene.NO_MUSIC),
    Word.CLEANING: View(Scene.CLEANING),
    Word.HERE: View(Scene.HERE),
    Word.SOON: View(Scene.ON_ITS_WAY),
    Word.MINUTES: View(Scene.TIME_LEFT),
    Word.SECONDS: View(Scene.CLEANING),
    Word.PAIN: View(Scene.QUESTION, question=Question.PAIN),
    Word.ANXIETY: View(Scene.QUESTION, question=Question.ANXIETY),
    Word.SLEEP: View(Scene.QUESTION, question=Question.SLEEP),
    Word.NONE: View(Scene.QUESTION, question=Question.PAIN),
    Word.WORST: View(Scene.QUESTION, question=Question.ANXIETY),
    Word.BADLY: View(Scene.QUESTION, question=Question.SLEEP),
    Word.WELL: View(Scene.QUESTION, question=Question.SLEEP),
    Word.CHANGE: View(Scene.QUESTION, question=Question.CHANGE),
    Word.BETTER: View(Scene.ANSWER, question=Question.CHANGE, change=Change.BETTER),
    Word.SAME: View(Scene.ANSWER, question=Question.CHANGE, change=Change.SAME),
    Word.WORSE: View(Scene.ANSWER, question=Question.CHANGE, change=Change.WORSE),
    Word.METER: View(Scene.METER),
}
PLACE = {  # of the words that are not the first ones put on their screen
    Word.PLAY: 1,
    Word.NEXT: 1,
    Word.SOON: 1,
    Word.MINUTES: 1,
    Word.SECONDS: 1,
    Word.NONE: 1,
    Word.WORST: 2,
    Word.BADLY: 1,
    Word.WELL: 2,
}
SHORT_LIVED = {Scene.QUESTION, Scene.ANSWER, Scene.THANKS}  # they may use the rows that are kept black against burn-in
OVER_A_BAND = set(Scene) - {Scene.ANSWER, Scene.THANKS, Scene.TIME_LEFT, Scene.HERE, Scene.METER, Scene.READING}


@dataclass(frozen=True)
class Placed:
    """Where a word was put."""

    ink: Ink
    left: int
    top: int

    @property
    def right(self) -> int:
        return self.left + self.ink.width

    @property
    def bottom(self) -> int:
        return self.top + self.ink.height

    def alone(self, grown: int = 0) -> NDArray[np.bool_]:
        """Its pixels on a screen of its own, each `grown` to all sides."""
        sheet = Image.new("1", (128, 64))
        for dx, dy in product(range(-grown, grown + 1), repeat=2):
            band.put(sheet, self.ink.picture, self.left + dx, self.top + dy)
        return np.asarray(sheet)


@pytest.fixture
def placed(monkeypatch: pytest.MonkeyPatch) -> list[Placed]:
    """All words that are put on a screen, while they are put there."""
    seen: list[Placed] = []
    put_ink = band.put_ink

    def look(sheet: Image.Image, ink: Ink, x: int, base: int) -> None:
        seen.append(Placed(ink, x, base + ink.top))
        put_ink(sheet, ink, x, base)

    monkeypatch.setattr(band, "put_ink", look)
    return seen


@pytest.fixture(params=languages())
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def in_language(view: View, language: str) -> View:
    return View(**{name: getattr(view, name) for name in View.__slots__} | {"language": language})


def test_the_ward_offers_every_language_of_the_screen_and_no_other() -> None:
    """A stay could otherwise be assigned a language that its box shows in English, or never be offered one it has."""
    assert set(languages()) == set(LANGUAGES) - {""}
    assert {"de", "en", "es", "fr"} <= set(languages())


def test_a_language_has_every_word_and_no_other(language: str) -> None:
    table = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    page = table.pop("page")
    assert set(table) == set(Word)
    assert set(page) == set(page_words("en"))
    assert all(isinstance(said, str) and said.strip() for said in (*table.values(), *page.values()))


@pytest.mark.parametrize("language", languages())
def test_a_word_of_the_page_has_the_same_places_to_fill_in_each_language(language: str) -> None:
    english, own = page_words("en"), page_words(language)
    assert {key: re.findall(r"{\w+}", word) for key, word in own.items()} == {
        key: re.findall(r"{\w+}", word) for key, word in english.items()
    }


def test_the_page_asks_for_every_word_that_it_has_and_no_other() -> None:
    page = Path(__file__).parents[2] / "firmware" / "simulator" / "page"
    text = "".join((page / name).read_text("utf-8") for name in ("index.html", "panel.svg", "looks.js", "hands.js"))
    asked = re.findall(r'data-(?:word|label)="(\w+)"|word\(([^)]*)|dataset\.word = "(\w+)"', text)
    keys = {key for label, call, tag in asked for key in (label, tag, *re.findall(r'"(\w+)"', call)) if key}
    assert keys == set(page_words("en"))


def test_a_word_of_the_page_that_is_missing_is_english(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "en.toml", tmp_path)
    (tmp_path / "sv.toml").write_text('[page]\nplay = "Spela"\n', encoding="utf-8")
    (tmp_path / "fi.toml").write_text('page = "nonsense"\n', encoding="utf-8")
    assert page_words("sv", tmp_path)["play"] == "Spela"
    assert page_words("sv", tmp_path)["silent"] == "Silent"
    assert page_words("fi", tmp_path) == page_words("xx", tmp_path) == page_words("en")


@pytest.mark.parametrize(
    ("content", "play", "next_track"),
    [
        ('play = "Spela"\n', "Spela", "Next"),  # a word that nobody has translated yet
        ('play = 5\nnext = ""\n', "Play", "Next"),
        ('play = "Spela', "Play", "Next"),
        ('play = "Sp\udcffla"', "Play", "Next"),
        ("", "Play", "Next"),
    ],
)
def test_a_word_that_a_file_lacks_is_english(tmp_path: Path, content: str, play: str, next_track: str) -> None:
    shutil.copy(FOLDER / "en.toml", tmp_path)
    (tmp_path / "sv.toml").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert languages(tmp_path) == ("en", "sv")
    assert (said(Word.PLAY, "sv", tmp_path), said(Word.NEXT, "sv", tmp_path)) == (play, next_track)


@pytest.mark.parametrize("unknown", ["xx", "", "english", "../en", "\0"])
def test_a_language_that_nobody_knows_is_english(unknown: str) -> None:
    assert [said(word, unknown) for word in Word] == [said(word, "en") for word in Word]


def test_a_language_names_no_file_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "languages"
    shutil.copytree(FOLDER, folder)
    (tmp_path / "sv.toml").write_text('play = "Spela"\n')
    assert said(Word.PLAY, "../sv", folder) == "Play"


def test_without_any_file_a_word_is_still_something(tmp_path: Path) -> None:
    assert said(Word.PLAY, "en", tmp_path) == "play"


def test_every_word_is_on_some_screen() -> None:
    sources = "".join(path.read_text() for path in Path(screens.__file__).parent.glob("*.py"))
    assert set(re.findall(r"\bWord\.(\w+)", sources)) == {word.name for word in Word}
    assert set(SHOWN_IN) == set(SMALLEST_PX) == set(Word)


@pytest.mark.parametrize("word", Word)
def test_another_word_is_another_picture(word: Word) -> None:
    """What `SHOWN_IN` says is what a screen shows."""
    for language in languages():
        if lines(word, language) != lines(word, "en"):
            assert not np.array_equal(lit(in_language(SHOWN_IN[word], language)), lit(SHOWN_IN[word]))


@pytest.mark.parametrize("name", VIEWS)
def test_no_word_leaves_the_screen_or_its_margins(name: str, language: str, placed: list[Placed]) -> None:
    view = in_language(VIEWS[name], language)
    draw(view)
    first_row, last_row = (0, 63) if view.scene in SHORT_LIVED else (2, 62)
    for word in placed:
        assert word.left >= 2
        assert word.right <= 126
        assert word.top >= first_row
        assert word.bottom <= last_row


@pytest.mark.parametrize("name", [name for name, view in VIEWS.items() if view.scene in LASTING])
def test_no_icon_leaves_the_margins_of_a_screen_that_lasts(name: str, language: str) -> None:
    """An icon gives way to a long word."""
    pixels = lit(in_language(VIEWS[name], language))
    assert not pixels[[0, 1, 62, 63]].any()
    assert not pixels[:, [0, 1, 126, 127]].any()


@pytest.mark.parametrize("name", [name for name, view in VIEWS.items() if view.scene in OVER_A_BAND])
def test_the_large_word_and_the_band_keep_to_their_rows(name: str, language: str, placed: list[Placed]) -> None:
    draw(in_language(VIEWS[name], language))
    for at, word in enumerate(placed):
        is_large = at == 0 and VIEWS[name].scene is not Scene.BOOT
        assert (word.bottom <= 40) if is_large else (word.top >= 40)


@pytest.mark.parametrize("word", Word)
def test_a_word_is_large_enough_to_be_read(word: Word, language: str, placed: list[Placed]) -> None:
    draw(in_language(SHOWN_IN[word], language))
    first = PLACE.get(word, 0)
    shown = placed[first : first + len(lines(word, language))]
    assert shown
    assert min(round(CAPITALS * each.ink.size_px) for each in shown) >= SMALLEST_PX[word]


@pytest.mark.parametrize("name", VIEWS)
def test_no_two_words_of_a_screen_touch(name: str, language: str, placed: list[Placed]) -> None:
    draw(in_language(VIEWS[name], language))
    for at, one in enumerate(placed):
        for other in placed[at + 1 :]:
            assert not (one.alone(grown=1) & other.alone()).any()


def test_every_question_of_the_contract_has_its_word_and_both_ends() -> None:
    assert list(asking.QUESTIONS) == list(Question)
    ends = {question: len(words) for question, (_asked, words) in asking.QUESTIONS.items()}
    assert ends == {question: 0 if question is Question.CHANGE else 2 for question in Question}
