"""Every scene against its golden picture, bit by bit, and what must hold for any label and any number."""

import hashlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from device.display.screens import draw, warm
from device.display.screens.languages import languages
from device.display.screens.words import BOLD, fitted, great
from device.rules.view import Scene, View
from firmware.fonts import noto_sans
from messages import Change, Question

GOLDEN = Path(__file__).parent / "golden"
VIEWS = {
    "boot": View(Scene.BOOT),
    "dark": View(Scene.DARK),
    "reminder": View(Scene.REMINDER),
    "ready": View(Scene.READY, word="Calm"),
    "playing": View(Scene.PLAYING, word="Calm", minutes=18, progress=420),
    "playing-begins": View(Scene.PLAYING, word="Calm", minutes=24),
    "playing-ends": View(Scene.PLAYING, word="Calm", minutes=1, progress=1000),
    "playing-long": View(Scene.PLAYING, word="Calm", minutes=120, progress=700),
    "next": View(Scene.NEXT, word="Calm"),
    "volume": View(Scene.VOLUME, word="Calm", bars=8, bars_most=13),
    "volume-lowest": View(Scene.VOLUME, word="Calm", bars=1, bars_most=13),
    "volume-wall": View(Scene.VOLUME, word="Calm", bars=13, bars_most=13, wall=True),
    "volume-low-cap": View(Scene.VOLUME, word="Sleep", bars=3, bars_most=8),
    "choosing": View(Scene.CHOOSING, word="Memories", place=2, places=4),
    "choosing-one": View(Scene.CHOOSING, word="Calm", place=0, places=1),
    "choosing-of-eight": View(Scene.CHOOSING, word="Harp", place=7, places=8),
    "choosing-of-thirty": View(Scene.CHOOSING, word="Rain", place=15, places=30),
    "sleep": View(Scene.SLEEP, word="Sleep", minutes=38, progress=200),
    "sleep-begins": View(Scene.SLEEP, word="Sleep", minutes=45),
    "sleep-sets": View(Scene.SLEEP, word="Sleep", minutes=4, progress=600, setting=True),
    "sleep-ends": View(Scene.SLEEP, word="Sleep", minutes=1, progress=1000, setting=True),
    "time-left": View(Scene.TIME_LEFT, minutes=38),
    "time-left-short": View(Scene.TIME_LEFT, minutes=4),
    "time-left-long": View(Scene.TIME_LEFT, minutes=120),
    "time-left-by-night": View(Scene.TIME_LEFT, minutes=38, night=True),
    "next-by-night": View(Scene.NEXT, word="Sleep", night=True),
    "choosing-by-night": View(Scene.CHOOSING, word="Memories", place=2, places=4, night=True),
    "volume-by-night": View(Scene.VOLUME, word="Sleep", bars=3, bars_most=8, night=True),
    "volume-wall-by-night": View(Scene.VOLUME, word="Sleep", bars=8, bars_most=8, wall=True, night=True),
    "night": View(Scene.NIGHT, word="Sleep", minutes=38, night=True),
    "night-silent": View(Scene.NIGHT, word="Sleep", night=True),
    "vigil": View(Scene.VIGIL, word="Peace", night=True),
    "on-its-way": View(Scene.ON_ITS_WAY, word="Calm", held=3, needed=8),
    "on-its-way-few": View(Scene.ON_ITS_WAY, word="Calm", held=0, needed=2),
    "on-its-way-many": View(Scene.ON_ITS_WAY, word="Calm", held=31, needed=40),
    "pain": View(Scene.QUESTION, question=Question.PAIN),
    "anxiety": View(Scene.QUESTION, question=Question.ANXIETY),
    "sleep-asked": View(Scene.QUESTION, question=Question.SLEEP),
    "change": View(Scene.QUESTION, question=Question.CHANGE),
    "pain-7": View(Scene.ANSWER, question=Question.PAIN, score=7),
    "anxiety-0": View(Scene.ANSWER, question=Question.ANXIETY, score=0),
    "sleep-10": View(Scene.ANSWER, question=Question.SLEEP, score=10),
    "better": View(Scene.ANSWER, question=Question.CHANGE, change=Change.BETTER),
    "same": View(Scene.ANSWER, question=Question.CHANGE, change=Change.SAME),
    "worse": View(Scene.ANSWER, question=Question.CHANGE, change=Change.WORSE),
    "thanks": View(Scene.THANKS),
    "no-sound": View(Scene.NO_SOUND),
    "no-sound-by-night": View(Scene.NO_SOUND, night=True),
    "no-music": View(Scene.NO_MUSIC),
    "no-music-by-night": View(Scene.NO_MUSIC, night=True),
    "cleaning": View(Scene.CLEANING, seconds=86, seconds_most=120),
    "cleaning-begins": View(Scene.CLEANING, seconds=120, seconds_most=120),
    "cleaning-by-night": View(Scene.CLEANING, seconds=9, seconds_most=120, night=True),
    "here": View(Scene.HERE, code="7F3A"),
    "here-inverted": View(Scene.HERE, code="7F3A", inverted=True),
    "here-by-night": View(Scene.HERE, code="7F3A", night=True),
    "meter": View(Scene.METER),
    "reading": View(Scene.READING, reading_dba=71),
    "reading-loud": View(Scene.READING, reading_dba=100),
    "label-wide": View(Scene.READY, word="MMMMMMMM"),
    "label-accents": View(Scene.READY, word="Été ÀÇÑ"),
    "label-high": View(Scene.READY, word="Ấm Ếch"),
    "label-greek": View(Scene.READY, word="Ηρεμία"),
    "label-cyrillic": View(Scene.READY, word="Покой"),
    "label-arabic": View(Scene.READY, word="ذكريات"),
    "label-arabic-by-night": View(Scene.NIGHT, word="هدوء", minutes=38, night=True),
    "label-devanagari": View(Scene.READY, word="शांति"),
    "label-empty": View(Scene.READY),
}
LASTING = tuple(set(Scene) - {Scene.BOOT, Scene.QUESTION, Scene.ANSWER, Scene.THANKS, Scene.HERE})
WITH_WORD = (
    Scene.READY,
    Scene.PLAYING,
    Scene.NEXT,
    Scene.VOLUME,
    Scene.CHOOSING,
    Scene.SLEEP,
    Scene.ON_ITS_WAY,
    Scene.VIGIL,
)


def lit(view: View) -> NDArray[np.bool_]:
    return np.asarray(draw(view))


def views(scenes: tuple[Scene, ...]) -> st.SearchStrategy[View]:
    number = st.integers(-10, 200)
    return st.builds(
        View,
        scene=st.sampled_from(scenes),
        word=st.text(max_size=8),
        minutes=number,
        progress=st.integers(-10, 1100),
        setting=st.booleans(),
        bars=number,
        bars_most=number,
        wall=st.booleans(),
        place=number,
        places=number,
        language=st.sampled_from(["en", "de", "fr", "es", "xx", "", "../en"]),
        held=number,
        needed=number,
        question=st.none() | st.sampled_from(Question),
        score=st.none() | number,
        change=st.none() | st.sampled_from(Change),
        seconds=number,
        seconds_most=number,
        reading_dba=number,
        night=st.booleans(),
        code=st.text(max_size=8),
    )


def spoken() -> dict[str, View]:
    """Each view in each language, but for those that are the same pixels in English."""
    views = {f"en/{name}": view for name, view in VIEWS.items()}
    for language in languages():
        for name, view in VIEWS.items():
            other = replace(view, language=language)
            if not np.array_equal(lit(other), lit(view)):
                views[f"{language}/{name}"] = other
    return views


SPOKEN = spoken()


@pytest.mark.parametrize("name", SPOKEN)
def test_a_scene_is_its_golden_picture_bit_by_bit(name: str, tmp_path: Path) -> None:
    actual = draw(SPOKEN[name])
    golden = GOLDEN / f"{name}.png"
    seen = tmp_path / golden.name
    actual.save(seen)
    assert golden.exists(), f"no golden picture yet: look at {seen} and copy it to {golden}"
    with Image.open(golden) as picture:
        wanted = np.asarray(picture.convert("1"))
    differing = int((np.asarray(actual) != wanted).sum())
    assert differing == 0, f"{differing} pixels differ from {golden}: look at {seen}"


def test_every_golden_picture_belongs_to_a_view_and_every_scene_has_one() -> None:
    assert {path.relative_to(GOLDEN).with_suffix("").as_posix() for path in GOLDEN.rglob("*.png")} == set(SPOKEN)
    assert {view.scene for view in VIEWS.values()} == set(Scene)


@given(word=st.text(max_size=8))
@settings(max_examples=200, deadline=None)
def test_no_label_leaves_the_zone_of_the_word(word: str) -> None:
    ink = fitted(word)
    assert ink.width <= 124
    assert ink.top >= -30
    assert ink.bottom <= 8
    image = draw(View(Scene.READY, word=word))
    assert (image.mode, image.size) == ("1", (128, 64))


@given(view=views(LASTING))
@example(view=View(Scene.SLEEP, progress=850, setting=True))  # the moon's tip, right of the horizon's end
@settings(max_examples=200, deadline=None)
def test_the_margins_of_screens_that_last_stay_black(view: View) -> None:
    pixels = lit(view)
    assert not pixels[[0, 1, 62, 63]].any()
    assert not pixels[:, [0, 1, 126, 127]].any()


@given(view=views(tuple(Scene)))
@settings(max_examples=100, deadline=None)
def test_equal_views_are_equal_pixels_and_their_own_pictures(view: View) -> None:
    once = draw(view)
    before = np.array(once)
    once.paste(255, (0, 0, 128, 64))  # what a caller does to its picture must not reach the next one
    assert np.array_equal(lit(replace(view)), before)


@given(view=views(WITH_WORD))
@settings(max_examples=100, deadline=None)
def test_a_press_changes_the_band_and_leaves_the_word(view: View) -> None:
    if view.scene is Scene.VOLUME and view.night:
        assert not lit(view)[:40].any()  # the band alone
        return
    night = view.night and view.scene is not Scene.VIGIL
    assert np.array_equal(lit(view)[:40], lit(View(Scene.READY, word=view.word, night=night))[:40])


@given(view=views((Scene.HERE,)))
@settings(max_examples=20, deadline=None)
def test_inverted_exchanges_lit_and_dark(view: View) -> None:
    assert np.array_equal(lit(replace(view, inverted=True)), ~lit(view))


def test_letters_give_their_width_before_their_height() -> None:
    assert (fitted("Calm").picture.size, -fitted("Calm").top) == ((81, 26), 26)
    assert fitted("No sound").width in range(120, 125)
    assert -fitted("No sound").top == 26  # as high as an ordinary name
    assert -fitted("Memories").top == 25
    assert -fitted("MMMMMMMM").top == 14


@pytest.mark.parametrize("word", ["\ud800", "\x00", "a\nb", "\u202eabc", "A" * 5000, "👩‍👩‍👧"])
def test_a_label_that_nobody_can_read_is_drawn_all_the_same(word: str) -> None:
    assert fitted(word).picture.height <= 38


@pytest.mark.parametrize("minutes", range(121))
def test_the_digits_of_the_time_left_are_48_pixels_high(minutes: int) -> None:
    ink = great(str(minutes), BOLD)
    assert ink.picture.height in {48, 49, 50}  # round digits reach over the line on either side
    assert ink.width <= 84


def test_each_detent_shows_one_bar_more() -> None:
    shown = [lit(View(Scene.VOLUME, word="Calm", bars=bars, bars_most=13)) for bars in range(14)]
    columns = [int(picture[58:60, 28:118].any(axis=0).sum()) for picture in shown]
    assert columns == [5 * bars for bars in range(14)]
    assert all((less <= more).all() for less, more in pairwise(shown))


def test_the_wave_only_goes_forward_and_its_dots_stand_still() -> None:
    shown = [lit(View(Scene.PLAYING, progress=step * 1000 // 57))[40:, :66] for step in range(58)]
    changed = [np.flatnonzero((one != other).any(axis=0)) for one, other in pairwise(shown)]
    assert all(columns.size for columns in changed)
    assert max(int(np.ptp(columns)) for columns in changed) <= 13  # the head and the dot it takes in, no more


def test_the_moon_sinks_under_the_horizon() -> None:
    steps = range(0, 1001, 100)
    shown = [lit(View(Scene.SLEEP, progress=step, setting=True))[40:60, :66].sum() for step in steps]
    assert shown[0] > 3 * shown[-1]


def test_a_score_fills_the_gauge_from_below() -> None:
    shown = [lit(View(Scene.ANSWER, question=Question.PAIN, score=score))[:, 108:126] for score in range(11)]
    assert [int(picture[:, 0].sum()) for picture in shown] == [5 * score for score in range(11)]


def test_no_answer_is_marked_while_the_question_stands_alone() -> None:
    asked = lit(View(Scene.QUESTION, question=Question.CHANGE))[40:]
    assert asked.sum() == 18 * 8 + 2 * lit(View(Scene.QUESTION, question=Question.CHANGE))[40:, 12:32].sum()


@pytest.mark.parametrize("change", Change)
@pytest.mark.parametrize("language", languages())
def test_no_letter_touches_the_box_of_the_answer_chosen(change: Change, language: str) -> None:
    view = View(Scene.ANSWER, language=language, question=Question.CHANGE, change=change)
    assert not lit(view)[37].any()


def test_the_tank_of_the_cleaning_empties() -> None:
    shown = [lit(View(Scene.CLEANING, seconds=left, seconds_most=120))[52, 32:69].sum() for left in range(121)]
    assert (shown[0], shown[1], shown[-1]) == (0, 1, 37)
    assert shown == sorted(shown)


def test_vigil_is_the_same_at_all_hours_whatever_is_counted() -> None:
    at_all_hours = lit(View(Scene.VIGIL, word="Peace"))
    assert np.array_equal(lit(View(Scene.VIGIL, word="Peace", minutes=9, progress=500, night=True)), at_all_hours)


NIGHT_SCENES = (
    Scene.CHOOSING,
    Scene.NEXT,
    Scene.TIME_LEFT,
    Scene.NO_SOUND,
    Scene.NO_MUSIC,
    Scene.CLEANING,
    Scene.HERE,
    Scene.VOLUME,
)


@pytest.mark.parametrize("scene", NIGHT_SCENES)
def test_a_screen_by_night_gives_less_light(scene: Scene) -> None:
    day = View(
        scene, word="Memories", minutes=38, bars=3, bars_most=8, places=4, seconds=9, seconds_most=120, code="A1"
    )
    assert lit(replace(day, night=True)).sum() < 0.9 * lit(day).sum()


def test_what_is_warm_is_not_drawn_again() -> None:
    for language in languages():
        warm(["Nocturne"], language)
        drawn = fitted.cache_info().misses, great.cache_info().misses
        for view in VIEWS.values():
            word = "Nocturne" if view.word else ""
            draw(replace(view, word=word, code="", language=language))
        assert (fitted.cache_info().misses, great.cache_info().misses) == drawn


def test_the_typeface_is_the_one_that_its_folder_tells_of() -> None:
    folder = noto_sans().parent
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
