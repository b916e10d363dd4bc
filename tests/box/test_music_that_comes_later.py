"""A music folder that is mounted late, lost or mended: told as a fault and over, and nothing needs a restart."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import pytest

from device.loop import Loop
from device.music.music import UNTOLD, Adjustment, Music, MusicWatch
from device.rules.events import MusicFound, PlayFailed, TracksHeld
from device.rules.view import Scene
from messages import Code, Fault, FaultOver, Part, because
from playlists.catalogue import catalogue_playlists
from playlists.index import INDEX_NAME, Recording, write_index
from playlists.track_level import MonoMix, gain_db
from tests.box.simulated import whole_box
from tests.end_to_end.processes import until
from tests.rules.bed import ALL_TRACKS, BUILT_IN, CALM, SLEEP, Bed, assigned, level_of, told

HASH = "ab" * 32
TRACK = catalogue_playlists()[0].tracks[0]


def fill(folder: Path, a_dbfs: float = -30.0) -> None:
    """One track of the starter music, and an index that names it."""
    (folder / "tracks").mkdir(parents=True, exist_ok=True)
    (folder / "tracks" / f"{HASH}.opus").write_bytes(b"OggS")
    level = level_of(a_dbfs, -9.0)
    write_index(folder, {TRACK.slug: Recording(TRACK.slug, HASH, 60.0, TRACK.title, -20.0, -9.0, 4.0, level=level)})


def adjustment_at(a_dbfs: float) -> Adjustment:
    """How the track is played where it measures so."""
    headroom_db = UNTOLD.full_scale_dba - UNTOLD.cap_day_dba
    wanted_db = gain_db(level_of(a_dbfs, -9.0), mono=UNTOLD.mono, presence=UNTOLD.presence, headroom_db=headroom_db)
    return Adjustment(wanted_db, MonoMix.SUM.factors, 60.0)


class Watched:
    """A folder that is watched, and what was told of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.music = Music(folder)
        self.told: SimpleQueue[MusicFound] = SimpleQueue()
        self.watch = MusicWatch(self.music, self.told.put, every_s=3600.0)

    def next(self) -> MusicFound:
        """What it tells once it was asked to look."""
        self.watch.look_again()
        return self.told.get(timeout=20.0)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    found = Watched(tmp_path / "music")
    yield found
    found.watch.close()


def test_a_folder_that_is_mounted_late_is_found_by_the_next_look(watched: Watched) -> None:
    first = watched.watch.start(within_s=20.0)
    assert (first.builtin, first.held) == ((), frozenset())
    assert "there is no music here yet" in str(first.reason)
    assert watched.told.get(timeout=20.0) == first
    fill(watched.folder)
    found = watched.next()
    assert [track.sha256 for music in found.builtin for track in music.tracks]
    assert (found.held, found.reason) == ({HASH}, None)
    assert watched.music.adjustment(HASH) == adjustment_at(-30.0)


def test_an_index_that_was_damaged_and_mended_needs_no_restart(watched: Watched) -> None:
    fill(watched.folder)
    index = watched.folder / INDEX_NAME
    sound = index.read_bytes()
    index.write_bytes(sound[:60])
    assert str(watched.watch.start(within_s=20.0).reason).endswith("is not JSON, run: make venv")
    watched.told.get(timeout=20.0)
    index.write_bytes(sound)
    assert watched.next().builtin


def test_an_index_that_breaks_while_the_box_runs_costs_no_music(watched: Watched) -> None:
    fill(watched.folder, a_dbfs=-33.0)
    before = watched.watch.start(within_s=20.0)
    watched.told.get(timeout=20.0)
    (watched.folder / INDEX_NAME).write_bytes(b"\0" * 512)
    after = watched.next()
    assert (after.builtin, after.held) == (before.builtin, before.held)
    assert after.reason
    assert watched.music.adjustment(HASH) == adjustment_at(-33.0)


def test_other_loudness_of_the_same_tracks_counts_from_the_next_look(watched: Watched) -> None:
    fill(watched.folder)
    watched.watch.start(within_s=20.0)
    fill(watched.folder, a_dbfs=-33.0)
    watched.watch.look_again()
    until("the gain is the new one", lambda: watched.music.adjustment(HASH) == adjustment_at(-33.0))


def test_what_did_not_change_is_told_once_and_not_read_again(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        watched.watch.start(within_s=20.0)
        for _ in range(5):
            watched.watch._look()
    assert watched.told.qsize() == 1
    assert len(caplog.records) == 1


def test_a_disk_that_failed_once_is_asked_again_although_nothing_looks_different(tmp_path: Path) -> None:
    class Fails(Music):
        """A folder that cannot be read the first time."""

        reads = 0

        def look(self) -> MusicFound:
            self.reads += 1
            return (
                super().look()
                if self.reads > 1
                else MusicFound((), frozenset(), because(Code.NO_INDEX, what="Input/output error"))
            )

    fill(tmp_path)
    found = Watched(tmp_path)
    found.watch = MusicWatch(Fails(tmp_path), found.told.put, every_s=3600.0)
    assert found.watch.start(within_s=20.0).reason == because(Code.NO_INDEX, what="Input/output error")
    found.told.get(timeout=20.0)
    found.watch.look_again()
    until("it was read again", lambda: not found.told.empty())
    assert found.told.get().builtin
    found.watch.close()


def test_a_disk_that_does_not_answer_holds_up_no_start(tmp_path: Path) -> None:
    class Hangs(Music):
        """A folder on a disk that answers when the test lets it."""

        let_go: SimpleQueue[None] = SimpleQueue()

        @property
        def signature(self) -> tuple[object, ...]:
            self.let_go.get()
            return super().signature

    fill(tmp_path)
    told: SimpleQueue[MusicFound] = SimpleQueue()
    music = Hangs(tmp_path)
    watch = MusicWatch(music, told.put)
    assert watch.start(within_s=0.0).builtin == ()
    watch.look_again()
    Hangs.let_go.put(None)
    assert told.get(timeout=20.0).builtin
    Hangs.let_go.put(None)
    watch.close()


def faults(bed: Bed) -> list[Fault | FaultOver]:
    return [entry for entry in bed.entries if isinstance(entry, Fault | FaultOver)]


def test_a_box_without_music_says_so_and_when_it_is_back() -> None:
    bed = Bed()
    bed.happens(MusicFound((), frozenset(), because(Code.NO_INDEX, what="index.json: is not JSON, run: make venv")))
    bed.happens(MusicFound((), frozenset(), because(Code.NO_INDEX, what="index.json: is not JSON, run: make venv")))
    reason = because(Code.NO_INDEX, what="index.json: is not JSON, run: make venv")
    assert reason.line == "no music on this box: index.json: is not JSON, run: make venv"
    assert faults(bed) == [told(Fault, reason, part=Part.MUSIC)]
    bed.press("play")
    assert bed.view.scene is Scene.NO_MUSIC
    bed.now += 5.0
    bed.happens(MusicFound(BUILT_IN, ALL_TRACKS))
    assert faults(bed)[1:] == [FaultOver(part=Part.MUSIC, lasted_s=5.0)]
    assert bed.view.scene is Scene.READY
    assert bed.heard == [], "nothing starts by itself"
    bed.press("play")
    assert bed.heard == ["tide"]


def test_tracks_that_are_gone_are_a_fault_and_what_plays_plays_on() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(MusicFound(BUILT_IN, frozenset()))
    assert faults(bed) == [told(Fault, because(Code.NO_TRACKS), part=Part.MUSIC)]
    assert bed.state.playing
    bed.happens(MusicFound(BUILT_IN, ALL_TRACKS))
    assert isinstance(faults(bed)[-1], FaultOver)


def test_music_of_the_ward_is_music_where_nothing_is_built_in() -> None:
    bed = Bed()
    bed.happens(assigned(1, CALM, SLEEP))
    bed.happens(MusicFound((), ALL_TRACKS, because(Code.NO_INDEX, what="there is no music here yet")))
    assert faults(bed) == []
    bed.happens(TracksHeld(frozenset()))
    assert [fault.part for fault in faults(bed)] == [Part.MUSIC]


def test_a_playlist_of_which_no_track_plays_is_a_fault_until_one_does() -> None:
    bed = Bed(answering=False)
    bed.press("play")
    for _ in CALM.tracks:
        bed.happens(PlayFailed(bed.play_id, "corrupt"))
    assert [fault.part for fault in faults(bed)] == [Part.MUSIC]
    bed.happens(TracksHeld(bed.state.held))
    assert len(faults(bed)) == 1, "the same tracks are no news"
    bed.answering = True
    bed.press("sleep")
    assert isinstance(faults(bed)[-1], FaultOver)


def test_a_lost_sound_card_is_not_explained_away_by_music_that_comes() -> None:
    bed = Bed(held=frozenset())
    bed.state = replace(bed.state, faults=((Part.SOUND, 0.0),))
    bed.press("play")
    bed.happens(MusicFound(BUILT_IN, ALL_TRACKS))
    assert bed.state.overlay
    assert bed.state.overlay.scene is Scene.NO_SOUND


def test_a_press_at_the_whole_box_looks_for_music(tmp_path: Path) -> None:
    with whole_box(tmp_path) as (box, panel):
        while not box.inbox.empty():
            box.loop.turn()
        assert Part.MUSIC in {part for part, _ in box.loop.state.faults}
        fill(tmp_path / "music")
        asked = _asked(box.loop)
        panel.press("play")
        while not box.loop.state.playlists:
            assert box.loop.turn()
        assert asked, "the press looked, not the next minute"
        assert Part.MUSIC not in {part for part, _ in box.loop.state.faults}


def _asked(loop: Loop) -> list[float]:
    """Filled each time that the loop has the folder looked at."""
    asked: list[float] = []
    look = loop._parts.look_for_music

    def look_for_music() -> None:
        asked.append(loop._clock())
        look()

    loop._parts = replace(loop._parts, look_for_music=look_for_music)
    return asked
