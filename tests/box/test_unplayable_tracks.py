"""Tracks that are there and cannot be heard, too quiet or no music at all: passed over and told, never played as if."""

import pytest

from device.music.music import TOO_QUIET
from device.rules.effects import Cue, Play, SetGain
from device.rules.events import MusicFound, PlayBegan, TrackMeasured
from device.rules.holding import measured_first
from device.rules.view import Scene
from messages import Cause, Code, Fault, FaultOver, Part, SessionEnded, TrackFailed
from playlists.track_level import MOST_BOOST_DB, REFERENCE_A_DBFS, gain_db, is_too_quiet
from tests.rules.bed import ALL_TRACKS, BUILT_IN, CALM, GARDEN, RAIN, SLEEP, Bed, assigned, level_of, track


def found(*silent: str, builtin: tuple = BUILT_IN) -> MusicFound:
    """The folder as it is where these tracks are too quiet."""
    hashes = {track(title).sha256 for title in silent}
    return MusicFound(builtin, ALL_TRACKS - hashes, None, tuple((sha256, TOO_QUIET) for sha256 in sorted(hashes)))


def music_faults(bed: Bed) -> list[str]:
    """What was told of the music: its codes, "over" where it was over."""
    told = [entry for entry in bed.entries if isinstance(entry, Fault | FaultOver) and entry.part is Part.MUSIC]
    return [str(entry.code) if isinstance(entry, Fault) else "over" for entry in told]


def failures(bed: Bed) -> list[tuple[str, str]]:
    """The tracks that could not be played, and why."""
    return [(entry.track, entry.reason) for entry in bed.entries if isinstance(entry, TrackFailed)]


@pytest.mark.parametrize(
    ("a_dbfs", "quiet"), [(-120.0, True), (-80.7, True), (-55.0, True), (-54.0, False), (-20, False)]
)
def test_a_track_that_stays_10_db_under_what_the_box_says_is_too_quiet_to_play(a_dbfs: float, quiet: bool) -> None:
    assert is_too_quiet(level_of(a_dbfs), mono=True, presence=False) is quiet
    heard_dbfs = a_dbfs + gain_db(level_of(a_dbfs, -60.0), mono=True, presence=False)
    assert (heard_dbfs < REFERENCE_A_DBFS - 10.0) is quiet
    assert heard_dbfs <= a_dbfs + MOST_BOOST_DB


def test_a_playlist_goes_round_its_silent_tracks() -> None:
    bed = Bed()
    bed.happens(found("tide", "meadow"))
    bed.press("play")
    bed.wait(400.0)
    assert set(bed.plays) | set(bed.cues) == {"harbour"}
    assert failures(bed) == []


def test_a_playlist_of_only_silent_tracks_is_no_music_with_its_screen_and_its_fault() -> None:
    bed = Bed()
    bed.happens(found("tide", "harbour", "meadow", "dusk", "lamp", "moss", "fern"))
    bed.press("play")
    assert (bed.plays, bed.view.scene) == ([], Scene.NO_MUSIC)
    assert music_faults(bed) == [Code.NO_PLAYABLE_TRACKS]
    bed.happens(found())
    assert music_faults(bed)[1:] == ["over"]
    assert bed.view.scene is Scene.READY


def test_some_tracks_that_cannot_be_played_are_told_once_until_good_ones_are_there() -> None:
    bed = Bed()
    bed.happens(found("tide"))
    bed.happens(found("tide", "moss"))
    bed.press("play")
    bed.press("next")
    assert music_faults(bed) == [Code.TRACKS_UNPLAYABLE], "that another one plays is no news"
    bed.happens(found())
    assert music_faults(bed) == [Code.TRACKS_UNPLAYABLE, "over"]


def test_a_silent_track_in_no_playlist_of_the_bed_is_nobodys_trouble() -> None:
    bed = Bed()
    bed.happens(found("drops"))
    assert music_faults(bed) == []
    bed.happens(assigned(1, RAIN))
    assert music_faults(bed) == [Code.TRACKS_UNPLAYABLE]
    bed.happens(assigned(2, GARDEN))
    assert music_faults(bed) == [Code.TRACKS_UNPLAYABLE, "over"]


def test_the_last_music_that_turns_out_to_be_silent_is_told_as_no_music() -> None:
    bed = Bed()
    bed.happens(found("tide", builtin=(CALM,)))
    bed.happens(found("tide", "harbour", "meadow", builtin=(CALM,)))
    bed.happens(found("tide", builtin=(CALM,)))
    assert music_faults(bed) == [
        Code.TRACKS_UNPLAYABLE,
        "over",
        Code.NO_PLAYABLE_TRACKS,
        "over",
        Code.TRACKS_UNPLAYABLE,
    ]


def test_what_plays_and_is_found_to_be_silent_makes_way_at_once_and_an_entry_says_why() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(found("tide", "harbour"))
    assert bed.plays == ["tide", "meadow"]
    assert failures(bed) == [(track("tide").sha256, TOO_QUIET.line)]
    assert bed.cues[-1] == "meadow", "what is silent is not cued either"


def test_what_follows_and_is_found_to_be_silent_is_not_cued_any_more() -> None:
    bed = Bed()
    bed.press("play")
    bed.happens(found("harbour"))
    assert (bed.plays, bed.cues) == (["tide"], ["harbour", "meadow"])


def test_a_session_whose_every_track_is_found_to_be_silent_ends_and_the_screen_says_so() -> None:
    bed = Bed()
    bed.press("sleep")
    bed.happens(found("dusk", "lamp"))
    assert bed.state.playing is None
    assert [entry.cause for entry in bed.entries if isinstance(entry, SessionEnded)] == [Cause.NO_MUSIC]
    assert bed.view.scene is Scene.NO_MUSIC
    assert music_faults(bed) == [Code.TRACKS_UNPLAYABLE]


def test_the_screen_goes_on_saying_no_music_while_more_tracks_are_found_to_be_silent() -> None:
    bed = Bed()
    bed.press("sleep")
    bed.happens(found("dusk", "lamp"))
    bed.happens(found("dusk", "lamp", "tide"))
    assert bed.view.scene is Scene.NO_MUSIC
    bed.happens(found("tide"))
    assert bed.view.scene is Scene.READY


def test_the_same_news_twice_changes_nothing_that_plays() -> None:
    bed = Bed()
    bed.happens(found("tide"))
    bed.press("play")
    before = bed.state
    assert bed.happens(found("tide")) == ()
    assert bed.state == before


def test_a_track_that_is_measured_while_it_plays_goes_over_to_its_own_level() -> None:
    bed = Bed()
    bed.press("play")
    assert bed.happens(TrackMeasured(track("tide").sha256)) == (SetGain(bed.play_id, track("tide").sha256),)
    assert bed.happens(TrackMeasured(track("dusk").sha256)) == ()


def test_a_track_that_is_measured_before_its_turn_is_cued_with_its_own_level() -> None:
    bed = Bed()
    bed.press("play")
    cue_id = bed.cue_id
    (cue,) = bed.happens(TrackMeasured(track("harbour").sha256))
    assert isinstance(cue, Cue)
    assert (cue.play_id, cue.sha256, bed.cue_id) == (cue_id, track("harbour").sha256, cue_id)
    bed.happens(PlayBegan(cue_id))
    assert bed.heard == ["tide", "harbour"]


def test_a_track_that_is_measured_in_silence_starts_nothing() -> None:
    bed = Bed()
    assert bed.happens(TrackMeasured(track("tide").sha256)) == ()


def test_what_plays_and_what_follows_it_is_measured_first_and_in_silence_what_play_would_play() -> None:
    bed = Bed()
    titles = {one.sha256: one.title for music in BUILT_IN for one in music.tracks}
    assert [titles[sha256] for sha256 in measured_first(bed.state)][:4] == ["tide", "harbour", "meadow", "dusk"]
    bed.press("sleep")
    bed.press("next")
    order = [titles[sha256] for sha256 in measured_first(bed.state)]
    assert order[:2] == ["lamp", "dusk"]
    assert set(order) == {one.title for music in (CALM, SLEEP, GARDEN) for one in music.tracks}
    assert len(order) == len(set(order))


def test_a_play_of_what_follows_begins_as_a_play_does() -> None:
    bed = Bed()
    bed.press("play")
    (play,) = [effect for effect in bed.happens(found("tide")) if isinstance(effect, Play)]
    assert (play.sha256, play.crossfade_s) == (track("harbour").sha256, 4.0)
