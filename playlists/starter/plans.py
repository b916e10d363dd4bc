"""What each starter track is: key, tempo, chords, motif and palette; knows neither notes in time nor sound."""

from dataclasses import dataclass
from enum import StrEnum


class Voice(StrEnum):
    """The instruments."""

    PIANO = "felt piano"
    HARP = "harp"
    FLUTE = "flute"
    PAD = "pad"


class Weather(StrEnum):
    """What lies under the music of some tracks."""

    WAVES = "waves"
    RAIN = "rain"


@dataclass(frozen=True, slots=True)
class Mode:
    """Seven steps in semitones for the harmony; `sung` are those that a melody may use."""

    steps: tuple[int, ...]
    sung: tuple[int, ...]


IONIAN = Mode((0, 2, 4, 5, 7, 9, 11), (0, 2, 4, 5, 7, 9, 11))
LYDIAN = Mode((0, 2, 4, 6, 7, 9, 11), (0, 2, 4, 6, 7, 9, 11))
MIXOLYDIAN = Mode((0, 2, 4, 5, 7, 9, 10), (0, 2, 4, 5, 7, 9, 10))
DORIAN = Mode((0, 2, 3, 5, 7, 9, 10), (0, 2, 3, 5, 7, 9, 10))
PENTATONIC = Mode((0, 2, 4, 5, 7, 9, 11), (0, 2, 4, 7, 9))


@dataclass(frozen=True, slots=True)
class Motif:
    """A few notes: steps on the sung scale from the first note, and how many beats each lasts."""

    steps: tuple[int, ...]
    beats: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """One track. Chords are one token a bar: degree, `sus`, `+7` or `+9`, and `/` with the bass's degree.

    A bar of `figure` has two signs a beat: b bass, 0-3 the chord's voices from below, a dot rests.
    """

    slug: str
    seed: int
    tonic: int  # pitch class, C is 0
    mode: Mode
    bpm: float
    beats: int  # in a bar
    verse: str  # eight chords
    bridge: str  # eight chords
    form: str  # A verse, V verse varied, B bridge, R verse that comes home
    motif: Motif
    figure: tuple[str, ...]
    chord_voice: Voice
    melody_voice: Voice
    centre: int  # MIDI note that the melody circles
    middle: int  # and the chords
    chord_db: float
    melody_db: float
    pad_db: float
    weather: Weather | None = None
    weather_db: float = -15.0  # under the music
    answers: float = 0.7  # how often the melody answers its motif


@dataclass(frozen=True, slots=True)
class Hall:
    """The room of one playlist: decay to -60 dB in seconds, wet share, cut-off of the whole in Hz."""

    seed: int
    decay_s: float
    wet: float
    lowpass_hz: float


HALLS = {
    "calm": Hall(seed=11, decay_s=2.3, wet=0.22, lowpass_hz=4200.0),
    "sleep": Hall(seed=12, decay_s=2.8, wet=0.25, lowpass_hz=2200.0),
    "garden": Hall(seed=13, decay_s=1.9, wet=0.18, lowpass_hz=4800.0),
}

PLANS: dict[str, tuple[Plan, ...]] = {
    "calm": (
        Plan(
            slug="along-the-shore", seed=1, tonic=2, mode=IONIAN, bpm=66, beats=4,
            verse="1 1 4+9 4+9 6+7 6+7 4/1 1", bridge="4+7 4+7 3+7 6+7 2+7 2+7 4/5 1", form="AVBRV",
            motif=Motif((0, 1, 2, 1), (1, 0.5, 0.5, 2)), figure=("b.01213.", "2.0121.."),
            chord_voice=Voice.PIANO, melody_voice=Voice.PIANO, centre=71, middle=61, weather=Weather.WAVES,
            chord_db=-6.0, melody_db=-2.5, pad_db=-0.5,
        ),
        Plan(
            slug="clear-shallows", seed=2, tonic=0, mode=LYDIAN, bpm=63, beats=4,
            verse="1 1 2/1 2/1 1+7 1+7 2/1 1", bridge="6+7 6+7 3+7 3+7 5+7 5+7 2/1 1", form="AVBRV",
            motif=Motif((0, 2, 1), (1.5, 0.5, 2)), figure=("b.0.2.1.", "3.2.1.2."),
            chord_voice=Voice.PIANO, melody_voice=Voice.PIANO, centre=72, middle=62,
            chord_db=-6.0, melody_db=-3.0, pad_db=0.0,
        ),
        Plan(
            slug="lying-in-the-dunes", seed=3, tonic=7, mode=MIXOLYDIAN, bpm=60, beats=3,
            verse="1 1 7 7 4/1 4/1 1 1", bridge="4+9 4+9 5+7 5+7 7 7 4/1 1", form="AVBRBR",
            motif=Motif((0, -1, 1), (1, 1, 1)), figure=("b.0.1.", "2.1.0."),
            chord_voice=Voice.PIANO, melody_voice=Voice.PIANO, centre=67, middle=58, weather=Weather.WAVES, answers=0.5,
            chord_db=-6.0, melody_db=-3.0, pad_db=0.5,
        ),
        Plan(
            slug="small-boats-home", seed=4, tonic=5, mode=IONIAN, bpm=64, beats=4,
            verse="1 3+7 4+7 4+7 2+7 5sus 4/1 1", bridge="6+7 6+7 4+7 1/3 2+7 2+7 4/5 1", form="AVBRV",
            motif=Motif((0, 1, -1, 0), (1, 1, 0.5, 1.5)), figure=("b.02131.", "2.10.2.."),
            chord_voice=Voice.PIANO, melody_voice=Voice.PIANO, centre=72, middle=61,
            chord_db=-6.0, melody_db=-3.0, pad_db=-0.5,
        ),
    ),
    "sleep": (
        Plan(
            slug="lamps-on-the-quay", seed=5, tonic=2, mode=DORIAN, bpm=60, beats=4,
            verse="1+7 1+7 4/1 4/1 3+7 3+7 4/1 1", bridge="7 7 3+7 3+7 5+7 5+7 4/1 1", form="AVBR",
            motif=Motif((0, 1, 2), (1, 1, 2)), figure=("b...1...", "2...0..."),
            chord_voice=Voice.PIANO, melody_voice=Voice.PIANO, centre=68, middle=58, answers=0.5,
            chord_db=-6.0, melody_db=-3.0, pad_db=1.0,
        ),
        Plan(
            slug="ropes-at-rest", seed=6, tonic=10, mode=PENTATONIC, bpm=56, beats=4,
            verse="1 1 1+9 1+9 4/1 4/1 1 1", bridge="6+7 6+7 4+9 4+9 2+7 2+7 4/1 1", form="AVBR",
            motif=Motif((0, -1, 1), (2, 1, 1)), figure=("b.....1.", "..2....."),
            chord_voice=Voice.PIANO, melody_voice=Voice.PIANO, centre=67, middle=57, weather=Weather.WAVES, answers=0.4,
            chord_db=-6.0, melody_db=-4.0, pad_db=1.5,
        ),
        Plan(
            slug="rain-on-the-water", seed=7, tonic=7, mode=DORIAN, bpm=52, beats=3,
            verse="1+7 1+7 1+7 1+7 4/1 4/1 1 1", bridge="3+7 3+7 7 7 4 4 4/1 1", form="AVBRR",
            motif=Motif((0, 1), (2, 1)), figure=("b...1.", "..2..."),
            chord_voice=Voice.PIANO, melody_voice=Voice.PIANO, centre=66, middle=56, weather=Weather.RAIN, answers=0.3,
            chord_db=-7.0, melody_db=-5.0, pad_db=2.0,
        ),
        Plan(
            slug="harbour-asleep", seed=8, tonic=3, mode=PENTATONIC, bpm=48, beats=4,
            verse="1 1 1 1 4/1 4/1 1 1", bridge="6+7 6+7 6+7 6+7 4/1 4/1 1 1", form="AVBR",
            motif=Motif((0, 1), (2, 2)), figure=("b.......", "....1..."),
            chord_voice=Voice.PIANO, melody_voice=Voice.PIANO, centre=65, middle=55, weather=Weather.WAVES, answers=0.0,
            chord_db=-8.0, melody_db=-6.0, pad_db=3.0,
        ),
    ),
    "garden": (
        Plan(
            slug="morning-gate", seed=9, tonic=4, mode=LYDIAN, bpm=70, beats=4,
            verse="1 1 2/1 2/1 6+7 6+7 2/1 1", bridge="3+7 3+7 6+7 6+7 5+7 5+7 2/1 1", form="AVBRV",
            motif=Motif((0, 1, 2, 4), (1, 0.5, 0.5, 2)), figure=("b.012321", "0.12321."),
            chord_voice=Voice.HARP, melody_voice=Voice.FLUTE, centre=71, middle=60, answers=0.5,
            chord_db=-2.0, melody_db=-6.0, pad_db=-4.0,
        ),
        Plan(
            slug="under-the-lime-tree", seed=10, tonic=9, mode=IONIAN, bpm=66, beats=3,
            verse="1 1 6+7 6+7 4+9 4+9 4/1 1", bridge="2+7 2+7 3+7 6+7 4+7 4+7 4/5 1", form="AVBRBR",
            motif=Motif((0, -2, -1), (1, 1, 1)), figure=("b.0.2.", "3.2.1."),
            chord_voice=Voice.HARP, melody_voice=Voice.HARP, centre=73, middle=61,
            chord_db=-4.0, melody_db=-1.0, pad_db=-3.0,
        ),
        Plan(
            slug="moss-and-stone", seed=11, tonic=1, mode=IONIAN, bpm=62, beats=4,
            verse="1+9 1+9 4+7 4+7 2+7 2+7 4/1 1", bridge="6+7 6+7 2+7 2+7 3+7 3+7 4/1 1", form="AVBRV",
            motif=Motif((0, 2, 1, -1), (1, 1, 1, 1)), figure=("b.0.1.2.", "..3.1..."),
            chord_voice=Voice.HARP, melody_voice=Voice.FLUTE, centre=68, middle=59, weather=Weather.RAIN, answers=0.4,
            chord_db=-3.0, melody_db=-4.5, pad_db=-3.0,
        ),
        Plan(
            slug="warm-brick-wall", seed=12, tonic=8, mode=MIXOLYDIAN, bpm=68, beats=3,
            verse="1 1 4/1 4/1 7 7 4/1 1", bridge="2+7 2+7 4+9 4+9 7 7 4/1 1", form="AVBRBR",
            motif=Motif((0, 1, 2), (1, 1, 1)), figure=("b.0123", "2.1.0."),
            chord_voice=Voice.HARP, melody_voice=Voice.FLUTE, centre=70, middle=61, answers=0.6,
            chord_db=-3.0, melody_db=-5.5, pad_db=-4.0,
        ),
    ),
}  # fmt: skip
