"""Chords from their tokens, and voicings that move by step; knows no time and no sound."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise

from playlists.starter.plans import Mode

TOKEN = re.compile(r"([1-7])(sus)?((?:\+[79])*)(?:/([1-7]))?")
BASS_LOW = 33  # A1
VOICES_REACH = 10  # semitones to each side of the middle of the chords
MIDDLE_C = 60
VOICE_COUNT = 4
MINOR_NINTH = 13  # semitones: the one interval that never sounds at rest


@dataclass(frozen=True, slots=True)
class Chord:
    """Pitch classes of the upper voices and of the bass."""

    tones: frozenset[int]
    bass: int


@cache
def chord(token: str, tonic: int, mode: Mode) -> Chord:
    """The chord that a token names in a key."""
    match = TOKEN.fullmatch(token)
    if match is None:
        raise ValueError(f"no chord: {token!r}")
    degree, sus, colours, bass = match.groups()
    root = int(degree) - 1
    members = [root, root + (3 if sus else 2), root + 4]
    members += [root + int(colour) - 1 for colour in colours.split("+")[1:]]
    classes = [(tonic + mode.steps[member % 7]) % 12 for member in members]
    bass_class = (tonic + mode.steps[int(bass or degree) - 1]) % 12
    return Chord(frozenset(classes), bass_class)


def bass_note(wanted: Chord) -> int:
    """The chord's bass between A1 and A flat 2, as a MIDI note."""
    return BASS_LOW + (wanted.bass - BASS_LOW) % 12


@cache
def voicing(wanted: Chord, before: tuple[int, ...], middle: int) -> tuple[int, ...]:
    """Four voices from below, as near to the voicing before as the chord allows.

    Below middle C neighbours stand a third apart at least, or they growl on small speakers.
    """
    pitches = [note for note in range(middle - VOICES_REACH, middle + VOICES_REACH + 1) if note % 12 in wanted.tones]
    open_ones = [voices for voices in combinations(pitches, VOICE_COUNT) if _is_open(voices)]
    return min(open_ones, key=lambda voices: (_cost(voices, wanted, before, middle), voices))


def _is_open(voices: tuple[int, ...]) -> bool:
    if any(above - below == MINOR_NINTH for below, above in combinations(voices, 2)):
        return False
    return all(
        2 <= above - below <= 9 and (below >= MIDDLE_C or above - below >= 3) for below, above in pairwise(voices)
    )


def _cost(voices: tuple[int, ...], wanted: Chord, before: tuple[int, ...], middle: int) -> float:
    missing = len(wanted.tones - {note % 12 for note in voices})
    centre = abs(sum(voices) / VOICE_COUNT - middle)
    moves = [abs(now - then) for now, then in zip(voices, before, strict=True)] if before else []
    return 20 * missing + 0.5 * centre + sum(moves) + 2 * max(moves, default=0)
