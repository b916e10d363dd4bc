"""The instruments: one note of felt piano, harp, flute or pad as samples, from numpy; knows no score and no room."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from playlists.starter.plans import Voice
from playlists.starter.score import Note

RATE = 48_000  # samples a second, everywhere in this package
Samples = npt.NDArray[np.float32]  # (frames,) or (frames, 2)

RELEASE_S = {Voice.PIANO: 0.9, Voice.HARP: 1.2, Voice.FLUTE: 0.35, Voice.PAD: 4.0}
PAD_ATTACK_S = 2.2
PAD_FIRST_ATTACK_S = 1.0  # a track begins with sound, not with waiting
PAD_LOOP_S = 10
TOUCHES = (0.35, 0.5, 0.65)  # the velocities that are sampled; a note takes the nearest and is scaled
FLUTE_STEP_S = 0.5  # flute notes are made in these lengths and shortened


def frequency_hz(midi: int) -> float:
    """Equal temperament, A4 = 440 Hz."""
    return 440.0 * math.pow(2, (midi - 69) / 12)


@dataclass(slots=True)
class NoteTable:
    """Each note of each instrument, made once when first asked for. One thread."""

    made: dict[tuple[Voice, int, float], Samples] = field(default_factory=dict)

    def samples(self, note: Note) -> Samples:
        """The note as stereo, held and released as the score says."""
        seconds = note.seconds + RELEASE_S[note.voice]
        colour = _colour(note)
        key = (note.voice, note.midi, colour)
        if key not in self.made:
            self.made[key] = MAKERS[note.voice](note.midi, colour)
        raw = self.made[key]
        if note.voice is Voice.PAD:
            return _pad_held(raw, note)
        frames = min(len(raw), int(seconds * RATE))
        held = raw[:frames] * np.float32(note.velocity)
        return _panned(_released(held, RELEASE_S[note.voice]), note)


def _colour(note: Note) -> float:
    """What the table keeps apart beside the pitch: the touch, or for a flute the length."""
    match note.voice:
        case Voice.PAD:
            return 0.0
        case Voice.FLUTE:
            return math.ceil((note.seconds + RELEASE_S[Voice.FLUTE]) / FLUTE_STEP_S) * FLUTE_STEP_S
        case _:
            return min(TOUCHES, key=lambda touch: abs(touch - note.velocity))


def _decaying(hertz: float, tau_s: float, frames: int, phase: float) -> Samples:
    """exp(-t / tau) * sin(2 pi f t + phase), as an outer product: two short exponentials instead of a long one."""
    side = math.isqrt(frames) + 1
    rate = (-1 / tau_s + 2j * math.pi * hertz) / RATE
    coarse = np.exp(rate * side * np.arange(side) + 1j * phase).astype(np.complex64)
    fine = np.exp(rate * np.arange(side)).astype(np.complex64)
    return np.outer(coarse, fine).imag.reshape(-1)[:frames]


def _attack(sound: Samples, seconds: float) -> Samples:
    frames = min(len(sound), int(seconds * RATE))
    sound[:frames] *= (0.5 - 0.5 * np.cos(np.pi * np.arange(frames) / frames)).astype(np.float32)
    return sound


def _released(sound: Samples, seconds: float) -> Samples:
    """Fade the end to nothing, so that neither a lifted pedal nor the table's end can click."""
    frames = min(len(sound), int(seconds * RATE))
    fall = (0.5 + 0.5 * np.cos(np.pi * np.arange(frames) / frames)).astype(np.float32) ** 2
    sound[len(sound) - frames :] *= fall
    return sound


def _panned(mono: Samples, note: Note) -> Samples:
    """Low notes left, high ones right, as at a keyboard, but narrow: one speaker must lose nothing."""
    angle = math.pi / 4 * (1 + max(-0.35, min(0.35, (note.midi - 62) / 50)))
    both = np.empty((len(mono), 2), dtype=np.float32)
    np.multiply(mono, np.float32(math.cos(angle)), out=both[:, 0])
    np.multiply(mono, np.float32(math.sin(angle)), out=both[:, 1])
    return both


def _noise(midi: int, frames: int, lowpass_hz: float) -> Samples:
    """Noise below a corner, always the same for the same key."""
    dice = np.random.default_rng(midi)
    spectrum = np.fft.rfft(dice.standard_normal(frames))
    spectrum /= 1 + (np.fft.rfftfreq(frames, 1 / RATE) / lowpass_hz) ** 2
    shaped = np.fft.irfft(spectrum, frames)
    return np.asarray(shaped / np.abs(shaped).max(), dtype=np.float32)


def _strings(partials: list[tuple[float, float, float]], longest_s: float) -> Samples:
    """Sum of decaying partials (Hz, amplitude, tau in s), each only as long as it can be heard."""
    sound = np.zeros(int(longest_s * RATE), dtype=np.float32)
    for number, (hertz, amplitude, tau_s) in enumerate(partials):
        frames = min(len(sound), int(7 * tau_s * RATE))
        sound[:frames] += np.float32(amplitude) * _decaying(hertz, tau_s, frames, 2.4 * number)
    return sound


def felt_piano(midi: int, touch: float) -> Samples:
    """A string behind felt: few soft partials, each in two decays, and a knock of the key bed."""
    base, stiffness = frequency_hz(midi), 0.00035 * 2 ** ((midi - 60) / 24)
    tau_s = 3.0 * 2 ** (-(midi - 55) / 20)
    corner_hz = 560 + 950 * touch
    partials: list[tuple[float, float, float]] = []
    for k in range(1, 11):
        hertz = k * base * math.sqrt(1 + stiffness * k * k)
        amplitude = k**-0.9 / (1 + (hertz / corner_hz) ** 2)
        prompt_s = 0.35 * tau_s / (1 + 0.4 * (k - 1))
        partials.append((hertz, 0.62 * amplitude, prompt_s))
        partials.append((hertz * 1.0004, 0.38 * amplitude, 3 * prompt_s))
    sound = _strings(partials, 9.0)
    knock = _noise(midi, 4096, 260.0) * np.exp(-np.arange(4096) / 900).astype(np.float32)
    sound[:4096] += 0.05 * _attack(knock, 0.006)
    return _attack(_even(sound, midi), 0.016)


def harp(midi: int, touch: float) -> Samples:
    """A string plucked a third of the way along: triangular, darker when touched lightly."""
    base = frequency_hz(midi)
    tau_s = 1.9 * 2 ** (-(midi - 55) / 22)
    corner_hz = 1000 + 2200 * touch
    partials: list[tuple[float, float, float]] = []
    for k in range(1, 13):
        amplitude = abs(math.sin(math.pi * k * 0.36)) / k**1.7 / (1 + (k * base / corner_hz) ** 2)
        partials.append((k * base * (1 + 0.00008 * k * k), amplitude, tau_s / (1 + 0.22 * (k - 1))))
    return _attack(_even(_strings(partials, 6.0), midi), 0.009)


def flute(midi: int, seconds: float) -> Samples:
    """A low wooden flute: soft attack, breath, and a vibrato that comes late and stays shallow."""
    frames = int(seconds * RATE)
    time = np.arange(frames) / RATE
    depth = 0.0035 * np.clip((time - 0.5) / 1.2, 0, 1) ** 2
    phase = 2 * np.pi * frequency_hz(midi) * (time + depth / (2 * np.pi * 4.6) * np.sin(2 * np.pi * 4.6 * time))
    turn = np.exp(1j * phase).astype(np.complex64)
    sound, power = np.zeros(frames, dtype=np.float32), np.ones(frames, dtype=np.complex64)
    for amplitude in (1.0, 0.22, 0.16, 0.04, 0.03):
        power = power * turn
        sound += np.float32(amplitude) * power.imag
    breath = _noise(midi, frames, 2.2 * frequency_hz(midi))
    swell = (0.82 + 0.18 * np.sin(np.pi * np.clip(time / max(seconds, 1.0), 0, 1))).astype(np.float32)
    return _attack((sound + 0.02 * breath) * swell, 0.11) * np.float32(0.5)


def pad(midi: int, _colour: float) -> Samples:
    """Ten seconds of three detuned voices that join their own beginning without a seam.

    Written as a spectrum: each line falls on a whole number of turns in the loop, so nothing can click.
    """
    frames, dice = PAD_LOOP_S * RATE, np.random.default_rng(midi)
    spectrum = np.zeros((2, frames // 2 + 1), dtype=np.complex128)
    base = frequency_hz(midi)
    for k in range(1, 9):
        amplitude = k**-1.2 / (1 + (k * base / 620) ** 4) ** 0.5
        for cents, share in ((0.0, 1.0), (-5.0, 0.4), (6.0, 0.4)):
            line = round(k * base * 2 ** (cents / 1200) * PAD_LOOP_S)
            middle, spread = dice.uniform(0, 2 * np.pi), dice.uniform(-0.7, 0.7)
            spectrum[0, line] += share * amplitude * np.exp(1j * (middle - spread))
            spectrum[1, line] += share * amplitude * np.exp(1j * (middle + spread))
    sound = np.fft.irfft(spectrum, frames, axis=1).T
    return np.asarray(0.22 * sound / np.sqrt(np.mean(sound**2)), dtype=np.float32)


def _pad_held(loop: Samples, note: Note) -> Samples:
    """The loop for as long as the score holds it, with its slow arrival and slower leaving."""
    frames = int((note.seconds + RELEASE_S[Voice.PAD]) * RATE)
    start = int(note.at * RATE) % len(loop)  # two notes of one pitch never begin alike
    held = loop[(start + np.arange(frames)) % len(loop)] * np.float32(note.velocity)
    attack_s = PAD_ATTACK_S if note.at > 0.5 else PAD_FIRST_ATTACK_S
    attack = min(frames, int(attack_s * RATE))
    held[:attack] *= np.sin(0.5 * np.pi * np.arange(attack) / attack).astype(np.float32)[:, None] ** 2
    release = min(frames, int(RELEASE_S[Voice.PAD] * RATE))
    held[frames - release :] *= np.cos(0.5 * np.pi * np.arange(release) / release).astype(np.float32)[:, None] ** 2
    return held


def _even(sound: Samples, midi: int) -> Samples:
    """Give each note of a string the same weight over its first second, a little less to the high ones."""
    power = math.sqrt(float(np.mean(sound[:RATE] ** 2)))
    return sound * np.float32(0.25 / power * 10 ** (-max(0, midi - 62) * 0.15 / 20))


MAKERS: dict[Voice, Callable[[int, float], Samples]] = {
    Voice.PIANO: felt_piano,
    Voice.HARP: harp,
    Voice.FLUTE: flute,
    Voice.PAD: pad,
}
