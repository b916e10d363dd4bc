"""The rules and the chain together: whatever is pressed, turned, assigned or commanded, by day and by night, with any
file, no 100 ms is above the cap that the box holds at that moment."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from device.hardware_events import from_speaker
from device.rules.effects import Cue, Effect, Fade, Play, SetLevel, Silence
from device.rules.events import (
    Assigned,
    BedPlaylist,
    BedRules,
    BedTrack,
    Button,
    ClockRead,
    Commanded,
    Event,
    Knob,
    Pressed,
    Tick,
    Turned,
)
from device.rules.state import State
from device.rules.step import next_deadline, step
from firmware.speaker import OutputProfile
from firmware.speaker.chain.chain import Transition
from firmware.speaker.chain.frames import RATE
from firmware.speaker.chain.weighting import pink_a_db
from firmware.speaker.player.ring import PERIOD
from messages import Verb
from tests.rules.bed import wall
from tests.sound.level_meter import TENTH, a_levels_db
from tests.sound.speaker_bench import HandBench, track_of
from tests.sound.test_chain_cap import FILES, SECONDS, SETTLES

CEILING_DBA = 60.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tracks by their names, which are what the box knows them by; one of the set is missing."""
    folder = tmp_path_factory.mktemp("tracks")
    for name, make in FILES.items():
        soundfile.write(folder / f"{name}.wav", make(), RATE, subtype="FLOAT")
    return folder


def music(slug: str, *names: str, purpose: str = "comfort") -> BedPlaylist:
    """A playlist of these tracks."""
    tracks = tuple(BedTrack(name, name, SECONDS) for name in names)
    return BedPlaylist(slug, slug, slug, purpose, tracks)


LOUD = music("loud", "square-low", "clicks", "clipped-noise", "short")
MIXED = music("mixed", "tone", "gone", "bursts", "bass")
SLEEP = music("sleep", "soft-noise", "square-high", purpose="sleep")
HELD = frozenset(track.sha256 for bed_playlist in (LOUD, MIXED, SLEEP) for track in bed_playlist.tracks)


def assigned(version: int, cap_day_dba: float, cap_night_dba: float) -> Assigned:
    """A bed's music and its caps."""
    playlists = (MIXED, SLEEP) if version % 2 else (LOUD, SLEEP)
    rules = BedRules(cap_day_dba=cap_day_dba, cap_night_dba=cap_night_dba, comfort_s=600.0, sleep_s=1500.0)
    return Assigned(version, f"{version:064x}", "stay", playlists, rules)


CAPS = st.sampled_from([30.0, 45.0, 52.0, 60.0, 65.0])
ACTIONS = st.one_of(
    st.builds(Pressed, st.sampled_from(list(Button))),
    st.builds(Turned, st.sampled_from(list(Knob)), st.integers(-9, 9)),
    st.builds(ClockRead, st.sampled_from([None, wall("21:00"), wall("12:00")])),
    st.builds(assigned, st.integers(1, 40), CAPS, CAPS),
    st.just(Commanded("id", Verb.STOP)),
    st.just(Tick()),
)


class WholeBox:
    """Controller and engine without a thread between them; time is what sounded."""

    def __init__(self, folder: Path, full_scale_dba: float, *, night: bool) -> None:
        self.folder = folder
        self.full_scale_dba = full_scale_dba
        self.bench = HandBench(OutputProfile(full_scale_dba, CEILING_DBA))
        self.state = State("b00t", "7F3A", (LOUD, SLEEP), HELD, level_dba=50.0, night=night)
        self.frames, self.told = 0, 0
        self.caps: list[tuple[int, float]] = []
        self._cap()

    def happens(self, event: Event) -> None:
        """One event and what follows from it."""
        self.state, effects = step(self.state, event, self.frames / RATE)
        self._cap()
        for effect in effects:
            self._perform(effect)

    def passes(self, periods: int) -> None:
        """Time passes; the engine reports, the controller wakes when it asked to."""
        for _ in range(periods):
            self.bench.run(PERIOD)
            self.frames += PERIOD
            for report in self.bench.reports[self.told :]:
                self.told += 1
                self.happens(from_speaker(report))
            due = next_deadline(self.state)
            if due is not None and due <= self.frames / RATE:
                self.happens(Tick())

    def over_the_cap_db(self) -> float:
        """By how much the loudest 100 ms was over the highest cap that held for any of it."""
        heard = self.bench.device.heard
        levels_dba = a_levels_db(heard) + self.full_scale_dba - pink_a_db()
        allowed = np.full(len(heard), self.caps[0][1])
        for at, cap_dba in self.caps[1:]:
            allowed[at + (SETTLES if cap_dba < allowed[min(at, len(allowed)) - 1] else 0) :] = cap_dba
        begins = range(0, len(levels_dba), 97)
        return max(float(levels_dba[begin] - allowed[begin : begin + TENTH].max()) for begin in begins)

    def _cap(self) -> None:
        cap_dba = min(CEILING_DBA, self.state.cap_dba)
        if not self.caps or cap_dba != self.caps[-1][1]:
            self.caps.append((self.frames, cap_dba))
            self.bench.engine.set_cap(cap_dba)

    def _perform(self, effect: Effect) -> None:
        engine = self.bench.engine
        match effect:
            case Play(play_id, name):
                transition = Transition(effect.level_dba, effect.rise_s, effect.crossfade_s, effect.in_fade)
                engine.play(track_of(play_id, self.folder / f"{name}.wav", min(effect.start_s, 1.0)), transition)
            case Cue(play_id, name, crossfade_s):
                engine.cue(track_of(play_id, self.folder / f"{name}.wav"), crossfade_s)
            case SetLevel(level_dba):
                engine.set_level(level_dba)
            case Fade(seconds):
                engine.fade(seconds)
            case Silence(ramp_s):
                engine.stop(ramp_s)


# A cap so low that dither is a hundredth of what sounds.
FAINT = [(0, Pressed(Button.PLAY)), (9, assigned(1, 30.0, 30.0)), (0, Pressed(Button.PLAY)), (90, Tick())]


@example(85.0, True, FAINT)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.floats(55, 90), st.booleans(), st.lists(st.tuples(st.integers(0, 120), ACTIONS), min_size=4, max_size=16))
def test_no_shift_on_the_ward_makes_the_box_louder_than_its_cap(
    folder: Path, full_scale_dba: float, night: bool, shift: list[tuple[int, Event]]
) -> None:
    box = WholeBox(folder, full_scale_dba, night=night)
    box.happens(Pressed(Button.PLAY))
    for periods, event in shift:
        box.passes(periods)
        box.happens(event)
    box.passes(90)
    assert box.over_the_cap_db() <= 0.0
    assert box.state.level_dba <= box.state.cap_dba
