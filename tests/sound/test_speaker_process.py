"""The player is a process of its own: it is ended when it hangs, replaced when it dies, and never left alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware.speaker import Died, Ready, Report, Speaker, Started, parse_sink
from firmware.speaker.chain.frames import RATE
from tests.sound.pipe_sink import PipeSink, holds, is_alive, players_of
from tests.sound.speaker_bench import PATIENCE_S, PROFILE, DiskBench, tone, write_flac

ROOT = Path(__file__).resolve().parents[2]


def until(what: str, condition: Callable[[], object]) -> None:
    """Wait for something that must come; nothing is judged by how long that takes."""
    give_up_at = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up_at, f"never: {what}"
        time.sleep(0.005)


class Bedside(DiskBench):
    """A speaker on a pipe, in this process."""

    def __init__(self, folder: Path) -> None:
        self.sink = PipeSink(folder / "sink")
        super().__init__(self.sink.path)

    def frames(self) -> int:
        return self.sink.frames

    def player(self) -> int:
        """The player that has the sink open."""
        found = [pid for pid in players_of(os.getpid()) if holds(pid, self.sink.path)]
        assert len(found) == 1, found
        return found[0]

    def sounds(self) -> bool:
        """Whether the last tenth of a second that came was loud."""
        return self.frames() > RATE and int(self.sink.pcm(self.frames() - RATE // 10).max()) > 300

    def two_players(self) -> bool:
        """Whether one plays and one stands by."""
        return len(players_of(os.getpid())) == 2


@pytest.fixture
def bedside(tmp_path: Path) -> Iterator[Bedside]:
    """A speaker that is ready, its standby born."""
    made = Bedside(tmp_path)
    made.speaker.start()
    try:
        assert made.report() == Ready()
        until("a standby", made.two_players)
        yield made
    finally:
        made.speaker.close()
        made.sink.close()


@pytest.fixture
def track(tmp_path: Path) -> Path:
    """A minute of a tone."""
    return write_flac(tmp_path / "track.flac", tone(60.0))


def _after_death(bedside: Bedside, *reasons: str) -> Report:
    died = bedside.report()
    assert isinstance(died, Died)
    assert died.reason in reasons
    assert bedside.report() == Ready()
    return died


def test_a_player_that_stands_still_is_ended_when_it_does_not_stop_and_the_next_press_plays(
    bedside: Bedside, track: Path
) -> None:
    bedside.play(1, track)
    assert bedside.report() == Started(1)
    until("sound", bedside.sounds)
    hung = bedside.player()
    os.kill(hung, signal.SIGSTOP)
    bedside.speaker.stop()
    # On a machine so busy that the supervision looks late, both times are over and the heartbeat is looked at
    # first.
    _after_death(bedside, "did not confirm a stop within 250 ms", "gave no heartbeat for 500 ms")
    assert not is_alive(hung)
    assert bedside.speaker.counts.restarts == 1
    bedside.play(2, track)
    assert bedside.report() == Started(2)
    until("sound again", bedside.sounds)
    until("a new standby", bedside.two_players)


def test_a_player_that_hangs_by_itself_is_noticed_without_any_press(bedside: Bedside, track: Path) -> None:
    bedside.play(1, track)
    assert bedside.report() == Started(1)
    bedside.run(2 * RATE)
    os.kill(bedside.player(), signal.SIGSTOP)
    died = _after_death(bedside, "gave no heartbeat for 1000 ms")
    assert isinstance(died, Died)
    assert died.play_id == 1
    assert 1.0 < died.position_s < 3.0
    assert died.heard_dba == 70.0


def test_a_player_that_does_not_hear_the_knob_is_noticed_sooner(bedside: Bedside, track: Path) -> None:
    bedside.play(1, track)
    assert bedside.report() == Started(1)
    bedside.run(RATE)
    os.kill(bedside.player(), signal.SIGSTOP)
    bedside.speaker.set_level(60.0)
    _after_death(bedside, "gave no heartbeat for 500 ms")


def test_every_player_that_is_replaced_leaves_a_line_with_its_reason(
    bedside: Bedside, caplog: pytest.LogCaptureFixture
) -> None:
    os.kill(bedside.player(), signal.SIGKILL)
    _after_death(bedside, "ended by itself")
    line = next(record.getMessage() for record in caplog.records if "Died" in record.getMessage())
    assert "ended by itself" in line
    assert "restarts=1" in line


def test_a_player_that_is_killed_is_replaced_and_sound_can_go_on_where_it_was(bedside: Bedside, track: Path) -> None:
    bedside.play(1, track)
    assert bedside.report() == Started(1)
    until("sound", bedside.sounds)
    os.kill(bedside.player(), signal.SIGKILL)
    died = _after_death(bedside, "ended by itself")
    assert isinstance(died, Died)
    bedside.speaker.play(2, track, start_s=died.position_s, level_dba=70.0, rise_s=0.0)
    assert bedside.report() == Started(2)


def test_a_standby_that_was_killed_costs_nothing_but_a_moment(bedside: Bedside, track: Path) -> None:
    player = bedside.player()
    standby = next(pid for pid in players_of(os.getpid()) if pid != player)
    os.kill(standby, signal.SIGKILL)
    until("the standby is gone", lambda: not is_alive(standby))
    os.kill(player, signal.SIGKILL)
    _after_death(bedside, "ended by itself")
    bedside.play(1, track)
    assert bedside.report() == Started(1)


def test_a_fault_in_the_supervision_itself_costs_a_moment_of_silence_and_no_more(bedside: Bedside, track: Path) -> None:
    bedside.play(1, track)
    assert bedside.report() == Started(1)
    bedside.speaker._asked.put(object())  # nothing that can be said to a player
    bedside.speaker.set_level(60.0)
    died = bedside.report()
    assert isinstance(died, Died)
    assert died.reason.startswith("was ended by a speaker fault: ")
    assert died.play_id == 1, "else whoever listens would take it to play on"
    assert bedside.report() == Ready()
    bedside.play(2, track)
    assert bedside.report() == Started(2)


def test_closing_leaves_no_process(tmp_path: Path, track: Path) -> None:
    bedside = Bedside(tmp_path)
    bedside.speaker.start()
    bedside.play(1, track)
    until("sound", bedside.sounds)
    players = players_of(os.getpid())
    assert players
    bedside.speaker.close()
    assert not any(is_alive(pid) for pid in players)
    heard = bedside.sink.pcm()
    bedside.sink.close()
    assert not heard[-200:].any(), "it ends with silence, not in the middle of a wave"


def test_no_player_outlives_the_bedside_process(tmp_path: Path, track: Path) -> None:
    sink = PipeSink(tmp_path / "sink")
    program = f"""
import time
from pathlib import Path
from firmware.speaker import Speaker, OutputProfile, parse_sink
speaker = Speaker(parse_sink("disk:{sink.path}"), print, OutputProfile({PROFILE.full_scale_dba}))
speaker.start()
speaker.play(1, Path("{track}"), level_dba=45.0, rise_s=0.0)
time.sleep({PATIENCE_S})
"""
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        until("both players", lambda: len(players_of(process.pid)) == 2)
        until("sound", lambda: sink.frames > RATE and sink.pcm(sink.frames - 100).any())
        players = players_of(process.pid)
        os.kill(players[0], signal.SIGSTOP)  # even one that hangs must go
        process.kill()
        until("every player is gone", lambda: not any(is_alive(pid) for pid in players))
    sink.close()


def test_a_speaker_that_was_never_started_closes() -> None:
    Speaker(parse_sink("silent"), print, PROFILE).close()
