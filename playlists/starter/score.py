"""The notes of a track from its plan and seed; pure, knows beats and seconds but no sound."""

import math
import random
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from playlists.starter.harmony import Chord, bass_note, chord, voicing
from playlists.starter.plans import Motif, Plan, Voice

INTRO_BARS, SECTION_BARS, CODA_BARS = 2, 8, 4
RUBATO = 0.02  # share by which the tempo leans to and fro within four bars
ONSET_JITTER_S = 0.015
VELOCITY_JITTER = 0.06
LONGEST_LEAP = 7  # semitones: a fifth; wider ones, minor sixths above all, ask for attention
PEDAL_OVERLAP_S = 0.35
FINAL_RING_S = 11.0
BASS_VELOCITY, CHORD_VELOCITY, MELODY_VELOCITY, PAD_VELOCITY = 0.62, 0.5, 0.62, 0.5
SECTION_VELOCITY = {"intro": 0.9, "A": 0.95, "V": 1.0, "B": 1.04, "R": 0.96, "coda": 0.88}
PAD_VOICES = slice(0, 3)
ECHO_VELOCITY = 0.25  # of the pad under the last chord, so that the track leaves in two steps and not in one


class Part(StrEnum):
    """What a note is for; each part has its own level."""

    BASS = "bass"
    CHORD = "chord"
    MELODY = "melody"
    PAD = "pad"


@dataclass(frozen=True, slots=True)
class Note:
    """One note: when it begins and how long it is held (s), what it is (MIDI), how firmly (0-1), who plays."""

    at: float
    seconds: float
    midi: int
    velocity: float
    voice: Voice
    part: Part


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its section's letter, its place in that section, its chord and its four voices."""

    section: str
    place: int
    chord: Chord
    voices: tuple[int, ...]


@dataclass(slots=True)
class _Page:
    """What is being written: the notes so far and the dice."""

    plan: Plan
    dice: random.Random
    notes: list[Note] = field(default_factory=list)

    def time(self, beat: float) -> float:
        """Seconds at a beat; the tempo leans forward and back every four bars and keeps its mean."""
        period = 4 * self.plan.beats
        lean = RUBATO * period / (2 * math.pi) * math.sin(2 * math.pi * beat / period)
        return (beat + lean) * 60 / self.plan.bpm

    def add(self, beat: float, end_beat: float, midi: int, velocity: float, part: Part) -> None:
        """Write a note as a hand would play it: a little early or late, a little softer or firmer."""
        at = max(0.0, self.time(beat) + self.dice.uniform(-ONSET_JITTER_S, ONSET_JITTER_S))
        touched = velocity * (1 + self.dice.uniform(-VELOCITY_JITTER, VELOCITY_JITTER))
        held = max(0.2, self.time(end_beat) - at + PEDAL_OVERLAP_S)
        self.notes.append(Note(at, held, midi, min(1.0, touched), self._voice(part), part))

    def _voice(self, part: Part) -> Voice:
        match part:
            case Part.PAD:
                return Voice.PAD
            case Part.MELODY:
                return self.plan.melody_voice
            case _:
                return self.plan.chord_voice


def compose(plan: Plan) -> tuple[Note, ...]:
    """All notes of a track in order of time; the same plan always gives the same notes."""
    page = _Page(plan, random.Random(f"{plan.slug} {plan.seed}"))
    bars = lay_out(plan)
    _write_figures(page, bars)
    _write_pad(page, bars[:-1])
    _write_melody(page, bars)
    _write_ending(page, bars)
    return tuple(sorted(page.notes, key=lambda note: (note.at, note.part, note.midi)))


def shorten(notes: tuple[Note, ...], seconds: float) -> tuple[Note, ...]:
    """The notes that begin within the first seconds, none held for long after; the rest dies away by itself."""
    kept = [note for note in notes if note.at < seconds]
    return tuple(
        Note(n.at, min(n.seconds, max(1.0, seconds - n.at + 1.0)), n.midi, n.velocity, n.voice, n.part) for n in kept
    )


def lay_out(plan: Plan) -> tuple[Bar, ...]:
    """The bars of the whole form with chords and voicings, each voicing led from the one before."""
    verse, bridge = plan.verse.split(), plan.bridge.split()
    tokens = [("intro", place, verse[0]) for place in range(INTRO_BARS)]
    for letter in plan.form:
        tokens += [(letter, place, token) for place, token in enumerate(bridge if letter == "B" else verse)]
    tokens += [("coda", place, token) for place, token in enumerate(("4/1", "4/1", "1", "1"))]
    bars: list[Bar] = []
    voices: tuple[int, ...] = ()
    for section, place, token in tokens:
        wanted = chord(token, plan.tonic, plan.mode)
        voices = voicing(wanted, voices, plan.middle)
        bars.append(Bar(section, place, wanted, voices))
    return tuple(bars)


def _velocity(bar: Bar) -> float:
    """Sections differ a little, and each swells to its middle and sinks again."""
    arch = 0.05 * math.sin(math.pi * (bar.place + 0.5) / SECTION_BARS)
    return SECTION_VELOCITY[bar.section] * (1 + arch)


def _chord_ends(bars: tuple[Bar, ...]) -> list[int]:
    """For each bar the bar in which its chord has gone: until then the pedal stays down."""
    ends: list[int] = []
    for _, group in groupby(bars, key=lambda bar: (bar.chord, bar.voices)):
        length = len(list(group))
        ends += [len(ends) + length] * length
    return ends


def _write_figures(page: _Page, bars: tuple[Bar, ...]) -> None:
    plan, ends = page.plan, _chord_ends(bars)
    for voice in (0, 2):  # the first sound is a chord, not a lone bass note
        page.add(0.0, ends[0] * plan.beats, bars[0].voices[voice], CHORD_VELOCITY * _velocity(bars[0]), Part.CHORD)
    for number, bar in enumerate(bars[:-2]):  # the last two bars are the ending's
        figure = plan.figure[number % len(plan.figure)]
        for half_beat, sign in enumerate(figure):
            if sign == ".":
                continue
            beat, until = number * plan.beats + half_beat / 2, ends[number] * plan.beats
            accent = _velocity(bar) * (1.0 if half_beat == 0 else 0.9)
            if sign == "b":
                page.add(beat, until, bass_note(bar.chord), BASS_VELOCITY * accent, Part.BASS)
            else:
                midi = bar.voices[int(sign)]
                page.add(beat, until, midi, CHORD_VELOCITY * accent, Part.CHORD)


def _write_pad(page: _Page, bars: tuple[Bar, ...]) -> None:
    """Hold the chords; a note that two chords share is one long note."""
    beats = page.plan.beats
    for midi in sorted({midi for bar in bars for midi in bar.voices[PAD_VOICES]}):
        start = 0
        for holds, group in groupby(bars, key=lambda bar: midi in bar.voices[PAD_VOICES]):
            length = len(list(group))
            if holds:
                page.add(start * beats, (start + length) * beats, midi, PAD_VELOCITY, Part.PAD)
            start += length


def _write_melody(page: _Page, bars: tuple[Bar, ...]) -> None:
    """In each four bars: the motif, perhaps an answer, the motif varied, a long note to rest on."""
    singer = _Singer(page, bars, _ladder(page.plan), page.plan.centre)
    for number, bar in enumerate(bars):
        if bar.section in {"intro", "coda"}:
            continue
        match bar.place % 4:
            case 0:
                singer.sing(number, _varied(page.plan.motif, bar))
            case 1 if page.dice.random() < page.plan.answers:
                singer.sing(number, _answer(page), delay=1.0)
            case 2:
                singer.sing(number, _shifted(_varied(page.plan.motif, bar), page.dice))
            case 3:
                singer.rest_on(number)


def _write_ending(page: _Page, bars: tuple[Bar, ...]) -> None:
    """The last chord, spread slowly from below and left to ring over an echo of the pad."""
    plan = page.plan
    beat, last = (len(bars) - 2) * plan.beats, bars[-1]
    until = beat + FINAL_RING_S * plan.bpm / 60
    velocity = SECTION_VELOCITY["coda"]
    page.add(beat, until, bass_note(last.chord), BASS_VELOCITY * velocity, Part.BASS)
    for place, midi in enumerate(last.voices, 1):
        page.add(beat + 0.5 * place, until, midi, CHORD_VELOCITY * velocity, Part.CHORD)
    for midi in last.voices[PAD_VOICES]:
        page.add(beat + plan.beats, until, midi, ECHO_VELOCITY, Part.PAD)


def _ladder(plan: Plan) -> tuple[int, ...]:
    classes = {(plan.tonic + step) % 12 for step in plan.mode.sung}
    return tuple(midi for midi in range(plan.centre - 11, plan.centre + 12) if midi % 12 in classes)


@dataclass(slots=True)
class _Singer:
    """The melody: where it is, and the scale it may walk on."""

    page: _Page
    bars: tuple[Bar, ...]
    ladder: tuple[int, ...]
    last: int

    def sing(self, number: int, motif: Motif, delay: float = 0.0) -> None:
        """Sing a motif from the chord tone that is nearest to the last note and to the middle of the range."""
        bar, beats = self.bars[number], self.page.plan.beats
        anchor = self._anchor(bar)
        beat = number * beats + delay
        place = self.ladder.index(anchor)
        for step, length in zip(motif.steps, motif.beats, strict=True):
            midi = self.ladder[min(max(place + step, 0), len(self.ladder) - 1)]
            bar_now = self.bars[min(int(beat // beats), len(self.bars) - 1)]
            self._add(beat, length, self._settled(midi, bar_now, length), bar)
            beat += length

    def rest_on(self, number: int) -> None:
        """End four bars on a long chord tone close by."""
        bar = self.bars[number]
        self._add(number * self.page.plan.beats, self.page.plan.beats, self._settled(self.last, bar, 4.0), bar)

    def _anchor(self, bar: Bar) -> int:
        lift = 3 if bar.section == "B" else 0
        wish = self.page.plan.centre + lift
        within = [midi for midi in self._tones(bar) if abs(midi - self.last) <= LONGEST_LEAP]
        return min(within or self._tones(bar), key=lambda midi: (abs(midi - wish) + 0.6 * abs(midi - self.last), midi))

    def _settled(self, midi: int, bar: Bar, length: float) -> int:
        """Long notes belong to the chord and no leap is wide; short ones may pass."""
        passes = length < 1.0 or (length < 1.5 and not _rubs(midi, bar))
        if passes and abs(midi - self.last) <= LONGEST_LEAP:
            return midi
        near = [tone for tone in self._tones(bar) if abs(tone - self.last) <= LONGEST_LEAP]
        return min(near or self._tones(bar), key=lambda tone: (self._cost(tone, midi), tone))

    def _cost(self, tone: int, wish: int) -> float:
        """Near to what the motif wants, near the middle of the range, and rather not the same note again."""
        return abs(tone - wish) + 0.3 * abs(tone - self.page.plan.centre) + (2.2 if tone == self.last else 0.0)

    def _tones(self, bar: Bar) -> list[int]:
        inside = [midi for midi in self.ladder if midi % 12 in bar.chord.tones]
        return [midi for midi in inside if not _rubs(midi, bar)] or inside

    def _add(self, beat: float, length: float, midi: int, bar: Bar) -> None:
        height = 1 - 0.012 * max(0, midi - 69)  # the higher, the softer
        self.page.add(beat, beat + length, midi, MELODY_VELOCITY * _velocity(bar) * height, Part.MELODY)
        self.last = midi


def _rubs(midi: int, bar: Bar) -> bool:
    """Whether a note lies a semitone or a minor ninth from a voice that is held."""
    return any(abs(midi - voice) in {1, 13} for voice in bar.voices)


def _varied(motif: Motif, bar: Bar) -> Motif:
    """The motif as its section has it: V turns at the end, B is its mirror, R keeps the bare bones."""
    match bar.section:
        case "V":
            return Motif((*motif.steps[:-1], motif.steps[-1] + 1), motif.beats)
        case "B":
            return Motif(tuple(-step for step in motif.steps), motif.beats)
        case "R" if bar.place >= 4 and len(motif.steps) > 2:
            return Motif((motif.steps[0], motif.steps[-1]), (motif.beats[0], sum(motif.beats[1:])))
        case _:
            return motif


def _shifted(motif: Motif, dice: random.Random) -> Motif:
    """The same with its last step one lower or as it was."""
    return Motif((*motif.steps[:-1], motif.steps[-1] - dice.choice((0, 1))), motif.beats)


def _answer(page: _Page) -> Motif:
    """Two notes that lean back to where the phrase came from."""
    step = page.dice.choice((-1, 1))
    return Motif((step, 0), (1.0, float(page.plan.beats - 2)))
