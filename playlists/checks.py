"""What the evidence says about a playlist, as advice to a therapist; never a veto, knows no file and no patient."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from playlists.format import Arc, Playlist, Purpose, Track

SLEEP_FASTEST_BPM = 80.0
COMFORT_FASTEST_BPM = 80.0
WIDEST_RANGE_LU = 8.0
SAME_TEMPO_BPM = 2.0  # a rise that nobody hears as one
SLEEP_MINUTES, COMFORT_MINUTES = 25.0, 10.0

# The sources are quoted as docs cite them: what was found, in whom, how surely.
TEMPO_SLEEP = (
    "60-80 beats a minute is the tempo that trials studied (Martin-Saavedra 2018, 85 trials); "
    "for sleep practice prefers its lower end or slower"
)
TEMPO_COMFORT = "60-80 beats a minute is the tempo that trials for pain studied (Martin-Saavedra 2018, 85 trials)"
COVERS = (
    "instrumental versions of known songs before bed gave more earworms and worse measured sleep than the "
    "songs themselves (Scullin 2021, 50 people in a sleep laboratory)"
)
LYRICS = (
    "music without words is the one feature with consistent results for pain (Martin-Saavedra 2018, 85 trials); "
    "what the patient prefers outweighs it"
)
ARC_SLEEP = "an order that only descends is practice for sleep, no upswing at its end; trials of order are mixed"
ARC_COMFORT = "U-shaped sequences of about 20 min end with the listener awake (MUSIC CARE); trials of order are mixed"
RANGE = (
    "sleepers woke at sounds of 40-70 dBA over a bed of 32 dBA, half of them at voices of 50 dBA (Solet 2010, "
    "Buxton 2012)"
)
SADNESS = "some people with depression or dementia were sadder after preferred music (Garrido 2018, 99 people)"
DOSE = (
    "about 24 minutes did most for anxiety (Mullen and Russo 2026, 144 people, linked to a vendor); trials for "
    "sleep used 25-60 minutes a night (Jespersen, Cochrane review 2022)"
)


@dataclass(frozen=True, slots=True)
class Advice:
    """One remark: the track it is about (None: the whole playlist), what was noticed, and the evidence for it."""

    track: str | None
    says: str
    evidence: str


def advice(playlist: Playlist, range_lu: Mapping[str, float] | None = None) -> tuple[Advice, ...]:
    """Remarks on a playlist for the therapist to weigh; an empty tuple means that nothing was noticed.

    `range_lu` may give each track's loudness range (EBU R128, LU) by sha256. Pure; any thread.
    """
    found = [*_about_arc(playlist), *_about_length(playlist)]
    for track in playlist.tracks:
        found += _about_track(playlist.purpose, track)
        found += _about_range(playlist.purpose, track, (range_lu or {}).get(track.sha256 or ""))
    return tuple(found)


def _about_track(purpose: Purpose, track: Track) -> Iterator[Advice]:
    match purpose:
        case Purpose.SLEEP:
            yield from _about_tempo(track, SLEEP_FASTEST_BPM, TEMPO_SLEEP)
            if track.tags.cover:
                yield Advice(track.slug, "is an instrumental version of a known song", COVERS)
        case Purpose.COMFORT:
            yield from _about_tempo(track, COMFORT_FASTEST_BPM, TEMPO_COMFORT)
            if track.tags.lyrics:
                yield Advice(track.slug, "has words", LYRICS)
        case Purpose.VIGIL:
            if track.tags.cover:
                yield Advice(track.slug, "is an instrumental version of a known song", COVERS)
        case Purpose.MEMORIES:
            return


def _about_tempo(track: Track, fastest_bpm: float, evidence: str) -> Iterator[Advice]:
    if track.tags.bpm is not None and track.tags.bpm > fastest_bpm:
        yield Advice(track.slug, f"is tagged {track.tags.bpm:g} bpm, over {fastest_bpm:g}", evidence)


def _about_range(purpose: Purpose, track: Track, range_lu: float | None) -> Iterator[Advice]:
    if purpose in {Purpose.SLEEP, Purpose.VIGIL} and range_lu is not None and range_lu > WIDEST_RANGE_LU:
        says = f"has a loudness range of {range_lu:.1f} LU, over {WIDEST_RANGE_LU:g}"
        yield Advice(track.slug, says, RANGE)


def _about_arc(playlist: Playlist) -> Iterator[Advice]:
    if playlist.purpose is Purpose.MEMORIES:
        yield Advice(None, "is for memories: listen together the first time", SADNESS)
        return
    if playlist.purpose is Purpose.SLEEP and playlist.arc is not Arc.DESCENDING:
        yield Advice(None, f'is for sleep with the arc "{playlist.arc}", not "descending"', ARC_SLEEP)
    if playlist.purpose is Purpose.COMFORT and playlist.arc is not Arc.U:
        yield Advice(None, f'is for comfort with the arc "{playlist.arc}", not "u"', ARC_COMFORT)
    yield from _about_order(playlist)


def _about_order(playlist: Playlist) -> Iterator[Advice]:
    """Compare the tagged tempos with the arc that the playlist claims."""
    tagged = [track for track in playlist.tracks if track.tags.bpm is not None]
    tempos = [track.tags.bpm or 0.0 for track in tagged]
    if playlist.arc is Arc.DESCENDING:
        for earlier, later in pairwise(tagged):
            if (later.tags.bpm or 0.0) > (earlier.tags.bpm or 0.0) + SAME_TEMPO_BPM:
                yield Advice(later.slug, "is faster than the track before it in a descending playlist", ARC_SLEEP)
    if playlist.arc is Arc.U and len(tempos) > 2 and min(tempos[1:-1]) > min(tempos[0], tempos[-1]):
        yield Advice(None, 'has the arc "u" but no slower track in its middle', ARC_COMFORT)


def _about_length(playlist: Playlist) -> Iterator[Advice]:
    """A playlist shorter than a session is played round again, which a listener may notice."""
    if any(track.seconds is None for track in playlist.tracks):
        return
    minutes = sum(track.seconds or 0.0 for track in playlist.tracks) / 60
    wanted = SLEEP_MINUTES if playlist.purpose is Purpose.SLEEP else COMFORT_MINUTES
    if minutes < wanted:
        yield Advice(None, f"lasts {minutes:.0f} min and will come round again within a session", DOSE)
