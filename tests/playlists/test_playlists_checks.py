"""Advice to a therapist: what is noticed, with its evidence, and that nothing is forbidden."""

from dataclasses import replace

from playlists.catalogue import catalogue_playlists
from playlists.checks import advice
from playlists.format import Arc, Playlist, Purpose, Tags, Track


def a_playlist(purpose: Purpose, arc: Arc, *tags: Tags, seconds: float | None = None) -> Playlist:
    tracks = tuple(
        Track(f"track-{number}", f"Track {number}", f"{number:064x}", seconds, tag)
        for number, tag in enumerate(tags, 1)
    )
    return Playlist("some", "Some", "Some", purpose, arc, tracks)


def says(playlist: Playlist, **ranges: float) -> list[tuple[str | None, str]]:
    return [(found.track, found.says) for found in advice(playlist, **ranges)]


def test_the_starter_playlists_draw_no_advice():
    assert [advice(playlist) for playlist in catalogue_playlists()] == [(), (), ()]


def test_a_fast_track_for_sleep_is_noticed_at_81_and_not_at_80():
    playlist = a_playlist(Purpose.SLEEP, Arc.DESCENDING, Tags(bpm=81), Tags(bpm=80))
    assert says(playlist) == [("track-1", "is tagged 81 bpm, over 80")]
    assert "60-80" in advice(playlist)[0].evidence


def test_an_instrumental_cover_is_noticed_for_sleep_only():
    covered = Tags(cover=True, lyrics=False)
    assert says(a_playlist(Purpose.SLEEP, Arc.DESCENDING, covered)) == [
        ("track-1", "is an instrumental version of a known song")
    ]
    assert "Scullin 2021" in advice(a_playlist(Purpose.SLEEP, Arc.DESCENDING, covered))[0].evidence
    assert says(a_playlist(Purpose.COMFORT, Arc.U, covered)) == []


def test_words_are_noticed_for_comfort_and_welcome_in_memories():
    assert says(a_playlist(Purpose.COMFORT, Arc.U, Tags(lyrics=True))) == [("track-1", "has words")]
    memories = advice(a_playlist(Purpose.MEMORIES, Arc.FLAT, Tags(lyrics=True)))
    assert [found.track for found in memories] == [None]
    assert "Garrido 2018" in memories[0].evidence


def test_the_arc_that_does_not_suit_the_purpose_is_noticed():
    assert says(a_playlist(Purpose.SLEEP, Arc.U, Tags())) == [(None, 'is for sleep with the arc "u", not "descending"')]
    assert says(a_playlist(Purpose.COMFORT, Arc.FLAT, Tags())) == [
        (None, 'is for comfort with the arc "flat", not "u"')
    ]
    assert says(a_playlist(Purpose.VIGIL, Arc.FLAT, Tags())) == []


def test_an_upswing_in_a_descending_set_is_noticed_and_a_hair_is_not():
    tags = (Tags(bpm=60), Tags(), Tags(bpm=61), Tags(bpm=70), Tags(bpm=50))
    assert says(a_playlist(Purpose.SLEEP, Arc.DESCENDING, *tags)) == [
        ("track-4", "is faster than the track before it in a descending playlist")
    ]


def test_a_u_without_a_bottom_is_noticed():
    rising = a_playlist(Purpose.COMFORT, Arc.U, Tags(bpm=60), Tags(bpm=66), Tags(bpm=70))
    assert says(rising) == [(None, 'has the arc "u" but no slower track in its middle')]


def test_a_wide_loudness_range_is_noticed_by_night():
    playlist = a_playlist(Purpose.SLEEP, Arc.DESCENDING, Tags(), Tags())
    found = advice(playlist, {f"{1:064x}": 8.0, f"{2:064x}": 9.5})
    assert [(remark.track, remark.says) for remark in found] == [("track-2", "has a loudness range of 9.5 LU, over 8")]
    assert advice(replace(playlist, purpose=Purpose.COMFORT, arc=Arc.U), {f"{2:064x}": 9.5}) == ()


def test_a_playlist_that_comes_round_again_within_a_session_is_noticed():
    short = a_playlist(Purpose.SLEEP, Arc.DESCENDING, Tags(), Tags(), seconds=180)
    assert says(short) == [(None, "lasts 6 min and will come round again within a session")]
    assert says(a_playlist(Purpose.SLEEP, Arc.DESCENDING, *[Tags()] * 10, seconds=180)) == []
