"""How loud a session was and how long it was heard, as its end tells it."""

import pytest

from device.rules.events import Commanded, PlayBegan, PlayerDied, PlayMeasured, SoundReady
from messages import SessionEnded, Verb
from tests.rules.bed import Bed


def test_how_loud_it_was_is_told_at_the_end_by_energy_and_time() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(PlayMeasured(bed.play_id, 1.0, 30.0, 35.0))
    bed.happens(PlayMeasured(bed.play_id, 10.0, 40.0, 52.5))
    bed.press("next")
    bed.happens(PlayMeasured(bed.play_id, 10.0, 50.0, 51.0))
    bed.press("play")
    ended = bed.entries[-1]
    assert isinstance(ended, SessionEnded)
    assert (ended.mean_dba, ended.max_dba) == (47.4, 52.5)


def test_the_last_measure_of_a_track_that_was_left_counts_though_it_comes_late() -> None:
    bed = Bed()
    bed.press("play")
    left = bed.play_id
    bed.happens(PlayMeasured(left, 10.0, 40.0, 45.0))
    bed.press("next")
    bed.happens(PlayMeasured(left, 11.0, 41.0, 55.0))
    bed.press("next")
    bed.happens(PlayMeasured(left, 20.0, 60.0, 60.0))  # of a track before that: nobody waits for it
    bed.press("play")
    ended = bed.entries[-1]
    assert isinstance(ended, SessionEnded)
    assert (ended.mean_dba, ended.max_dba) == (41.0, 55.0)


def test_what_a_fault_kept_away_was_not_heard() -> None:
    bed = Bed()
    bed.press("play")
    bed.wait(20)
    bed.answering = False
    bed.happens(PlayerDied(bed.play_id, 20.0, "no heartbeat"))
    bed.wait(7)
    bed.happens(SoundReady())
    bed.happens(PlayBegan(bed.play_id))
    bed.wait(10)
    bed.press("play")
    ended = bed.entries[-1]
    assert isinstance(ended, SessionEnded)
    assert ended.heard_s == pytest.approx(30.0, abs=0.2)


def test_a_session_of_which_nothing_was_measured_does_not_say_how_loud_it_was() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(Commanded("c1", Verb.STOP))
    ended = bed.entries[-1]
    assert isinstance(ended, SessionEnded)
    assert (ended.mean_dba, ended.max_dba) == (None, None)
