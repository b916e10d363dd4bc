"""What the evidence says about a set, as advice to a therapist; never a veto, knows no file and no patient."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from playlists.format import Arc, MusicSet, Piece, Purpose

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
    """One remark: the piece it is about (None: the whole set), what was noticed, and the evidence for it."""

    piece: str | None
    says: str
    evidence: str


def advice(music_set: MusicSet, range_lu: Mapping[str, float] | None = None) -> tuple[Advice, ...]:
    """Remarks on a set for the therapist to weigh; an empty tuple means that nothing was noticed.

    `range_lu` may give each piece's loudness range (EBU R128, LU) by sha256. Pure; any thread.
    """
    found = [*_about_arc(music_set), *_about_length(music_set)]
    for piece in music_set.pieces:
        found += _about_piece(music_set.purpose, piece)
        found += _about_range(music_set.purpose, piece, (range_lu or {}).get(piece.sha256 or ""))
    return tuple(found)


def _about_piece(purpose: Purpose, piece: Piece) -> Iterator[Advice]:
    match purpose:
        case Purpose.SLEEP:
            yield from _about_tempo(piece, SLEEP_FASTEST_BPM, TEMPO_SLEEP)
            if piece.tags.cover:
                yield Advice(piece.slug, "is an instrumental version of a known song", COVERS)
        case Purpose.COMFORT:
            yield from _about_tempo(piece, COMFORT_FASTEST_BPM, TEMPO_COMFORT)
            if piece.tags.lyrics:
                yield Advice(piece.slug, "has words", LYRICS)
        case Purpose.VIGIL:
            if piece.tags.cover:
                yield Advice(piece.slug, "is an instrumental version of a known song", COVERS)
        case Purpose.MEMORIES:
            return


def _about_tempo(piece: Piece, fastest_bpm: float, evidence: str) -> Iterator[Advice]:
    if piece.tags.bpm is not None and piece.tags.bpm > fastest_bpm:
        yield Advice(piece.slug, f"is tagged {piece.tags.bpm:g} bpm, over {fastest_bpm:g}", evidence)


def _about_range(purpose: Purpose, piece: Piece, range_lu: float | None) -> Iterator[Advice]:
    if purpose in {Purpose.SLEEP, Purpose.VIGIL} and range_lu is not None and range_lu > WIDEST_RANGE_LU:
        says = f"has a loudness range of {range_lu:.1f} LU, over {WIDEST_RANGE_LU:g}"
        yield Advice(piece.slug, says, RANGE)


def _about_arc(music_set: MusicSet) -> Iterator[Advice]:
    if music_set.purpose is Purpose.MEMORIES:
        yield Advice(None, "is for memories: listen together the first time", SADNESS)
        return
    if music_set.purpose is Purpose.SLEEP and music_set.arc is not Arc.DESCENDING:
        yield Advice(None, f'is for sleep with the arc "{music_set.arc}", not "descending"', ARC_SLEEP)
    if music_set.purpose is Purpose.COMFORT and music_set.arc is not Arc.U:
        yield Advice(None, f'is for comfort with the arc "{music_set.arc}", not "u"', ARC_COMFORT)
    yield from _about_order(music_set)


def _about_order(music_set: MusicSet) -> Iterator[Advice]:
    """Compare the tagged tempos with the arc that the set claims."""
    tagged = [piece for piece in music_set.pieces if piece.tags.bpm is not None]
    tempos = [piece.tags.bpm or 0.0 for piece in tagged]
    if music_set.arc is Arc.DESCENDING:
        for earlier, later in pairwise(tagged):
            if (later.tags.bpm or 0.0) > (earlier.tags.bpm or 0.0) + SAME_TEMPO_BPM:
                yield Advice(later.slug, "is faster than the piece before it in a descending set", ARC_SLEEP)
    if music_set.arc is Arc.U and len(tempos) > 2 and min(tempos[1:-1]) > min(tempos[0], tempos[-1]):
        yield Advice(None, 'has the arc "u" but no slower piece in its middle', ARC_COMFORT)


def _about_length(music_set: MusicSet) -> Iterator[Advice]:
    """A set shorter than a session is played round again, which a listener may notice."""
    if any(piece.seconds is None for piece in music_set.pieces):
        return
    minutes = sum(piece.seconds or 0.0 for piece in music_set.pieces) / 60
    wanted = SLEEP_MINUTES if music_set.purpose is Purpose.SLEEP else COMFORT_MINUTES
    if minutes < wanted:
        yield Advice(None, f"lasts {minutes:.0f} min and will come round again within a session", DOSE)
