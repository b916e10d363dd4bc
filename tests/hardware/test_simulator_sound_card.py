"""The simulated box's sound card with the real speaker and its player: pulled, plugged in, and what the box is told."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import pytest

from firmware.simulator.sound_card import SoundCard
from firmware.speaker import (
    Failed,
    GlitchCounts,
    Lost,
    OutputProfile,
    Ready,
    Report,
    Speaker,
    Started,
    commands,
    parse_sink,
)
from tests.sound.speaker_bench import tone, write_flac

Kind = TypeVar("Kind", bound=Report)
Listener = Callable[[Report], None]
PATIENCE_S = 20.0


def silent(report: Listener) -> Speaker:
    return Speaker(parse_sink("silent"), report, OutputProfile(80.0))


class Box:
    """A sound card and what it told."""

    def __init__(self) -> None:
        self.told: SimpleQueue[Report] = SimpleQueue()
        self.made: list[Speaker] = []
        self.card = SoundCard(self._make, self.told.put)

    def _make(self, report: Listener) -> Speaker:
        self.made.append(silent(report))
        return self.made[-1]

    def hears(self, kind: type[Kind]) -> Kind:
        """The next report of this kind."""
        while not isinstance(report := self.told.get(timeout=PATIENCE_S), kind):
            pass
        return report

    def asked(self) -> list[commands.Command]:
        """What the newest speaker, not started yet, was asked since it was last looked."""
        queue, found = self.made[-1]._asked, []
        while not queue.empty():
            found.append(queue.get())
        return found


@pytest.fixture
def box() -> Iterator[Box]:
    box = Box()
    yield box
    box.card.close()


@pytest.fixture
def track(tmp_path: Path) -> Path:
    return write_flac(tmp_path / "track.flac", tone(30.0))


def test_a_pulled_card_is_lost_and_one_put_back_plays_again(box: Box, track: Path) -> None:
    box.card.start()
    box.hears(Ready)
    box.card.play(1, track, level_dba=50.0, rise_s=0.0)
    assert box.hears(Started).play_id == 1
    box.card.unplug()
    assert box.hears(Lost).reason == "the sound card is unplugged"
    box.card.play(2, track, level_dba=50.0, rise_s=0.0)
    assert box.hears(Failed) == Failed(2, "the sound card is unplugged")
    assert box.told.empty(), "what played gets no other report"
    box.card.plug()
    box.hears(Ready)
    box.card.play(3, track, level_dba=50.0, rise_s=0.0)
    assert box.hears(Started).play_id == 3


def test_without_a_card_nothing_raises_and_every_play_and_cue_fails(box: Box, track: Path) -> None:
    box.card.unplug()
    assert (box.card.is_plugged, box.told.empty()) == (False, True), "nobody waits for a sound that was not started"
    box.card.start()
    assert isinstance(box.told.get_nowait(), Lost)
    for act in (
        partial(box.card.set_level, 50.0),
        partial(box.card.set_cap, 60.0),
        partial(box.card.fade, 1.0),
        box.card.stop,
        box.card.unplug,
    ):
        act()
    assert box.told.empty()
    box.card.play(7, track, level_dba=50.0, rise_s=5.0)
    box.card.cue(8, track, crossfade_s=4.0)
    failed = [box.told.get_nowait(), box.told.get_nowait()]
    assert [report.play_id for report in failed if isinstance(report, Failed)] == [7, 8]


def test_every_word_reaches_the_speaker_as_it_was_said(box: Box, track: Path) -> None:
    box.card.set_cap(60.0)
    how = {"start_s": 3.0, "level_dba": 50.0, "rise_s": 5.0, "crossfade_s": 4.0, "gain_db": -2.0, "in_fade": True}
    box.card.play(1, track, **how, mono_mix=(1.0, 0.0))
    box.card.cue(2, track, crossfade_s=4.0, gain_db=1.0, mono_mix=(0.5, -0.5))
    box.card.set_level(48.0)
    box.card.fade(60.0)
    box.card.stop(0.25)
    assert box.asked() == [
        commands.SetCap(60.0),
        commands.Play(1, str(track), 3.0, 50.0, 5.0, 4.0, -2.0, True, None, (1.0, 0.0), None),
        commands.Cue(2, str(track), 4.0, 1.0, (0.5, -0.5)),
        commands.SetLevel(48.0),
        commands.Fade(60.0),
        commands.Stop(0, 0.25),
    ]


def test_a_fresh_speaker_is_told_the_last_cap_before_all_else(box: Box) -> None:
    box.card.set_cap(60.0)
    box.card.unplug()
    box.card.set_cap(45.0)
    box.card.plug()
    box.card.plug()
    assert (len(box.made), box.asked()) == (2, [commands.SetCap(45.0)])


def test_the_last_words_of_a_pulled_card_are_not_taken_for_the_next_ones(box: Box) -> None:
    box.card.unplug()
    box.card.plug()
    first, second = box.made
    first._report(Ready())
    assert box.told.empty()
    second._report(Ready())
    assert box.told.get_nowait() == Ready()


def test_counts_are_of_all_speakers(box: Box) -> None:
    box.made[0]._rules._before = GlitchCounts(1, 2, 3)
    box.card.unplug()
    assert box.card.counts == GlitchCounts(1, 2, 3)
    box.card.plug()
    box.made[1]._rules._before = GlitchCounts(10, 20, 30)
    assert box.card.counts == GlitchCounts(11, 22, 33)


def test_a_closed_card_stays_silent(box: Box, track: Path) -> None:
    box.card.close()
    box.card.close()
    box.card.stop()
    box.card.play(1, track, level_dba=50.0, rise_s=0.0)
    assert isinstance(box.told.get_nowait(), Failed)


def test_a_card_that_is_plugged_in_after_its_box_went_out_makes_no_speaker(box: Box) -> None:
    box.card.start()
    box.hears(Ready)
    box.card.unplug()
    box.card.close()
    box.card.plug()
    assert (len(box.made), box.card.is_plugged) == (1, False), "it would sound beside that of the box's next life"
