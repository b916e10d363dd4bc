"""A player without a heartbeat: held up by other work, or hung; by numbers, and by real processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from math import inf

import pytest

from firmware.speaker import Died, commands
from firmware.speaker.actions import Action, Kill, Tell
from firmware.speaker.commands import Hello, Opening, Ready, Silent, Stopped
from firmware.speaker.heartbeat import Heartbeat
from firmware.speaker.kernel import OwnTimes, vitals_of
from firmware.speaker.vitals import Vitals
from tests.sound.test_supervision import PLAY, STOP, Watch

LONG = 30.0


class Ward(Watch):
    """Supervision with a player that plays and whose vitals are put in by hand."""

    def __init__(self, repeats_in_s: float = inf) -> None:
        super().__init__()
        self.says(1, Hello(), Opening(), Ready())
        self.says(2, Hello())
        self.asks(PLAY)
        self.heartbeat = Heartbeat(self.now + 0.01, 7, 1.0, cpu_s=3.0, waited_s=1.0, repeats_at=self.now + repeats_in_s)
        self.rules.felt(self.heartbeat)
        self.done_last: list[Action] = []

    def lives(self, seconds: float, vitals: Vitals | None, step_s: float = 0.05) -> float:
        """Seconds until it is ended, at most so many."""
        began = self.now
        while self.now < began + seconds:
            self.now += step_s
            self.rules.felt(self.heartbeat)
            if self.rules.is_overdue(self.now):
                self.rules.examine(vitals, self.now)
            self.done_last = self.rules.tick(self.now)
            if Kill(1) in self.done_last:
                break
        return self.now - began


@pytest.mark.parametrize(
    ("vitals", "why"),
    [
        (Vitals("T", 3.0, 1.0), "it is stopped"),
        (Vitals("S", 3.0, 1.0), "it sleeps for something that does not come"),
        (Vitals("R", 3.9, 1.0), "it runs and runs"),
        (Vitals("Z", 3.0, 1.0), "it is dead"),
        (None, "the kernel does not tell"),
    ],
)
def test_a_player_that_hangs_is_ended_after_a_second(vitals: Vitals | None, why: str) -> None:
    assert Ward().lives(LONG, vitals) == pytest.approx(1.05, abs=0.06), why


@pytest.mark.parametrize(
    ("vitals", "why"),
    [
        (Vitals("R", 3.01, 1.0), "it waits for a processor"),
        (Vitals("D", 3.0, 1.0), "it waits for the disk"),
    ],
)
def test_a_player_that_is_held_up_is_let_be_but_not_for_ever(vitals: Vitals, why: str) -> None:
    assert Ward().lives(LONG, vitals) == pytest.approx(5.0, abs=0.11), why


def test_a_player_that_waited_for_a_processor_and_sleeps_again_is_given_its_time() -> None:
    assert Ward().lives(LONG, Vitals("S", 3.0, 1.6)) == pytest.approx(1.7, abs=0.15)


def test_a_player_that_is_held_up_is_ended_before_its_ring_comes_round() -> None:
    assert Ward(repeats_in_s=2.0).lives(LONG, Vitals("R", 3.01, 1.0)) == pytest.approx(1.85, abs=0.11)


def test_a_player_that_was_held_up_for_too_long_says_so() -> None:
    ward = Ward()
    ward.lives(LONG, Vitals("R", 3.01, 1.0))
    died = next(action.report for action in ward.done_last if isinstance(action, Tell))
    assert isinstance(died, Died)
    assert died.reason == "was held up by other work for too long"


def test_a_player_that_is_held_up_and_does_not_confirm_a_stop_is_ended_all_the_same() -> None:
    ward = Ward()
    ward.asks(STOP)
    assert ward.lives(LONG, Vitals("R", 3.01, 1.0)) <= 0.3


def test_a_player_that_is_held_up_and_does_not_become_silent_is_ended_all_the_same() -> None:
    ward = Ward()
    ward.asks(STOP)
    ward.says(1, Stopped(1))
    assert ward.lives(LONG, Vitals("R", 3.01, 1.0)) <= 0.56


def test_who_looks_late_himself_gives_the_player_a_moment_more_and_once_only() -> None:
    ward = Ward()
    ward.now += 1.4  # the whole machine stood still
    assert ward.lives(LONG, Vitals("S", 3.0, 1.0), step_s=0.01) == pytest.approx(0.11, abs=0.02)


def test_a_beat_ends_what_held_the_player_up() -> None:
    ward = Ward()
    ward.lives(2.0, Vitals("R", 3.01, 1.0))
    ward.heartbeat = Heartbeat(ward.now, 7, 3.0, cpu_s=3.1, waited_s=3.0)
    assert ward.lives(LONG, Vitals("S", 3.1, 3.0)) == pytest.approx(1.0, abs=0.06)


LOWER = [commands.SetLevel(40.0), commands.SetCap(40.0)]
NOT_LOWER = [commands.SetLevel(55.0), commands.SetCap(50.0), commands.Cue(8, "next", 4.0, 0.0), commands.Fade(60.0)]
WAITS = Vitals("R", 3.01, 1.0)


@pytest.mark.parametrize("command", LOWER)
def test_a_player_that_is_held_up_and_does_not_take_a_lower_level_or_cap_is_ended_within_a_second(
    command: commands.Command,
) -> None:
    ward = Ward()
    ward.asks(command)
    assert ward.lives(LONG, WAITS) == pytest.approx(1.0, abs=0.06)
    died = next(action.report for action in ward.done_last if isinstance(action, Tell))
    assert isinstance(died, Died)
    assert died.reason == "took no lower level within 1000 ms"


@pytest.mark.parametrize("command", NOT_LOWER)
def test_what_lowers_nothing_may_wait_for_a_player_that_is_held_up(command: commands.Command) -> None:
    ward = Ward()
    ward.asks(command)
    assert ward.lives(LONG, WAITS) == pytest.approx(5.0, abs=0.11)


def test_a_beat_from_before_the_lower_level_was_taken_does_not_count_for_it() -> None:
    ward = Ward()
    ward.asks(commands.SetLevel(48.0))
    ward.asks(commands.SetLevel(40.0))
    ward.heartbeat = Heartbeat(
        ward.now + 0.3, 7, 1.0, cpu_s=3.0, waited_s=1.0, obeyed=3
    )  # the device, the play, the first level
    assert ward.lives(LONG, WAITS) == pytest.approx(1.0, abs=0.06)


def test_a_lower_level_that_was_taken_leaves_a_player_its_time() -> None:
    ward = Ward()
    ward.asks(commands.SetLevel(40.0))
    ward.heartbeat = Heartbeat(ward.now + 0.3, 7, 1.0, cpu_s=3.0, waited_s=1.0, obeyed=3)
    assert ward.lives(LONG, WAITS) == pytest.approx(5.3, abs=0.11)


def test_in_silence_nothing_need_be_lowered() -> None:
    ward = Ward()
    ward.asks(STOP)
    ward.says(1, Stopped(1), Silent(1))
    ward.heartbeat = Heartbeat(ward.now + 0.01, cpu_s=3.0, waited_s=1.0)
    ward.asks(commands.SetCap(40.0))
    assert ward.lives(LONG, WAITS) == pytest.approx(5.0, abs=0.11)


@pytest.fixture
def spinning() -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs and runs."""
    with subprocess.Popen(
        [sys.executable, "-c", "print(flush=True)\nwhile True: pass"], stdout=subprocess.PIPE
    ) as made:
        assert made.stdout
        made.stdout.readline()
        yield made
        made.kill()


def test_the_kernel_tells_of_a_process_that_runs_is_stopped_and_is_gone(spinning: subprocess.Popen[bytes]) -> None:
    first = vitals_of(spinning.pid)
    assert first is not None
    assert first.state == "R"
    while (later := vitals_of(spinning.pid)) is not None and later.cpu_s <= first.cpu_s:
        pass
    os.kill(spinning.pid, signal.SIGSTOP)
    os.waitpid(spinning.pid, os.WUNTRACED)
    stopped = vitals_of(spinning.pid)
    assert stopped is not None
    assert stopped.state == "T"
    spinning.kill()
    spinning.wait()
    assert vitals_of(spinning.pid) is None


def test_a_thread_knows_its_own_times() -> None:
    times, mine = OwnTimes(), vitals_of(os.getpid())
    assert mine is not None
    cpu_s, waited_s = times.read()
    assert cpu_s >= mine.cpu_s
    assert waited_s >= mine.waited_s
    times.close()
    assert times.read() == (0.0, 0.0)
