"""Who is the player and when it is ended, by the hand of a clock: no process is harmed."""

from firmware.speaker import Died, Ended, Failed, GlitchCounts, Lost, Ready, Started, commands
from firmware.speaker.actions import Action, Kill, Send, Spawn, Tell
from firmware.speaker.commands import Hello, Mute, Opening, Silent, Stopped
from firmware.speaker.heartbeat import Heartbeat
from tests.sound.watched import OPEN, PLAY, STOP, Watch, running


def test_the_first_player_is_born_opened_and_a_second_stands_by() -> None:
    watch = Watch()
    assert watch.done == [Spawn(1)]
    assert watch.says(1, Hello()) == [Send(1, OPEN)]
    assert watch.says(1, Opening(), Ready()) == [Tell(Ready()), Spawn(2)]
    assert watch.says(2, Hello()) == []


def test_what_is_asked_before_a_player_can_hear_waits_for_it() -> None:
    watch = Watch()
    assert watch.asks(PLAY) == []
    assert watch.says(1, Hello()) == [Send(1, OPEN), Send(1, PLAY)]


def test_a_stop_before_the_first_player_is_ready_takes_back_the_play() -> None:
    watch = Watch()
    watch.asks(PLAY)
    watch.asks(STOP)
    sent = [action.command for action in watch.says(1, Hello()) if isinstance(action, Send)]
    assert sent == [OPEN, commands.Stop(1, 0.15)]


def test_a_stop_that_is_confirmed_in_time_harms_nobody() -> None:
    watch = running()
    watch.asks(PLAY)
    (sent,) = watch.asks(STOP)
    assert sent == Send(1, commands.Stop(1, 0.15))
    watch.waits(0.2, beating=True)
    watch.says(1, Stopped(1))
    watch.waits(0.1, beating=True)
    watch.says(1, Silent(1))
    assert watch.waits(5.0, beating=True) == []


def test_a_stop_after_which_the_device_takes_no_silence_ends_the_player_within_600_ms() -> None:
    watch = running()
    watch.asks(PLAY)
    watch.says(1, Started(7))
    watch.asks(STOP)
    watch.says(1, Stopped(1))
    assert watch.waits(0.45, beating=True) == []
    killed, told, opened = watch.waits(0.1, beating=True)
    assert killed == Kill(1)
    assert told == Tell(Died(None, 0.0, "gave the sound device no silence in time after a stop"))
    assert opened == Send(2, OPEN)


def test_music_that_is_asked_for_again_need_not_become_silent_first() -> None:
    watch = running()
    watch.asks(STOP)
    watch.says(1, Stopped(1))
    watch.asks(PLAY)
    assert watch.waits(5.0, beating=True) == []


def test_a_stop_that_is_not_confirmed_within_250_ms_ends_the_player() -> None:
    watch = running()
    watch.asks(PLAY)
    watch.says(1, Started(7))
    watch.asks(STOP)
    assert watch.waits(0.2) == []
    killed, told, opened = watch.waits(0.06)
    assert killed == Kill(1)
    assert told == Tell(Died(None, 0.0, "did not confirm a stop within 250 ms"))
    assert opened == Send(2, OPEN)


def test_an_old_confirmation_does_not_confirm_a_new_stop() -> None:
    watch = running()
    watch.asks(STOP)
    watch.asks(STOP)
    watch.says(1, Stopped(1))
    assert Kill(1) in watch.waits(0.3, beating=True)


def test_a_second_without_a_word_ends_the_player_and_tells_where_it_was_and_how_loud() -> None:
    watch = running()
    watch.asks(PLAY)
    watch.says(1, Started(7))
    watch.waits(0.1)
    watch.rules.felt(Heartbeat(watch.now, 7, 31.5, 48.5))
    assert watch.waits(0.95) == []
    killed, told, opened = watch.waits(0.1)
    assert (killed, opened) == (Kill(1), Send(2, OPEN))
    assert told == Tell(Died(7, 31.5, "gave no heartbeat for 1000 ms", 48.5))


def test_a_command_that_is_not_heard_within_half_a_second_ends_the_player() -> None:
    watch = running()
    watch.asks(PLAY)
    watch.says(1, Started(7))
    watch.waits(0.1)
    watch.rules.felt(Heartbeat(watch.now, 7, 31.5))
    watch.waits(0.1)
    watch.asks(commands.SetLevel(40.0))
    assert watch.waits(0.45) == []
    assert Kill(1) in watch.waits(0.1)


def test_a_heartbeat_after_a_command_gives_the_player_its_second_again() -> None:
    watch = running()
    watch.asks(commands.SetLevel(40.0))
    watch.waits(0.1)
    watch.rules.felt(Heartbeat(watch.now))
    assert watch.waits(0.9) == []


def test_any_word_is_a_heartbeat() -> None:
    watch = running()
    for _ in range(10):
        assert watch.waits(0.9) == []
        watch.says(1, Ended(3, 1.0))


def test_a_play_that_was_never_begun_dies_with_its_start() -> None:
    watch = running()
    watch.asks(PLAY)
    assert Tell(Died(7, 12.0, "gave no heartbeat for 500 ms")) in watch.waits(0.6)


def test_a_player_that_ends_by_itself_is_replaced_at_once() -> None:
    watch = running()
    killed, told, opened = watch.rules.gone(1, watch.now)
    assert (killed, told, opened) == (
        Kill(1),
        Tell(Died(None, 0.0, "ended by itself")),
        Send(2, OPEN),
    )
    assert watch.says(2, Opening(), Ready()) == [Tell(Ready()), Spawn(3)]


def test_a_standby_that_dies_is_replaced_when_it_is_missed() -> None:
    watch = running()
    assert watch.rules.gone(2, watch.now) == []
    assert watch.rules.gone(1, watch.now)[-1] == Spawn(3)
    assert watch.says(3, Hello()) == [Send(3, OPEN)]


def test_a_standby_that_hangs_when_it_is_needed_is_ended_too() -> None:
    watch = running()
    watch.waits(1.1)
    assert watch.rules.active == 2
    done = watch.waits(1.1)
    assert done[0] == Kill(2)
    assert done[-1] == Spawn(3)


def test_a_device_may_take_seconds_to_open() -> None:
    watch = running()
    watch.says(1, Opening())
    assert watch.waits(9.0) == []
    watch.says(1, Lost("no such card"))
    assert Kill(1) in watch.waits(1.1)


def test_a_stop_while_the_device_is_opened_waits_for_it() -> None:
    watch = running()
    watch.says(1, Opening())
    watch.asks(STOP)
    assert watch.waits(3.0) == []


def test_a_lost_device_is_told_once_until_it_is_there_again() -> None:
    watch = running()
    assert watch.says(1, Lost("pulled")) == [Tell(Lost("pulled"))]
    assert watch.says(1, Opening(), Lost("no such card"), Opening(), Lost("no such card")) == []
    assert watch.says(1, Opening(), Ready()) == [Tell(Ready())]


def test_the_newest_cap_goes_to_every_new_player() -> None:
    watch = running()
    watch.asks(commands.SetCap(52.0))
    opened = watch.rules.gone(1, watch.now)[-1]
    assert opened == Send(2, commands.Open("silent", 85.0, 65.0, 52.0, mono=False, presence=False))


def test_players_that_die_again_and_again_are_given_a_rest_and_the_ward_is_told() -> None:
    watch = running()
    watch.rules.gone(1, watch.now)
    watch.says(2, Opening(), Ready())
    watch.rules.gone(2, watch.now)
    watch.says(3, Hello(), Opening(), Ready())
    lost = watch.rules.gone(3, watch.now)[-1]
    assert lost == Tell(Lost("the player ended by itself, 3 times in 10 s"))
    assert watch.asks(PLAY) == [Tell(Failed(7, "no player: it rests after failing several times"))]
    assert watch.waits(4.9) == []
    assert watch.waits(0.2) == []  # player 4, the standby, was being born: now it is the one
    assert watch.says(4, Hello()) == [Send(4, OPEN)]
    assert watch.says(4, Opening(), Ready())[0] == Tell(Ready())


def test_counts_outlive_the_players_that_were_counted() -> None:
    watch = running()
    watch.rules.felt(Heartbeat(watch.now, late_rewrites=2, buffer_underruns=1, underruns=4))
    watch.rules.gone(1, watch.now)
    watch.says(2, Opening(), Ready())
    watch.rules.felt(Heartbeat(watch.now, late_rewrites=1))
    assert watch.rules.counts == GlitchCounts(late_rewrites=3, buffer_underruns=1, underruns=4, restarts=1)


def test_words_of_a_player_that_was_ended_change_nothing() -> None:
    watch = running()
    watch.rules.gone(1, watch.now)
    assert watch.says(1, Started(7), Ready(), Ended(7, 1.0)) == []


def test_an_old_beat_does_not_shorten_the_time_that_a_player_has() -> None:
    watch = running()
    watch.rules.felt(Heartbeat(watch.now - 3.0))
    assert watch.waits(0.4) == []


def test_a_player_that_plays_silence_is_replaced_and_the_place_is_told() -> None:
    watch = running()
    watch.asks(PLAY)
    watch.says(1, Started(7))
    done = watch.says(1, Mute(7, 31.5, 2.0))
    assert done[0] == Kill(1)
    assert done[1] == Tell(Died(7, 31.5, "gave no sound for 2 s where its track has some"))
    assert done[2] == Send(2, OPEN)
    assert (watch.rules.counts.restarts, watch.rules.counts.silences) == (1, 1)


def plays(watch: Watch, seconds: float, play_id: int | None) -> list[Action]:
    """The heartbeat says for so long that this is heard."""
    done: list[Action] = []
    for _ in range(round(seconds / 0.1)):
        watch.now += 0.1
        watch.rules.felt(Heartbeat(watch.now, play_id, 3.0))
        done += watch.rules.tick(watch.now)
    return done


def test_a_player_that_does_not_even_claim_to_play_what_was_asked_for_is_replaced() -> None:
    watch = running()
    watch.asks(PLAY)
    watch.says(1, Started(7))
    assert plays(watch, 1.9, None) == []
    assert plays(watch, 0.3, None)[:1] == [Kill(1)]


def test_a_player_that_goes_on_with_another_track_than_the_one_asked_for_is_replaced() -> None:
    watch = running()
    watch.asks(PLAY)
    watch.says(1, Started(7))
    plays(watch, 5.0, 7)
    watch.asks(commands.Play(9, "other", 0.0, 50.0, 0.0, 4.0, 0.0, in_fade=False))
    assert plays(watch, 2.3, 7)[:1] == [Kill(1)]


def test_a_pulse_from_before_the_play_is_no_proof_against_it() -> None:
    watch = running()
    watch.asks(PLAY)
    watch.rules.felt(Heartbeat(0.0))  # a page that nobody has written yet
    watch.now += 0.1
    watch.rules.felt(Heartbeat(watch.now - 0.2))
    assert watch.rules.tick(watch.now) == []
    watch.says(1, Started(7))
    assert plays(watch, 3.0, 7) == []


def test_what_has_ended_need_not_be_heard() -> None:
    watch = running()
    watch.asks(PLAY)
    watch.says(1, Started(7))
    plays(watch, 3.0, 7)
    watch.says(1, Ended(7, 3.0))
    assert plays(watch, 5.0, None) == []
