"""What the screen shows when: by day, by night, and what each thing gives way to."""

import pytest

from device.rules.events import Commanded, PartBack, PartLost, PlayFailed, SoundReady
from device.rules.light import light
from device.rules.view import Scene, View
from messages import Code, Part, Verb, because
from tests.rules.bed import ALL_TRACKS, BUILT_IN, CALM, GARDEN, RAIN, Bed, assigned, track


def test_in_silence_by_day_the_screen_offers_what_play_will_play_and_is_dimmed_after_a_minute() -> None:
    bed = Bed()
    bed.turn("volume", 1)
    bed.wait(3)
    assert bed.view == View(Scene.READY, word="Calm")
    bed.wait(57)
    assert bed.view == View(Scene.READY, word="Calm", dimmed=True)


def test_the_offer_is_what_was_stopped_and_after_half_an_hour_what_is_chosen() -> None:
    bed = Bed()
    bed.press("sleep")
    bed.wait(60)
    bed.press("play")
    assert bed.view.word == "Sleep"
    bed.wait(30 * 60)
    assert bed.view.word == "Calm"
    assert bed.state.resume is None


def test_by_night_the_screen_is_dark_ten_seconds_after_the_last_touch() -> None:
    bed = Bed(night=True)
    assert bed.view == View(Scene.DARK)
    bed.press("play")
    assert bed.view == View(Scene.NIGHT, word="Sleep", minutes=45, night=True)
    bed.wait(9.9)
    assert bed.view.scene is Scene.NIGHT
    bed.wait(0.1)
    assert bed.view == View(Scene.DARK)


def test_by_night_the_first_touch_acts_and_lights_the_screen() -> None:
    bed = Bed(night=True)
    bed.press("play")
    bed.wait(60)
    bed.turn("volume", 1)
    assert bed.state.level_dba == 40.0
    assert bed.view == View(Scene.VOLUME, bars=5, bars_most=7, night=True)
    bed.wait(9)
    assert bed.view.scene is Scene.VOLUME
    bed.wait(1)
    assert bed.view == View(Scene.DARK)


def test_by_night_silence_is_dark_at_once() -> None:
    bed = Bed(night=True)
    bed.press("play")
    bed.press("play")
    assert bed.view == View(Scene.DARK)


@pytest.mark.parametrize(
    ("action", "scene"),
    [(("turn", "choose", 1), Scene.CHOOSING), (("press", "next"), Scene.NEXT), (("press", "sleep"), Scene.TIME_LEFT)],
)
def test_by_night_whatever_is_shown_has_the_nights_light_and_is_gone_after_ten_seconds(
    action: tuple[str, ...], scene: Scene
) -> None:
    bed = Bed(night=True)
    bed.press("play")
    name, *what = action
    getattr(bed, name)(*what)
    assert (bed.view.scene, bed.view.night) == (scene, True)
    bed.wait(10)
    assert bed.view == View(Scene.DARK)


def test_a_lost_sound_card_is_said_by_day_and_by_night_only_to_who_presses() -> None:
    bed = Bed()
    bed.happens(PartLost(Part.SOUND, because(Code.NO_SOUND, what="gone")))
    assert bed.view == View(Scene.NO_SOUND)
    bed.clock("21:00")
    assert bed.view == View(Scene.DARK)
    bed.press("play")
    assert bed.view == View(Scene.NO_SOUND, night=True)
    bed.wait(10)
    assert bed.view == View(Scene.DARK)
    bed.clock("7:00", day=1)
    bed.happens(SoundReady())
    assert bed.view.scene is Scene.READY


def test_other_faults_are_for_facilities_and_not_for_the_screen() -> None:
    bed = Bed()
    for part in set(Part) - {Part.SOUND}:
        bed.happens(PartLost(part, because(Code.SCREEN_BROKEN, what="broken")))
    assert bed.view.scene is Scene.READY
    bed.happens(PartBack(Part.SCREEN))
    assert bed.view.scene is Scene.READY


def test_here_i_am_blinks_by_day_stands_still_by_night_and_any_press_acts_and_ends_it() -> None:
    bed = Bed()
    bed.happens(Commanded("c", Verb.LOCATE))
    shown = []
    for _ in range(4):
        shown.append(bed.view.inverted)
        bed.wait(1)
    assert sorted(shown) == [False, False, True, True]
    bed.clock(None)
    bed.wait(1)
    assert (bed.view.inverted, bed.view.night) == (False, True)
    bed.press("play")
    assert bed.view.scene is Scene.NIGHT


def test_here_i_am_goes_home_after_half_a_minute() -> None:
    bed = Bed()
    bed.happens(Commanded("c", Verb.LOCATE))
    bed.wait(30)
    assert bed.view.scene is Scene.READY


@pytest.mark.parametrize("button", ["play", "sleep", "next", "choose"])
@pytest.mark.parametrize("night", [False, True])
def test_home_again_after_20_seconds_whatever_was_pressed(button: str, night: bool) -> None:
    bed = Bed(night=night)
    bed.press(button)
    bed.press(button)
    bed.turn("choose", 1)
    bed.turn("volume", 1)
    bed.wait(20)
    home = {Scene.DARK} if night else {Scene.READY, Scene.PLAYING, Scene.SLEEP}
    assert bed.view.scene in home


def test_plays_light_is_there_to_be_found_by_day_in_silence_only() -> None:
    bed = Bed()
    assert light(bed.state, bed.now) == 0.15
    bed.press("play")
    assert light(bed.state, bed.now) == 0.0
    bed.press("play")
    bed.clock("21:00")
    assert light(bed.state, bed.now) == 0.0
    bed.clock("7:00", day=1)
    bed.happens(PartLost(Part.SOUND, because(Code.NO_SOUND, what="gone")))
    assert light(bed.state, bed.now) == 0.0, "a press would bring nothing"


def test_time_left_in_minutes_rounded_up_and_the_moon_playlists_in_its_fade() -> None:
    bed = Bed()
    bed.press("sleep")
    bed.wait(7 * 60 + 1)
    assert (bed.view.scene, bed.view.minutes, bed.view.setting) == (Scene.SLEEP, 38, False)
    bed.press("sleep")
    assert bed.view == View(Scene.TIME_LEFT, minutes=38)
    bed.wait(5)
    bed.wait(28 * 60)
    assert (bed.view.setting, bed.view.minutes) == (True, 10)
    bed.wait(10 * 60)
    assert bed.view.scene is Scene.READY, "the end has no word"


def test_one_playlist_or_none_is_no_dead_end_of_the_knob() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM))
    bed.turn("choose", 3)
    assert (bed.view.word, bed.view.place, bed.view.places) == ("Calm", 0, 1)
    bare = Bed(held=frozenset())
    bare.turn("choose", 1)
    assert bare.view.scene is Scene.NO_MUSIC
    assert [music.slug for music in BUILT_IN] == ["calm", "sleep", "garden"]


def test_no_sound_does_not_light_the_night_by_itself() -> None:
    bed = Bed(night=True)
    bed.press("play")
    bed.wait(600)
    bed.answering = False
    for title in ("dusk", "lamp"):
        bed.happens(PlayFailed(bed.play_id, title))
    assert bed.state.playing is None
    assert bed.view == View(Scene.DARK)


def test_sleep_pressed_while_a_name_is_shown_shows_the_time_left() -> None:
    bed = Bed()
    bed.press("sleep")
    bed.turn("choose", 1)
    bed.press("sleep")
    assert bed.view.scene is Scene.TIME_LEFT


def test_new_music_on_its_way_is_not_shown_into_the_night() -> None:
    bed = Bed(held=ALL_TRACKS - {track("slate").sha256})
    bed.happens(assigned(1, RAIN, GARDEN))
    assert bed.view.scene is Scene.ON_ITS_WAY
    bed.clock("21:00")
    assert bed.view == View(Scene.DARK)
