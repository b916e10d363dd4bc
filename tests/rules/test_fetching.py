"""The rules of fetching: what comes first, how long failures wait, and what may go."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from device.rules.events import Assigned, BedPlaylist, BedRules, BedTrack, FetchTrouble
from device.rules.fetching import Attempts, Pace, chance, kept, to_evict, used_last, wanted
from messages import Code, Part, because
from tests.rules.bed import Bed

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
PACE = Pace(first_s=10.0, most_s=80.0)
NAMES = st.lists(st.sampled_from("abcdef"), unique=True)


def playlist(slug: str, purpose: str, *tracks: str) -> BedPlaylist:
    return BedPlaylist(slug, slug, slug, purpose, tuple(BedTrack(track, track, 60.0) for track in tracks))


def assigned(bed: Bed, *playlists: BedPlaylist, never: frozenset[str] = frozenset()) -> None:
    bed.state = replace(bed.state, assigned=Assigned(1, "d", "s", playlists, BedRules(never_play=never)))


def test_by_night_the_tracks_for_sleep_come_first_and_by_day_what_was_chosen() -> None:
    bed = Bed()
    assigned(bed, playlist("calm", "comfort", A), playlist("night", "sleep", B), playlist("new", "comfort", C))
    bed.state = replace(bed.state, chosen="new")
    assert wanted(bed.state) == (C, B, A)
    bed.state = replace(bed.state, night=True)
    assert wanted(bed.state) == (B, C, A)


def test_a_track_of_two_playlists_is_wanted_once_and_one_never_to_be_played_not_at_all() -> None:
    bed = Bed()
    assigned(bed, playlist("calm", "comfort", A, B), playlist("more", "comfort", B, C), never=frozenset({C}))
    assert wanted(bed.state) == (A, B)


def test_without_an_assignment_nothing_is_wanted_and_what_is_built_in_stays() -> None:
    bed = Bed()
    assert wanted(bed.state) == ()
    assert {track.sha256 for music in bed.state.builtin for track in music.tracks} == kept(bed.state)


def test_what_plays_stays_though_it_is_no_longer_assigned() -> None:
    bed = Bed()
    bed.press("play")
    playing = bed.state.playing
    assert playing is not None
    bed.state = replace(bed.state, builtin=())
    assert {track.sha256 for track in playing.music.tracks} <= kept(bed.state)


def test_a_failing_track_waits_longer_each_time_and_the_others_go_on() -> None:
    attempts, now, waits = Attempts("box", PACE), 0.0, []
    for _ in range(8):
        attempts = attempts.track_failed(A, now)
        assert attempts.next((A, B), now) == B
        due_at = attempts.due_at((A,))
        assert due_at is not None
        waits.append(due_at - now)
        now = due_at
        assert attempts.next((A, B), now) == A
    for place, wait_s in enumerate(waits):
        whole_s = min(80.0, 10.0 * 2**place)
        assert whole_s / 2 <= wait_s <= whole_s
    assert attempts.came_on(A).next((A,), 0.0) == A


def test_a_server_that_is_away_stops_all_tracks_for_a_while() -> None:
    attempts = Attempts("box", PACE).source_failed(0.0)
    assert attempts.next((A, B), 0.0) is None
    assert attempts.next((A, B), 10.0) == A
    assert attempts.due_at(()) is None


def test_the_boxes_of_a_ward_do_not_ask_at_one_moment() -> None:
    moments = sorted(chance(f"box {number}", "start") for number in range(24))
    assert moments[-1] - moments[0] > 0.5
    assert len(set(moments)) == 24
    assert chance("box 1", "start") == chance("box 1", "start")


@given(NAMES, st.sets(st.sampled_from("abcdef")), st.integers(-5, 70))
def test_what_is_kept_never_goes_and_nothing_goes_for_nothing(order: list[str], keep: set[str], excess: int) -> None:
    gone, enough = to_evict([(name, 10) for name in order], keep, excess)
    free = [name for name in order if name not in keep]
    assert enough == (len(free) * 10 >= excess)
    assert list(gone) == (free[: -(-max(0, excess) // 10)] if enough else [])


@given(NAMES, st.sets(st.sampled_from("abcdef")))
def test_what_is_assigned_now_goes_last_and_no_track_is_lost(order: list[str], assigned: set[str]) -> None:
    new = used_last(order, assigned)
    assert sorted(new) == sorted(order)
    assert [name in assigned for name in new] == sorted(name in assigned for name in new)


def test_that_assigned_tracks_cannot_come_is_a_fault_of_the_music_until_they_can() -> None:
    bed = Bed()
    bed.happens(FetchTrouble(because(Code.CARD_FULL)))
    assert Part.MUSIC in dict(bed.state.faults)
    bed.press("play")
    assert bed.state.playing is not None, "other music plays"
    bed.happens(FetchTrouble(None))
    assert Part.MUSIC not in dict(bed.state.faults)
