"""A process with a whole box but for its loudspeaker, screen and network, used at random as fast as it goes.

It says what it does before and what came of it after, to be killed at any moment. The pins are simulated; assembly,
loop, rules, log and memory are the box's own.
"""

import os
import random
import resource
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import msgspec

from device.app import Box, start
from device.config.settings import ScreenSettings, Settings, default_settings
from device.hardware import Hardware
from device.link import translate
from device.log.stores import DiskStore
from device.music.music import Music
from device.rules.events import Button, Commanded, PartBack, PartLost, Pressed, Released, Tick, TracksHeld, Wall
from device.rules.state import State
from firmware.gpio.board import REVISION_A
from firmware.screen.screen import Screen
from firmware.simulator.box import SimulatedBox
from firmware.speaker import (
    Died,
    Ended,
    Faded,
    GlitchCounts,
    Lost,
    Measured,
    OutputProfile,
    Ready,
    Report,
    Speaker,
    Started,
    parse_sink,
)
from firmware.speaker.sink import Sink
from messages import Code, Part, Verb, because
from tests.box import power_cut
from tests.box.recorded import numbered
from tests.rules.bed import wall

HOURS = ("02:00", "06:59", "07:00", "12:00", "14:00", "20:59", "21:00", "21:29", "21:30")
STEPS = (-6, -3, -2, -1, -1, 1, 1, 2, 3)
A_BATCH_HAS = 100  # entries, at least
A_FULL_CARD_TAKES = 200_000  # bytes of each file, at most


class Listener:
    """What the loop asks of a speaker, answered at once as one does; nothing is heard."""

    def __init__(self, report: Callable[[Report], None]) -> None:
        self.asked = 0
        self.counts = GlitchCounts()
        self._report = report
        self._play_id: int | None = None
        self._cued: int | None = None

    def start(self) -> None:
        self._report(Ready())

    def play(self, play_id: int, _path: Path, **_how: Any) -> None:
        self.asked += 1
        self._play_id, self._cued = play_id, None
        self._report(Started(play_id))

    def cue(self, play_id: int, _path: Path, **_how: Any) -> None:
        self._cued = play_id

    def set_level(self, level_dba: float) -> None:
        """Levels are read from the state."""

    def set_cap(self, cap_dba: float) -> None:
        """Caps, too."""

    def fade(self, seconds: float) -> None:
        """It goes on until someone stops it or `track_ends`."""

    def stop(self, _ramp_s: float = 0.0) -> None:
        self._play_id = self._cued = None

    def close(self) -> None:
        self.stop()

    def track_ends(self, chance: random.Random) -> None:
        """The track goes over into the cued one, or its fade is over."""
        if self._play_id is None:
            return
        over, self._play_id = self._play_id, self._cued
        self._report(Measured(over, 12.0, 40.0, 44.0))
        if self._cued is None or chance.random() < 0.1:
            self._report(Faded(over, 180.0))
        else:
            self._report(Started(self._cued))
            self._report(Ended(over, 180.0))

    def breaks(self, report: Report) -> None:
        """The player dies or the card is lost, and comes back."""
        self._play_id = self._cued = None
        self._report(report)
        self._report(Ready())

    @property
    def play_id(self) -> int | None:
        """What plays."""
        return self._play_id


class Hand:
    """Everybody who uses the box, by chance."""

    def __init__(self, folder: Path, chance: random.Random, number: int) -> None:
        self._chance = chance
        self._number = number
        self._day = 0
        self._wall = self._some_time()
        self._panel = SimulatedBox(REVISION_A)
        self._listener: Listener | None = None
        self._box: Box
        self._settings = _settings(folder)
        self._music = Music(self._settings.box.music)
        self._acts: tuple[tuple[int, Callable[[], None]], ...] = (
            (6, self._presses),
            (6, self._turns),
            (3, self._assigns),
            (2, self._reads_the_clock),
            (1, self._nurse_call),
            (1, self._breaks_a_part),
            (1, self._commands),
            (2, self._plays_on),
        )
        self._at_most_dba = 0.0
        self._version = 0

    def wake(self, parts: ExitStack) -> power_cut.Woke:
        """Start the box and say what it is before any hand."""
        hardware = Hardware(
            "simulated",
            REVISION_A,
            self._panel.pin_factory,
            lambda: Screen(self._panel.bus, REVISION_A.screen_address),
            clock_ok=lambda: self._wall is not None,
            wall=lambda: self._wall,
            speaker=self._speaker,
        )
        self._box = start(self._settings, hardware, parts)
        for _ in range(3):  # whatever waits, the clock, and time
            self._box.inbox.put(Tick())
            self._turn_until_idle()
        assert self._listener
        state, assigned = self._state, self._state.assigned
        return power_cut.Woke(
            number=self._number,
            level_dba=state.level_dba,
            cap_dba=state.cap_dba,
            version=state.version,
            digest=assigned.digest if assigned else "",
            whole=power_cut.fingerprint(assigned),
            is_silent=state.playing is None,
            asked=self._listener.asked,
            log_id=self._box.log.span().log_id,
        )

    def settles(self) -> None:
        """Everything up to here has a number in the log; sometimes the disk is waited for, and told of."""
        self._say_told()
        self._box.log.put([(numbered(self._number), None)])
        if self._chance.random() < 0.1:
            self._box.log.flush()
            self._turn_until_idle()
            if not any(part is Part.LOG for part, _ in self._state.faults):
                _say(power_cut.Kept(self._number))
        self._number += 1

    def acts(self) -> None:
        """One thing, said before."""
        weights = [weight for weight, _ in self._acts]
        (act,) = self._chance.choices([act for _, act in self._acts], weights)
        self._at_most_dba, self._version = self._state.level_dba, self._state.version
        act()
        self._turn_until_idle()
        self.settles()

    def receives(self) -> None:
        """The ward takes half of a batch: the last act is always left."""
        batch = self._box.log.batch(500, 1_000_000)
        if batch and len(batch.entries) > A_BATCH_HAS:
            through = batch.first_seq + len(batch.entries) // 2 - 1
            _say(power_cut.Received(through))
            self._box.log.receipt(batch.log_id, through)

    @property
    def disk(self) -> DiskStore:
        """Where the log lies."""
        disk = self._box.log._keeper._disk
        assert disk is not None
        return disk

    @property
    def _state(self) -> State:
        return self._box.loop.state

    def _turn_until_idle(self) -> None:
        while not self._box.inbox.empty():
            self._box.loop.turn()

    def _does(self, name: str) -> None:
        _say(power_cut.Does(self._number, name, self._at_most_dba, self._version, time.monotonic()))

    def _say_told(self) -> None:
        state = self._state
        is_silent = state.playing is None
        _say(power_cut.Told(self._number, state.level_dba, state.cap_dba, state.version, is_silent))

    def _presses(self) -> None:
        button = self._chance.choice(list(Button))
        self._does(f"press {button}")
        if self._chance.random() < 0.3:
            self._panel.press(button)  # as fast as this most are taken for tremor
        else:
            self._box.inbox.put(Pressed(button))
            self._box.inbox.put(Released(button))

    def _turns(self) -> None:
        knob, detents = self._chance.choice(["volume", "volume", "volume", "choose"]), self._chance.choice(STEPS)
        if knob == "volume":
            limits, up = self._state.limits, max(0, detents)
            floor_dba = limits.floor_dba if up else 0.0  # a turn up from under the knob's floor leads to it
            self._at_most_dba = max(floor_dba, self._at_most_dba + up * limits.step_db)
        self._does(f"turn {knob} {detents}")
        self._panel.turn(knob, detents)

    def _assigns(self) -> None:
        self._version = max(1, self._state.version + self._chance.choice([-1, 0, 1, 1, 1, 2]))
        given = translate.assigned(power_cut.offer(self._version))
        if given.stay != self._state.stay:  # a new stay begins at the start level
            self._at_most_dba = max(self._at_most_dba, self._state.limits.start_day_dba)
        self._does(f"assign {self._version}")
        self._box.inbox.put(TracksHeld(self._music.held()))
        self._box.inbox.put(given)

    def _reads_the_clock(self) -> None:
        self._does("clock")
        self._wall = self._some_time()
        self._box.inbox.put(Tick())

    def _nurse_call(self) -> None:
        self._does("nurse_call")
        self._panel.nurse_call(not self._panel.is_nurse_call)

    def _breaks_a_part(self) -> None:
        self._does("break")
        part = self._chance.choice([Part.SCREEN, Part.CONTROLS, Part.SOUND, Part.PLAYER])
        if part is Part.SOUND:
            self._speaking.breaks(Lost("no sound card"))
        elif part is Part.PLAYER:
            self._speaking.breaks(Died(self._speaking.play_id, 20.0, "no heartbeat"))
        else:
            self._box.inbox.put(PartLost(part, because(Code.NO_SOUND, what="lost")))
            self._box.inbox.put(PartBack(part))

    def _commands(self) -> None:
        self._does("command")
        self._box.inbox.put(Commanded(f"c{self._number}", self._chance.choice(list(Verb))))

    def _plays_on(self) -> None:
        self._does("track ends")
        self._speaking.track_ends(self._chance)

    @property
    def _speaking(self) -> Listener:
        assert self._listener
        return self._listener

    def _some_time(self) -> Wall | None:
        self._day += self._chance.random() < 0.2
        return None if self._chance.random() < 0.2 else wall(self._chance.choice(HOURS), self._day)

    def _speaker(self, _sink: Sink, report: Callable[[Report], None], _profile: OutputProfile) -> Speaker:
        self._listener = Listener(report)
        return cast("Speaker", self._listener)


def _settings(folder: Path) -> Settings:
    made = default_settings(folder)
    return replace(made, sound=replace(made.sound, output=parse_sink("silent")), screen=ScreenSettings(fitted=False))


def _say(word: power_cut.Word) -> None:
    """In one track, whichever thread says it."""
    os.write(1, msgspec.json.encode(word) + b"\n")


def _carry_over(disk: DiskStore) -> None:
    """From now on SQLite carries its journal over into the file after each commit, by the file's one connection."""
    commit = disk.commit

    def and_carry_over(*what: Any, **how: Any) -> None:
        commit(*what, **how)
        _say(power_cut.Checkpoint(True))
        disk._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        _say(power_cut.Checkpoint(False))

    disk.commit = and_carry_over  # type: ignore[method-assign]


def _fill_the_card(chance: random.Random) -> None:
    """From now on no file takes a byte that lies further than this."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (chance.randrange(A_FULL_CARD_TAKES), hard))


def _make_room() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def main() -> None:
    """Arguments: the box's folder, a seed, the number of the first act, and what kind of life it is."""
    folder, seed, number, kind = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    chance = random.Random(seed)
    _say(power_cut.Begins())
    hand = Hand(folder, chance, number)
    with ExitStack() as parts:
        _say(hand.wake(parts))
        hand.settles()
        is_full_card = kind == "full card"
        if is_full_card:
            _fill_the_card(chance)
        if kind == "checkpoints":
            _carry_over(hand.disk)
        while True:
            hand.acts()
            if not is_full_card and chance.random() < 0.03:
                hand.receives()
            if is_full_card and chance.random() < 0.0005:
                _make_room()


if __name__ == "__main__":
    main()
