"""What the box offers by itself: "Music?" at times that staff set, and sleep music at a time that staff set."""

from itertools import pairwise

import pytest

from device.rules.events import NurseCallChanged, PartLost, TracksHeld
from device.rules.light import light
from device.rules.view import Scene, View
from messages import Cause, Code, Part, Reminded, SessionStarted, because
from tests.rules.bed import ALL_TRACKS, CALM, SLEEP, Bed, assigned, one_play

AT_ONE = 13 * 60


def reminded() -> Bed:
    """A bed that is just being reminded."""
    bed = Bed()
    bed.happens(assigned(1, CALM, SLEEP, reminders=(AT_ONE,)))
    bed.clock("12:59")
    bed.clock("13:00")
    return bed


def test_at_its_time_the_screen_asks_and_play_breathes_for_a_minute() -> None:
    bed = reminded()
    assert bed.view == View(Scene.REMINDER)
    glow = [light(bed.state, bed.now + step / 25) for step in range(25 * 60)]
    assert (min(glow), max(glow)) == (pytest.approx(0.05), pytest.approx(0.6, abs=1e-3))
    assert max(abs(one - other) for one, other in pairwise(glow)) < 0.02, "no step is seen"
    bed.wait(60)
    assert bed.view.scene is Scene.READY
    assert bed.entries[-1] == Reminded(accepted=False)
    assert bed.heard == []


@pytest.mark.parametrize("held", [frozenset(), ALL_TRACKS], ids=["no music", "no sound card"])
def test_a_box_that_could_play_nothing_neither_invites_nor_glows(held: frozenset[str]) -> None:
    bed = Bed(held=held)
    if held:
        bed.happens(PartLost(Part.SOUND, because(Code.NO_SOUND, what="no sound card")))
    bed.happens(assigned(1, CALM, SLEEP, reminders=(AT_ONE,)))
    bed.wait(20)
    bed.clock("12:59")
    bed.clock("13:00")
    assert bed.state.reminding_until is None
    assert bed.view.scene is (Scene.NO_SOUND if held else Scene.NO_MUSIC)
    assert light(bed.state, bed.now) == 0.0


def test_an_invitation_to_music_that_has_gone_is_not_shown() -> None:
    bed = reminded()
    bed.happens(TracksHeld(frozenset()))
    assert bed.view.scene is Scene.NO_MUSIC
    assert light(bed.state, bed.now) == 0.0


def test_play_accepts_it() -> None:
    bed = reminded()
    bed.press("play")
    assert bed.heard == ["tide"]
    bed.wait(120)
    assert [entry for entry in bed.entries if isinstance(entry, Reminded)] == [Reminded(accepted=True)]


def test_any_other_control_acts_and_ends_it() -> None:
    bed = reminded()
    bed.turn("volume", 1)
    assert bed.view.scene is Scene.VOLUME
    assert bed.entries[-1] == Reminded(accepted=False)
    bed.wait(4)
    assert bed.view.scene is Scene.READY


def test_who_listens_or_stopped_within_the_hour_is_not_invited() -> None:
    for presses in (1, 2):
        bed = Bed()
        bed.happens(assigned(1, CALM, reminders=(AT_ONE,)))
        for _ in range(presses):
            bed.press("play")
            bed.wait(10 * 60)
        bed.clock("12:59")
        bed.clock("13:00")
        assert bed.state.reminding_until is None


def test_by_night_nobody_is_invited_and_night_ends_an_invitation() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, reminders=(22 * 60,)))
    bed.clock("21:59")
    bed.clock("22:00")
    assert bed.state.reminding_until is None
    bed = reminded()
    bed.clock(None)
    assert bed.state.reminding_until is None


def starting() -> Bed:
    """A bed whose sleep music starts at half past nine, in the evening before."""
    bed = Bed()
    bed.happens(assigned(1, CALM, SLEEP, sleep_starts=21 * 60 + 30))
    bed.clock("21:29")
    return bed


def test_sleep_music_starts_by_itself_where_staff_set_it_softly() -> None:
    bed = starting()
    play = one_play(bed.clock("21:30"))
    assert (play.level_dba, play.rise_s) == (38.0, 20.0)
    assert bed.heard == ["dusk"]
    (started,) = [entry for entry in bed.entries if isinstance(entry, SessionStarted)]
    assert started.cause is Cause.TIMED
    assert bed.view == View(Scene.DARK)


def test_by_day_too_it_rises_slowly_and_at_most_to_where_music_starts() -> None:
    bed = Bed(level_dba=58.0)
    bed.happens(assigned(1, CALM, SLEEP, sleep_starts=AT_ONE))
    bed.clock("12:59")
    play = one_play(bed.clock("13:00"))
    assert (play.level_dba, play.rise_s) == (50.0, 20.0)


def test_within_an_hour_of_the_patients_own_stop_nothing_starts_by_itself() -> None:
    for minutes, starts in ((59, False), (60, True)):
        bed = starting()
        bed.press("play")
        bed.press("play")
        bed.wait(minutes * 60)
        bed.clock("21:29")
        bed.clock("21:30")
        assert (bed.state.playing is not None) is starts


def test_what_the_patient_listens_to_plays_on() -> None:
    bed = starting()
    bed.turn("choose", -1)
    bed.press("choose")
    bed.clock("21:30")
    assert bed.heard == ["tide"]


def test_the_nurse_call_a_lost_card_and_a_knob_in_hand_keep_it_silent() -> None:
    for before in (NurseCallChanged(True), PartLost(Part.SOUND, because(Code.NO_SOUND, what="gone"))):
        bed = starting()
        bed.happens(before)
        bed.clock("21:30")
        assert bed.state.playing is None
    bed = starting()
    bed.turn("choose", 1)
    bed.clock("21:30")
    assert bed.state.playing is None


def test_a_box_that_starts_at_that_minute_starts_nothing() -> None:
    bed = starting()
    bed.clock(None)
    bed.clock("21:30")
    bed.clock("21:31")
    assert bed.state.playing is None
