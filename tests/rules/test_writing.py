"""What a box writes of its tracks is bounded by time, and one entry says how many were left out."""

from device.rules.writing import BURST, ONE_EACH_S
from messages import Code, Data, Fault, Part, SessionEnded, SessionStarted, TrackSkipped, TrackStarted, because
from tests.rules.bed import Bed, assigned, told


def of(bed: Bed, kind: type[Data]) -> list[Data]:
    return [data for data in bed.entries if isinstance(data, kind)]


def short_tracks(bed: Bed, count: int, each_s: float) -> None:
    """So many tracks of the playlist begin and end, one after the other."""
    for _ in range(count):
        bed.now += each_s
        bed.cued_track_begins()


def test_a_playlist_of_tracks_under_100_ms_writes_no_more_than_a_hundred_entries_and_says_it_once() -> None:
    bed = Bed()
    bed.press("play")
    short_tracks(bed, 559, each_s=0.027)
    assert len(of(bed, TrackStarted)) == BURST
    assert of(bed, Fault) == []
    bed.press("play")
    assert bed.state.playing is None
    (fault,) = of(bed, Fault)
    assert fault == told(Fault, because(Code.ENTRIES_LEFT_OUT, number=460, seconds=12), part=Part.LOG)
    assert len(of(bed, SessionStarted)) == len(of(bed, SessionEnded)) == 1, "a session is never left out"
    bed.wait(60)
    assert len(of(bed, Fault)) == 1


def test_time_pays_for_entries() -> None:
    bed = Bed()
    bed.press("play")
    short_tracks(bed, 200, each_s=0.01)
    bed.now += 10 * ONE_EACH_S
    short_tracks(bed, 20, each_s=0.01)
    assert len(of(bed, TrackStarted)) == BURST + 10


def test_music_of_tracks_of_a_minute_is_written_whole_and_so_are_fifty_presses_of_next() -> None:
    bed = Bed()
    bed.press("play")
    for _ in range(49):
        bed.press("next")
        bed.wait(1)
    assert len(of(bed, TrackSkipped)) == 49
    assert len(of(bed, TrackStarted)) == 50
    assert of(bed, Fault) == []


def test_in_a_session_without_an_end_it_is_told_each_hour() -> None:
    bed = Bed()
    bed.happens(assigned(1, *bed.state.builtin[:1], vigil=True))
    bed.press("play")
    short_tracks(bed, 3 * 3600 // 5, each_s=5.0)
    assert bed.state.playing is not None
    assert len(of(bed, Fault)) in {2, 3}
