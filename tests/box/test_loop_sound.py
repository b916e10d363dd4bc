"""What the loop asks of the speaker and the amplifier, and in which order. The speaker is real and was not started yet:
what it was asked waits in its queue."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

import pytest

from device.log.log import Log
from device.loop import Item, Loop, Parts, Stop
from device.music.music import Music
from device.rules.events import PartLost, PlayerDied, SoundReady, Tick, TrackMeasured, Wall
from device.rules.light import FIND_ME, GLOW_LOWEST
from device.rules.state import State
from firmware.gpio.board import REVISION_A
from firmware.gpio.controls import Controls
from firmware.gpio.outputs import Outputs
from firmware.inputs.inputs import Inputs
from firmware.simulator.box import SimulatedBox
from firmware.speaker import OutputProfile, Speaker, commands, parse_sink
from messages import Code, Part, because
from playlists.index import Recording, write_index
from playlists.track_level import MonoMix
from tests.rules.bed import ALL_TRACKS, BUILT_IN, level_of, track, wall

FINGER_S = 0.05


@dataclass(slots=True)
class Hours:
    """The clocks of a box, moved by the test."""

    now: float = 1000.0
    wall: Wall | None = field(default_factory=lambda: wall("12:00"))


@dataclass(frozen=True, slots=True)
class Shift:
    """A box on the bench: its loop, its front and its hours."""

    loop: Loop
    inbox: "SimpleQueue[Item]"
    speaker: Speaker
    panel: SimulatedBox
    hours: Hours

    def press(self, button: str) -> None:
        """As long as a finger does."""
        self.panel.hold(button)
        self.hours.now += FINGER_S
        self.panel.release(button)

    def turn_until_idle(self) -> None:
        self.inbox.put(Tick())
        while not self.inbox.empty():
            assert self.loop.turn()

    def asked(self) -> list[commands.Command]:
        """What the speaker was asked since it was last looked."""
        found = []
        while not self.speaker._asked.empty():
            found.append(self.speaker._asked.get())
        return found


@pytest.fixture
def music(tmp_path: Path) -> Music:
    levels = {"tide": replace(level_of(-29.6), mono_mix=MonoMix.LEFT), "harbour": level_of(-24.6)}
    recordings = {
        name: Recording(name, track(name).sha256, 180.0, name, -20.0, -3.0, 4.0, level=level)
        for name, level in levels.items()
    }
    write_index(tmp_path, recordings)
    return Music(tmp_path)


@pytest.fixture
def shift(tmp_path: Path, music: Music) -> Iterator[Shift]:
    hours, inbox, panel = Hours(), SimpleQueue[Item](), SimulatedBox(REVISION_A)
    with ExitStack() as parts:
        parts.callback(panel.close)
        outputs = parts.enter_context(Outputs(REVISION_A, panel.pin_factory))
        controls = Controls(REVISION_A, inbox.put, pin_factory=panel.pin_factory, clock=lambda: hours.now)
        parts.callback(controls.close)
        controls.open()
        file = tmp_path / "log.sqlite3"
        log = Log(file, boot="b00t", utcnow=lambda: datetime.now(UTC), clock_ok=lambda: True, trouble=print)
        log.open()
        parts.callback(log.close)
        speaker = Speaker(parse_sink("silent"), print, OutputProfile(80.0))
        parts.callback(speaker.close)
        state = State(boot="b00t", code="7F3A", builtin=BUILT_IN, held=ALL_TRACKS, level_dba=38.0)
        played_with = Parts(Inputs(REVISION_A), speaker, music, log, None, outputs, None)
        loop = Loop(state, played_with, inbox, clock=lambda: hours.now, wall=lambda: hours.wall)
        yield Shift(loop, inbox, speaker, panel, hours)


def test_the_cap_is_told_before_anything_sounds_and_again_where_it_changes(shift: Shift) -> None:
    shift.turn_until_idle()
    assert shift.asked() == [commands.SetCap(60.0)]
    shift.press("play")
    shift.turn_until_idle()
    assert [type(command) for command in shift.asked()] == [commands.Play, commands.Cue]
    shift.hours.wall = wall("21:00")
    shift.turn_until_idle()
    assert shift.asked() == [commands.SetCap(45.0)]
    shift.turn_until_idle()
    assert shift.asked() == []


def test_a_lower_cap_is_told_before_the_level_that_it_presses_down(shift: Shift) -> None:
    shift.turn_until_idle()
    shift.panel.turn("volume", 8)
    shift.press("play")
    shift.turn_until_idle()
    shift.asked()
    shift.hours.wall = wall("21:00")
    shift.turn_until_idle()
    assert shift.asked() == [commands.SetCap(45.0), commands.SetLevel(45.0)]


def test_a_loop_that_runs_tells_the_cap_before_its_first_event(shift: Shift) -> None:
    shift.hours.wall = None
    shift.inbox.put(Stop())
    shift.loop.run()
    assert shift.asked() == [commands.SetCap(45.0)], "until a clock has spoken it is night"


def test_each_track_is_played_and_cued_with_its_own_gain_and_mix(shift: Shift) -> None:
    shift.press("play")
    shift.turn_until_idle()
    play, cue = (command for command in shift.asked() if isinstance(command, commands.Play | commands.Cue))
    assert (play.gain_db, cue.gain_db) == (pytest.approx(3.0), pytest.approx(-2.0))
    assert (play.mono_mix, cue.mono_mix) == ((1.0, 0.0), (0.5, 0.5))
    assert isinstance(play, commands.Play)
    assert isinstance(cue, commands.Cue)
    assert (play.crossfade_s, play.rise_s, play.in_fade, cue.crossfade_s) == (0.06, 5.0, False, 4.0)
    assert Path(play.path).stem == track("tide").sha256


def test_the_clock_that_jumps_is_known_to_the_press_that_wakes_the_box(shift: Shift) -> None:
    shift.turn_until_idle()
    assert not shift.loop.state.night
    shift.hours.wall = wall("21:00")
    shift.press("play")
    shift.turn_until_idle()
    assert shift.loop.state.night
    (play,) = [command for command in shift.asked() if isinstance(command, commands.Play)]
    assert (play.level_dba, play.rise_s) == (38.0, 20.0)


def test_a_clock_that_shows_the_same_minute_is_no_event(shift: Shift) -> None:
    shift.turn_until_idle()
    before = shift.loop.state
    shift.hours.wall = replace(wall("12:00"), utc_s=wall("12:00").utc_s + 59)
    shift.turn_until_idle()
    assert shift.loop.state == before


def test_play_glows_while_the_box_invites_and_is_dark_by_night(shift: Shift) -> None:
    lights = []
    shift.turn_until_idle()
    shift.loop.state = replace(shift.loop.state, reminding_until=shift.hours.now + 60)
    for _ in range(5):
        shift.turn_until_idle()
        lights.append(shift.panel.light)
        shift.hours.now += 1
    assert lights == pytest.approx([0.05, 0.325, 0.6, 0.325, 0.05], abs=0.01)
    shift.hours.wall = None
    shift.turn_until_idle()
    assert shift.panel.light == 0.0


def test_only_the_light_of_a_reminder_is_dimmed_where_dimming_keeps_the_box_awake(shift: Shift) -> None:
    shift.loop.state = replace(shift.loop.state, sound_ready=True)
    shift.turn_until_idle()
    by_the_kernel = shift.panel.light
    pin = shift.panel.pin_factory.pin(REVISION_A.light_pin)
    pin.wakes_to_dim = True  # as a pin of the Pi without an overlay says
    shift.loop.state = replace(shift.loop.state, reminding_until=shift.hours.now + 60)
    shift.turn_until_idle()
    reminding = shift.panel.light
    shift.loop.state = replace(shift.loop.state, reminding_until=None)
    shift.turn_until_idle()
    assert (by_the_kernel, reminding, shift.panel.light) == (FIND_ME, GLOW_LOWEST, 1.0)


def test_the_amplifier_is_muted_until_the_sound_is_ready_and_whenever_it_is_not(shift: Shift) -> None:
    heard = [shift.panel.unmuted]
    for event in (
        Tick(),
        SoundReady(),
        PlayerDied(None, 0.0, "no heartbeat"),
        SoundReady(),
        PartLost(Part.SOUND, because(Code.NO_SOUND, what="no sound card")),
        SoundReady(),
    ):
        shift.inbox.put(event)
        shift.turn_until_idle()
        heard.append(shift.panel.unmuted)
    assert heard == [False, False, True, False, True, False, True]


def test_a_track_that_is_measured_while_it_plays_is_given_its_own_gain(shift: Shift) -> None:
    shift.press("play")
    shift.turn_until_idle()
    (play,) = (command for command in shift.asked() if isinstance(command, commands.Play))
    shift.inbox.put(TrackMeasured(track("tide").sha256))
    shift.turn_until_idle()
    assert shift.asked() == [commands.SetGain(play.play_id, pytest.approx(3.0))]
