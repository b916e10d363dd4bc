"""The starter tracks as notes: the same each time, consonant, slow, and no two alike."""

from collections import Counter
from dataclasses import replace
from itertools import combinations, pairwise

import pytest

from playlists.catalogue import catalogue_playlists
from playlists.starter.harmony import bass_note, chord, voicing
from playlists.starter.plans import DORIAN, HALLS, IONIAN, PLANS, Plan, Voice
from playlists.starter.score import (
    ONSET_JITTER_S,
    PEDAL_OVERLAP_S,
    Note,
    Part,
    compose,
    lay_out,
    shorten,
)

ALL = [plan for plans in PLANS.values() for plan in plans]
each_plan = pytest.mark.parametrize("plan", ALL, ids=lambda plan: plan.slug)
each_sleep_plan = pytest.mark.parametrize("plan", PLANS["sleep"], ids=lambda plan: plan.slug)


def of(notes: tuple[Note, ...], part: Part) -> list[Note]:
    return [note for note in notes if note.part is part]


def struck_at(plan: Plan) -> list[float]:
    """When something is struck; what begins within a hand's spread counts once."""
    moments: list[float] = []
    for note in compose(plan):
        if note.voice is not Voice.PAD and (not moments or note.at - moments[-1] > 4 * ONSET_JITTER_S):
            moments.append(note.at)
    return moments


def test_the_plans_are_the_catalogue_with_its_tempos_and_instruments():
    assert list(PLANS) == [playlist.slug for playlist in catalogue_playlists()] == list(HALLS)
    for playlist in catalogue_playlists():
        plans = PLANS[playlist.slug]
        assert [track.slug for track in playlist.tracks] == [plan.slug for plan in plans]
        assert [track.tags.bpm for track in playlist.tracks] == [plan.bpm for plan in plans]
        played = [
            {plan.chord_voice, plan.melody_voice, Voice.PAD} | ({plan.weather} if plan.weather else set())
            for plan in plans
        ]
        assert [set(track.tags.instruments) for track in playlist.tracks] == played


@each_plan
def test_the_same_seed_gives_the_same_notes_and_another_seed_others(plan: Plan):
    assert compose(plan) == compose(plan)
    assert compose(plan) != compose(replace(plan, seed=plan.seed + 100))


@each_plan
def test_a_track_begins_at_once_and_lasts_two_to_four_minutes(plan: Plan):
    notes = compose(plan)
    assert min(note.at for note in notes) < 0.05
    assert min(note.at for note in of(notes, Part.CHORD)) < 0.05
    assert 120 < max(note.at + note.seconds for note in notes) < 240


@each_plan
def test_the_melody_moves_in_small_intervals(plan: Plan):
    melody = of(compose(plan), Part.MELODY)
    leaps = [abs(later.midi - earlier.midi) for earlier, later in pairwise(melody)]
    assert max(leaps) <= 7  # a fifth
    assert sum(leap <= 4 for leap in leaps) > 0.7 * len(leaps)
    assert len({note.midi for note in melody}) >= 3


@each_plan
def test_no_melody_note_rests_a_semitone_from_a_held_voice(plan: Plan):
    notes = compose(plan)
    pads = of(notes, Part.PAD)
    rubbing_s = 0.0
    melody = of(notes, Part.MELODY)
    for note in melody:
        end = note.at + note.seconds - PEDAL_OVERLAP_S
        for held in pads:
            shared_s = min(end, held.at + held.seconds - PEDAL_OVERLAP_S) - max(note.at, held.at)
            if shared_s > 0.5 and abs(note.midi - held.midi) in {1, 13}:
                rubbing_s += shared_s
    assert rubbing_s < 0.05 * sum(note.seconds for note in melody)


@each_plan
def test_voices_are_led_and_never_crowd_below_middle_c(plan: Plan):
    bars = lay_out(plan)
    moves = [
        abs(now - then) for before, bar in pairwise(bars) for now, then in zip(bar.voices, before.voices, strict=True)
    ]
    assert max(moves) <= 7
    assert sum(moves) / len(moves) < 2
    for bar in bars:
        assert all(below >= 60 or above - below >= 3 for below, above in pairwise(bar.voices))
        assert not any(above - below == 13 for below, above in combinations(bar.voices, 2))


@each_plan
def test_the_motif_returns(plan: Plan):
    """The rhythm of the first statement is heard in each section, and its shape more than once."""
    melody = of(compose(plan), Part.MELODY)
    size = len(plan.motif.steps)

    def said(place: int) -> tuple[float, ...]:
        here = melody[place : place + size]
        return tuple(round((note.seconds - PEDAL_OVERLAP_S) * plan.bpm / 30) / 2 for note in here)

    def shape(place: int) -> tuple[int, ...]:
        here = [note.midi for note in melody[place : place + size]]
        return tuple((later > earlier) - (later < earlier) for earlier, later in pairwise(here))

    places = [place for place in range(len(melody) - size + 1) if said(place) == plan.motif.beats]
    assert len(places) >= len(plan.form)
    assert Counter(shape(place) for place in places).most_common(1)[0][1] >= 2


@each_plan
def test_nothing_low_is_crowded_and_nothing_high_is_shrill(plan: Plan):
    notes = compose(plan)
    assert all(33 <= note.midi <= 44 for note in of(notes, Part.BASS))
    assert all(note.midi >= 46 for note in notes if note.part is not Part.BASS)
    assert max(note.midi for note in notes) <= 84


def test_tempo_and_density_fall_through_the_sleep_playlist():
    tempos = [plan.bpm for plan in PLANS["sleep"]]
    density = [len(struck_at(plan)) / struck_at(plan)[-1] for plan in PLANS["sleep"]]
    assert tempos == sorted(tempos, reverse=True)
    assert density == sorted(density, reverse=True)
    assert density[-1] <= 0.5  # one onset in two seconds


def test_the_comfort_playlists_have_their_slowest_track_inside():
    for slug in ("calm", "garden"):
        tempos = [plan.bpm for plan in PLANS[slug]]
        assert min(tempos) in tempos[1:-1]
        assert all(60 <= bpm <= 72 for bpm in tempos)


def test_no_two_tracks_have_the_same_key_tempo_and_figure():
    assert len({(plan.tonic, plan.mode, plan.bpm) for plan in ALL}) == 12
    assert len({(plan.figure, plan.beats) for plan in ALL}) == 12
    assert len({tuple(note.midi for note in of(compose(plan), Part.MELODY)) for plan in ALL}) == 12


def test_a_shortened_track_keeps_its_beginning_and_lets_go():
    notes = compose(ALL[0])
    short = shorten(notes, 5.0)
    assert [(note.at, note.midi) for note in short] == [(note.at, note.midi) for note in notes if note.at < 5.0]
    assert max(note.at + note.seconds for note in short) <= 6.0 + 0.001


def test_chord_tokens_name_what_a_musician_reads():
    assert chord("1", 0, IONIAN).tones == {0, 4, 7}
    assert chord("2+7", 0, IONIAN).tones == {2, 5, 9, 0}
    assert chord("5sus", 0, IONIAN).tones == {7, 0, 2}
    assert chord("4/1", 2, DORIAN).tones == {7, 11, 2}
    assert chord("4/1", 2, DORIAN).bass == 2
    assert bass_note(chord("1", 8, IONIAN)) == 44
    with pytest.raises(ValueError, match="no chord: '9'"):
        chord("9", 0, IONIAN)


def test_a_voicing_holds_common_notes():
    first = voicing(chord("1", 0, IONIAN), (), 60)
    second = voicing(chord("6+7", 0, IONIAN), first, 60)
    assert len(set(first) & set(second)) >= 3
