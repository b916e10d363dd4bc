"""What is made of a sound device that goes, hangs and comes back: told once, tried again, believed late."""

import pytest

from firmware.speaker import Failed, Lost, Ready, Started, commands
from firmware.speaker.actions import Action, Kill, Send, Spawn, Tell
from firmware.speaker.commands import Hello, Opening, Stuck, Word
from tests.sound.watched import CUE, OPEN, PLAY, Watch, running

HANGS = "the sound device takes no more sound"


def test_a_device_that_hangs_is_lost_its_player_ended_and_the_next_one_tries_it_again() -> None:
    watch = running()
    watch.asks(PLAY)
    watch.says(1, Started(7))
    assert watch.says(1, Stuck(HANGS)) == [Kill(1), Tell(Lost(HANGS))]
    assert watch.asks(PLAY) == [Tell(Failed(7, f"no sound card: {HANGS}"))]
    assert watch.waits(0.6) == [Send(2, OPEN)]
    assert watch.rules.counts.restarts == 0


def test_a_play_that_a_device_swallows_as_it_is_tried_again_is_answered() -> None:
    """Else whoever pressed would wait for ever."""
    watch = running()
    watch.says(1, Lost("gone"))
    assert watch.asks(PLAY) == [Send(1, PLAY)]
    assert Tell(Failed(7, f"no sound card: {HANGS}")) in watch.says(1, Opening(), Stuck(HANGS))


@pytest.mark.parametrize("words", [(), (Opening(),), (Opening(), Ready())], ids=["before", "opening", "open"])
def test_a_device_that_hung_is_asked_for_no_music_while_it_is_tried_again(words: tuple[Word, ...]) -> None:
    """It would take a few periods, say that it plays, and hang."""
    watch = running()
    watch.says(1, Stuck(HANGS))
    watch.waits(0.6)
    watch.says(2, *words)
    assert watch.asks(PLAY) == [Tell(Failed(7, f"no sound card: {HANGS}"))]
    assert watch.asks(CUE) == [Tell(Failed(8, f"no sound card: {HANGS}"))]


def test_a_device_that_hung_is_said_to_be_well_when_it_has_held_for_a_second() -> None:
    watch = running()
    watch.says(1, Stuck(HANGS))
    watch.waits(0.6)
    assert watch.says(2, Opening(), Ready()) == [Spawn(3)]
    assert watch.asks(PLAY) == [Tell(Failed(7, f"no sound card: {HANGS}"))]
    assert watch.waits(1.1, beating=True) == []
    assert watch.waits(0.2, beating=True) == [Tell(Ready())]
    assert watch.asks(PLAY) == [Send(2, PLAY)]


def test_a_device_that_goes_on_hanging_is_told_once_and_tried_ever_more_slowly() -> None:
    watch = running()
    tries, at, number = [], watch.now, 1
    watch.says(1, Stuck(HANGS))
    for _ in range(8):
        while not (done := watch.waits(0.05)):
            pass
        tries.append(round(watch.now - at, 1))
        at, number = watch.now, number + 1
        assert watch.says(number, Hello(), Opening()) in ([], [Send(number, OPEN)])
        assert [action for action in watch.says(number, Stuck(HANGS)) if isinstance(action, Tell)] == []
        assert all(isinstance(action, Send | Spawn) for action in done)
    assert tries == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]


def plays_and_goes(watch: Watch) -> list[Action]:
    """A play is asked for, and the device goes half a second later."""
    watch.asks(PLAY)
    watch.waits(0.5, beating=True)
    return watch.says(1, Lost("gone"))


def test_a_device_that_goes_at_three_starts_stays_lost_until_it_has_held() -> None:
    watch = running()
    for _ in range(2):
        assert Tell(Lost("gone")) in plays_and_goes(watch)
        assert Tell(Ready()) in watch.says(1, Opening(), Ready())
        watch.waits(30.0, beating=True)
    plays_and_goes(watch)
    assert watch.says(1, Opening(), Ready()) == []
    assert watch.waits(4.9, beating=True) == []
    assert watch.waits(0.2, beating=True) == [Tell(Ready())]
    plays_and_goes(watch)
    watch.says(1, Opening(), Ready())
    assert watch.waits(9.9, beating=True) == []  # ever longer, as long as it does not play
    assert watch.waits(0.2, beating=True) == [Tell(Ready())]


def test_a_device_that_has_played_in_between_is_believed_at_once() -> None:
    watch = running()
    for _ in range(6):
        plays_and_goes(watch)
        assert Tell(Ready()) in watch.says(1, Opening(), Ready())
        watch.asks(PLAY)
        watch.waits(3.0, beating=True)
        watch.asks(PLAY)
        watch.waits(3.0, beating=True)


def test_a_cap_that_is_told_while_a_device_is_not_believed_yet_holds() -> None:
    watch = running()
    watch.says(1, Stuck(HANGS))
    watch.waits(0.6)
    watch.says(2, Opening(), Ready())
    cap = commands.SetCap(40.0)
    assert watch.asks(cap) == [Send(2, cap)]
