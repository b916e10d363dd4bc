"""From a plan to finished stereo samples: notes, instruments, room, weather, level; knows no file."""

import numpy as np

from playlists.starter.level import levelled
from playlists.starter.plans import Hall, Plan, Voice
from playlists.starter.room import in_room
from playlists.starter.score import Note, Part, compose, shorten
from playlists.starter.sound import RATE, NoteTable, Samples
from playlists.starter.weather import weather

END_S = 0.8  # the last of the tail is faded to exact silence
AUDIBLE_DB = -64.0  # under the loudest sample; further down Opus changes its ways, with tiny clicks
PAD_DRIFT_DB, PAD_DRIFT_HZ = 0.8, 0.07
SHORT_TAIL_S = 7.0  # what a shortened track keeps of its time for dying away


def perform(plan: Plan, hall: Hall, minutes: float | None = None) -> Samples:
    """The whole track at -20 LUFS, or about its first minutes. The same plan gives the same samples."""
    notes = compose(plan)
    if minutes is not None:
        notes = shorten(notes, max(1.0, minutes * 60 - SHORT_TAIL_S))
    played = in_room(_play(notes, plan), hall)
    if plan.weather is not None:
        played += _under(played, plan.weather_db) * weather(plan.weather, len(played), plan.seed)
    return levelled(_closed(played))


def _play(notes: tuple[Note, ...], plan: Plan) -> Samples:
    """Add up all notes, the pad on a fader of its own that drifts slowly."""
    table = NoteTable()
    gains = {part: 10 ** (decibels / 20) for part, decibels in _part_db(plan).items()}
    frames = int(max(note.at + note.seconds for note in notes) * RATE) + 5 * RATE
    struck, held = np.zeros((frames, 2), np.float32), np.zeros((frames, 2), np.float32)
    for note in notes:
        sound = table.samples(note)
        start = int(note.at * RATE)
        bus = held if note.voice is Voice.PAD else struck
        bus[start : start + len(sound)] += sound * np.float32(gains[note.part])
    drift = PAD_DRIFT_DB * np.sin(2 * np.pi * PAD_DRIFT_HZ * np.arange(frames) / RATE + plan.seed)
    return struck + held * (10 ** (drift / 20)).astype(np.float32)[:, None]


def _part_db(plan: Plan) -> dict[Part, float]:
    return {
        Part.BASS: plan.chord_db,
        Part.CHORD: plan.chord_db,
        Part.MELODY: plan.melody_db,
        Part.PAD: plan.pad_db,
    }


def _under(played: Samples, decibels: float) -> np.float32:
    """The gain that puts unit power so far under the music."""
    return np.float32(np.sqrt(np.mean(played**2)) * 10 ** (decibels / 20))


def _closed(sound: Samples) -> Samples:
    """Cut where nothing can be heard any more and let the very end reach zero."""
    loudest = np.abs(sound).max(axis=1)
    audible = np.flatnonzero(loudest > 10 ** (AUDIBLE_DB / 20) * loudest.max(initial=0.0))
    frames = min(len(sound), int(audible[-1]) + int(END_S * RATE) if len(audible) else len(sound))
    sound = sound[:frames].copy()
    end = min(frames, int(END_S * RATE))
    sound[frames - end :] *= np.cos(0.5 * np.pi * np.arange(end) / end).astype(np.float32)[:, None] ** 2
    return sound
