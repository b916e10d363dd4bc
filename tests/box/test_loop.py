"""The loop with its real parts: simulated pins and screen, the real log, speaker and painter; no network."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from device.app import Box, start
from device.config.settings import ScreenSettings, Settings, default_settings
from device.display.screens import draw
from device.loop import Stop
from device.rules.events import Commanded, PlayBegan, PlayFailed, Tick
from device.rules.view_of import view
from firmware.gpio.board import REVISION_A
from firmware.simulator.box import SimulatedBox
from firmware.speaker import parse_sink
from messages import Part, Reply, Verb
from tests import box_log
from tests.box.simulated import hardware_of
from tests.end_to_end.processes import until
from tests.rules.bed import BUILT_IN


@pytest.fixture
def panel() -> Iterator[SimulatedBox]:
    box = SimulatedBox(REVISION_A)
    yield box
    box.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A box that may be as loud by night as by day: no test asks what time it is."""
    made = default_settings(tmp_path)
    sound = replace(made.sound, output=parse_sink("silent"), cap_night_dba=made.sound.cap_day_dba)
    return replace(made, sound=sound)


@pytest.fixture
def box(panel: SimulatedBox, settings: Settings) -> Iterator[Box]:
    with ExitStack() as parts:
        yield start(settings, hardware_of(panel), parts)


def _turn_until_idle(box: Box) -> None:
    while not box.inbox.empty():
        assert box.loop.turn()


def test_an_edge_at_a_pin_becomes_a_turn_of_the_loop(box: Box, panel: SimulatedBox) -> None:
    before = box.loop.state.level_dba
    panel.turn("volume", 3)
    _turn_until_idle(box)
    assert box.loop.state.level_dba == before + 6


def test_a_press_without_any_music_is_answered_by_the_screen(box: Box, panel: SimulatedBox) -> None:
    panel.press("play")
    _turn_until_idle(box)
    assert box.loop.state.overlay is not None
    assert box.loop.state.overlay.scene == "no_music"


def test_a_missing_track_comes_back_as_an_event_and_not_as_an_error(
    box: Box, panel: SimulatedBox, settings: Settings
) -> None:
    tracks = frozenset(track.sha256 for music in BUILT_IN for track in music.tracks)
    _turn_until_idle(box)
    box.loop.state = replace(box.loop.state, builtin=BUILT_IN, held=tracks, faults=())
    panel.press("play")
    seen = 0
    while box.loop.state.playing is not None or seen < 2:  # down and up; each track in turn, then "No sound"
        assert box.loop.turn()
        seen += 1
        assert seen < 100
    assert box.loop.state.overlay is not None
    box.log.close()
    kinds = _kinds(settings.box.data)
    assert kinds.count("track_failed") == 3
    assert kinds[-1] == "fault"


def _kinds(folder: Path) -> list[str]:
    return [json.loads(body)["kind"] for (body,) in box_log.rows(folder, "SELECT body FROM entry ORDER BY seq")]


def test_a_box_with_nothing_to_wait_for_waits(box: Box) -> None:
    """An endless time is too long for a queue: found when a box stood silent for a minute."""
    box.loop.state = replace(box.loop.state, touched_at=-1e9)
    box.inbox.put(Tick())
    assert box.loop.turn()


def test_a_stop_ends_the_loop(box: Box) -> None:
    box.inbox.put(Stop())
    while box.loop.turn():
        pass


def test_a_refusal_of_a_command_is_answered_with_its_code(box: Box) -> None:
    box.loop._step(Commanded("c1", Verb.STOP, late_s=12.0), 0.0)
    (reply,) = box.loop._replies
    assert reply == Reply(id="c1", done=False, reason="too late by 12 s", code="too_late", args={"seconds": "12"})


def test_late_answers_of_the_speaker_change_nothing(box: Box) -> None:
    _turn_until_idle(box)
    before = box.loop.state
    box.inbox.put(PlayBegan(99))
    box.inbox.put(PlayFailed(99, "late"))
    _turn_until_idle(box)
    assert box.loop.state == before


def test_what_is_remembered_is_there_after_a_restart(panel: SimulatedBox, settings: Settings) -> None:
    with ExitStack() as parts:
        box = start(settings, hardware_of(panel), parts)
        panel.turn("volume", -5)
        _turn_until_idle(box)
        level_dba = box.loop.state.level_dba
    with ExitStack() as parts:
        again = start(settings, hardware_of(panel), parts)
        assert again.loop.state.level_dba == level_dba == 40.0
        assert again.loop.state.playing is None
        assert again.loop.state.boot != box.loop.state.boot


def test_a_clock_that_was_put_right_dates_what_is_remembered_anew(panel: SimulatedBox, settings: Settings) -> None:
    """Or a stop that was dated by a clock of 2031 would count as one of the future after the next power cut."""
    now = [datetime(2031, 11, 25, 12, tzinfo=UTC)]
    with ExitStack() as parts:
        box = start(settings, replace(hardware_of(panel), utcnow=lambda: now[0]), parts)
        _turn_until_idle(box)
        box.loop.state = replace(box.loop.state, stopped_at=box.loop._clock())
        assert _stopped_in(box, settings) == 2031
        assert _stopped_in(box, settings) == 2031
        now[0] = datetime(2026, 11, 25, 12, tzinfo=UTC)
        assert _stopped_in(box, settings) == 2026


def _stopped_in(box: Box, settings: Settings) -> int:
    """The year of the last stop, as the disk has it after another turn."""
    box.inbox.put(Tick())
    assert box.loop.turn()
    assert box.log.flush()
    ((kept,),) = box_log.rows(settings.box.data, "SELECT value FROM fact WHERE name = 'memory'")
    return datetime.fromtimestamp(json.loads(kept)["stopped_at"], UTC).year


def test_a_dead_screen_is_a_fault_entry_and_the_knob_still_works(panel: SimulatedBox, settings: Settings) -> None:
    panel.bus.fail(121)
    with ExitStack() as parts:
        box = start(settings, hardware_of(panel), parts)
        box.loop._show(box.loop._clock())  # the painter meets the dead bus
        while Part.SCREEN not in {part for part, _ in box.loop.state.faults}:
            assert box.loop.turn()
        panel.turn("volume", 1)
        _turn_until_idle(box)
        assert box.loop.state.level_dba == 52.0


def test_the_screen_shows_the_view_of_the_state(box: Box, panel: SimulatedBox) -> None:
    panel.turn("volume", 1)
    _turn_until_idle(box)
    wanted = np.asarray(draw(view(box.loop.state, box.loop._clock())), dtype=bool)
    until("the painter has painted it", lambda: np.array_equal(panel.bus.pixels(), wanted))


def test_a_box_without_a_screen_misses_nothing(panel: SimulatedBox, settings: Settings) -> None:
    with ExitStack() as parts:
        box = start(replace(settings, screen=ScreenSettings(fitted=False)), hardware_of(panel), parts)
        panel.turn("volume", 1)
        _turn_until_idle(box)
        assert box.loop.state.level_dba == 52.0
        assert {part for part, _ in box.loop.state.faults} == {Part.MUSIC}, "of these boxes none has any"
        assert panel.bus.bytes_written == 0
