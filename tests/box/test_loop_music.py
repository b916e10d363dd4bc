"""The loop with a player that really plays, into nothing: a playlist goes on by itself, and over the player's death."""

import json
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from device.app import Box, start
from device.config.settings import ScreenSettings, default_settings
from device.panel_state import panel_state
from device.rules.session import Session
from firmware.gpio.board import REVISION_A
from firmware.simulator.box import SimulatedBox
from firmware.speaker import parse_sink
from playlists.catalogue import catalogue_playlists
from playlists.index import Recording, hash_file, write_index
from tests.box.simulated import hardware_of
from tests.rules.bed import level_of

SECONDS = 10.0  # the next begins 4 s before the end, and a measure is told each 2 s
TONES_HZ = (220.0, 440.0)


@dataclass(frozen=True, slots=True)
class Bedside:
    """A box of whose built-in music two short tracks were rendered, and its front."""

    box: Box
    panel: SimulatedBox
    folder: Path
    told: Callable[[], dict[str, object]]

    def turn_until(self, what: str, condition: Callable[[], object]) -> None:
        for _ in range(300):
            if condition():
                return
            assert self.box.loop.turn()
        pytest.fail(f"it never came: {what}")

    def entries(self) -> list[dict[str, object]]:
        """Kind and data of everything in the log, in order."""
        self.box.log.close()
        with closing(sqlite3.connect(self.folder / "log.sqlite3")) as connection:
            bodies = connection.execute("SELECT body FROM entry ORDER BY seq").fetchall()
        return [{"kind": entry["kind"], **entry["data"]} for entry in (json.loads(body) for (body,) in bodies)]


@pytest.fixture
def bedside(tmp_path: Path) -> Iterator[Bedside]:
    slugs = [track.slug for track in catalogue_playlists()[0].tracks]
    (tmp_path / "music" / "tracks").mkdir(parents=True)
    recordings = {slug: _recorded(tmp_path / "music", slug, hz) for slug, hz in zip(slugs, TONES_HZ, strict=False)}
    write_index(tmp_path / "music", recordings)
    made = default_settings(tmp_path)
    sound = replace(made.sound, output=parse_sink("silent"), cap_night_dba=made.sound.cap_day_dba)
    settings = replace(made, sound=sound, screen=ScreenSettings(fitted=False))
    panel = SimulatedBox(REVISION_A)
    with ExitStack() as parts:
        parts.callback(panel.close)
        hardware = hardware_of(panel)
        box = start(settings, hardware, parts)
        yield Bedside(box, panel, settings.box.data, lambda: panel_state(settings, box.loop, box.log))


def _recorded(music: Path, slug: str, hz: float) -> Recording:
    tone = 0.1 * np.sin(2 * np.pi * hz * np.arange(round(48_000 * SECONDS)) / 48_000)
    soundfile.write(music / "tone.opus", np.stack([tone, tone], axis=1), 48_000, format="OGG", subtype="OPUS")
    sha256 = hash_file(music / "tone.opus")
    (music / "tone.opus").rename(music / "tracks" / f"{sha256}.opus")
    return Recording(slug, sha256, SECONDS, slug, -23.0, -20.0, 1.0, level=level_of(-30.0))


def test_a_playlist_plays_on_by_itself_and_its_session_says_how_loud_it_was(bedside: Bedside) -> None:
    loop = bedside.box.loop
    assert bedside.told()["sound_ready"] is False
    bedside.panel.press("play")
    bedside.turn_until("the second track", lambda: loop.state.playing and loop.state.playing.place == 1)
    bedside.turn_until("a measurement of it", lambda: loop.state.playing and loop.state.playing.hearing)
    told = bedside.told()
    assert told["sound_ready"] is True
    assert bedside.panel.unmuted
    assert isinstance(told["mean_dba"], float)
    bedside.panel.press("play")
    bedside.turn_until("silence", lambda: loop.state.playing is None)
    begun, first, second, ended = bedside.entries()[-4:]
    assert [entry["kind"] for entry in (begun, first, second, ended)] == [
        "session_started",
        "track_started",
        "track_started",
        "session_ended",
    ]
    assert first["track"] != second["track"]
    assert isinstance(ended["mean_dba"], float)
    assert isinstance(ended["max_dba"], float)
    assert 0 < ended["mean_dba"] <= ended["max_dba"] <= loop.state.cap_dba + 1


def test_the_panel_is_told_the_screen_s_words_and_where_choose_stands(bedside: Bedside) -> None:
    (music,) = bedside.box.loop.state.playlists
    told = bedside.told()
    assert (told["language"], told["choose_name"], told["choose_place"]) == ("en", music.title, 1)
    bedside.panel.turn("choose", 1)
    bedside.turn_until("the name", lambda: bedside.box.loop.state.choosing)
    assert bedside.told()["shown"] == (music.label,)


def test_music_goes_on_where_it_was_when_the_player_is_killed(bedside: Bedside) -> None:
    loop = bedside.box.loop
    bedside.panel.press("play")
    bedside.turn_until("a second of music", lambda: loop.state.playing and _measured_s(loop.state.playing) > 1)
    os.kill(_player_pid(bedside), signal.SIGKILL)
    bedside.turn_until("the word of its death", lambda: loop.state.playing and loop.state.playing.death)
    assert not bedside.panel.unmuted
    bedside.turn_until("music", lambda: loop.state.playing and loop.state.playing.sounding)
    assert bedside.panel.unmuted
    assert loop.state.faults == ()
    told = bedside.entries()
    assert [entry["part"] for entry in told if entry["kind"] in {"fault", "fault_over"}] == ["player", "player"]
    again = [entry for entry in told if entry["kind"] == "track_started"][-1]
    assert isinstance(again["start_s"], float)
    assert 0.5 < again["start_s"] < SECONDS
    assert [entry["kind"] for entry in told].count("session_started") == 1


def _measured_s(session: Session) -> float:
    return session.hearing.seconds if session.hearing else 0.0


def _player_pid(bedside: Bedside) -> int:
    speaker = bedside.box.loop._parts.speaker
    active = speaker._rules.active
    assert active is not None
    return speaker._players[active].pid
