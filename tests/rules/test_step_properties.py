"""What must hold for every sequence of events, whatever a patient, a ward or a failing part does."""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from device.rules.effects import Cue, Effect, Fade, Play, SetLevel, Silence
from device.rules.events import (
    Assigned,
    Brushed,
    Button,
    ClockRead,
    Commanded,
    Event,
    Knob,
    LinkChanged,
    NurseCallChanged,
    PartBack,
    PartLost,
    PlayBegan,
    PlayEnded,
    PlayerDied,
    PlayFailed,
    PlayMeasured,
    PlayTruncated,
    Pressed,
    Released,
    SoundReady,
    StuckDown,
    Tick,
    TracksHeld,
    Turned,
)
from device.rules.memory import encode_memory, memory_of, recall
from device.rules.state import State
from device.rules.step import next_deadline, step
from device.rules.view import Scene
from device.rules.view_of import view
from messages import Cause, Code, Part, Question, SessionEnded, SessionStarted, Verb, because
from tests.rules import laws
from tests.rules.bed import ALL_TRACKS, BUILT_IN, CALM, GARDEN, RAIN, SLEEP, assigned, wall

PLAYLISTS = st.lists(st.sampled_from([CALM, GARDEN, RAIN, SLEEP]), unique=True, max_size=4).map(tuple)
TIMES = (13 * 60, 21 * 60, 1)  # of reminders and starts
MINUTES = sorted({(at + off) % 1440 for at in (*TIMES, 7 * 60) for off in (-1, 0, 3, 30)})
CAPS_DBA = st.sampled_from([30.0, 45.0, 55.0, 65.0])
RULES = st.fixed_dictionaries(
    {},
    optional={
        "cap_day_dba": CAPS_DBA,
        "cap_night_dba": CAPS_DBA,
        "night_begins": st.sampled_from([0, 12 * 60, 22 * 60]),
        "shared_room": st.booleans(),
        "vigil": st.booleans(),
        "ask_before": st.sampled_from([Question.PAIN, Question.ANXIETY]),
        "ask_after": st.sampled_from([Question.PAIN, Question.CHANGE]),
        "ask_sleep": st.booleans(),
        "reminders": st.just(TIMES),
        "sleep_starts": st.sampled_from(TIMES),
        "never_play": st.sets(st.sampled_from(sorted(ALL_TRACKS)), max_size=4).map(frozenset),
        "expires_at_s": st.sampled_from([wall("13:00").utc_s, wall("12:00", day=1).utc_s]),
    },
)
OFFERS = st.builds(
    lambda version, playlists, stay, rules: assigned(version, *playlists, stay=stay if playlists else None, **rules),
    st.integers(1, 6),
    PLAYLISTS,
    st.sampled_from(["stay-a", "stay-b"]),
    RULES,
)
CLOCKS = st.none() | st.builds(
    lambda minute, day: wall(f"{minute // 60}:{minute % 60}", day), st.sampled_from(MINUTES), st.sampled_from([0, 0, 1])
)
CURRENT, CUED = -1, -2  # of the session as it is then: what a speaker that does its work speaks of
PLAY_IDS = st.sampled_from([*[CURRENT] * 6, *[CUED] * 4, *range(8)])
PARTS = st.sampled_from([Part.SOUND, *Part])
EVENTS = st.one_of(
    st.builds(Pressed, st.sampled_from(Button)),
    st.builds(Pressed, st.just(Button.PLAY)),
    st.builds(Turned, st.sampled_from(Knob), st.integers(-20, 20)),
    st.builds(PlayBegan, PLAY_IDS),
    st.just(PlayBegan(CURRENT)),  # most of what was asked for is heard
    st.just(PlayBegan(CURRENT)),
    st.builds(PlayEnded, PLAY_IDS, st.just(1.0), st.booleans()),
    st.builds(PlayFailed, PLAY_IDS, st.just("broken")),
    st.builds(PlayTruncated, PLAY_IDS, st.just("cut short")),
    st.builds(PlayMeasured, PLAY_IDS, st.floats(0, 60), st.floats(), st.floats()),
    st.builds(PlayerDied, PLAY_IDS | st.none(), st.floats(0, 200), st.just("no heartbeat")),
    st.just(SoundReady()),
    st.builds(ClockRead, CLOCKS),
    st.builds(ClockRead, CLOCKS),
    st.builds(NurseCallChanged, st.booleans()),
    st.builds(Brushed, st.sampled_from(Button)),
    st.builds(Pressed, st.just(Button.NEXT)),
    st.builds(PartLost, PARTS, st.just(because(Code.SCREEN_HANGS))),
    st.builds(PartBack, PARTS),
    st.builds(StuckDown, st.sampled_from(Button)),
    st.builds(Released, st.sampled_from(Button)),
    st.builds(TracksHeld, st.sets(st.sampled_from(sorted(ALL_TRACKS))).map(frozenset)),
    st.builds(Commanded, st.sampled_from(["c1", "c2"]), st.sampled_from(Verb), st.sampled_from([0.0, 31.0])),
    st.builds(LinkChanged, st.booleans(), st.booleans()),
    OFFERS,
    st.just(Tick()),
)
ANSWERS = PlayBegan | PlayEnded | PlayFailed | PlayTruncated | PlayMeasured | PlayerDied
WAITS = st.sampled_from([0.0, 0.05, 1.0, 3.0, 5.0, 60.0, 1400.0, 1800.0])
Shift = list[tuple[float, Event]]
SHIFTS = st.lists(st.tuples(WAITS, EVENTS), max_size=60)
SHOWN = settings(max_examples=int(os.environ.get("SHIFTS", "500")), deadline=None)


class Turn(NamedTuple):
    """One event and what came of it; what was due by time alone came of a Tick before it."""

    before: State
    event: Event
    after: State
    effects: tuple[Effect, ...]
    now: float


def _new() -> State:
    return State(
        boot="b00t", code="7F3A", builtin=BUILT_IN, held=ALL_TRACKS, level_dba=50.0, night=False, sound_ready=True
    )


def _turns(shift: Shift) -> Iterator[Turn]:
    state, now = _new(), 0.0
    for wait, event in shift:
        now += wait
        for happening in (Tick(), _meant(event, state)):
            after, effects = step(state, happening, now)
            yield Turn(state, happening, after, effects, now)
            state = after


def _meant(event: Event, state: State) -> Event:
    """The event with the play id that is current or cued just then."""
    if not isinstance(event, ANSWERS) or event.play_id not in {CURRENT, CUED}:
        return event
    session = state.playing
    cued = session.cued if session else None
    known = session.play_id if session and event.play_id == CURRENT else cued.play_id if cued else 0
    return replace(event, play_id=known)


def _ids(state: State) -> set[int | None]:
    session = state.playing
    if session is None:
        return set()
    return {session.play_id, session.cued.play_id if session.cued else None} - {None}


def _left_sounding(effects: tuple[Effect, ...]) -> bool:
    """Whether sound is asked for that no silence follows: of a late turn, what was due first is done first."""
    silent = [place for place, effect in enumerate(effects) if isinstance(effect, Silence)]
    return any(isinstance(effect, Play | Cue) for effect in effects[silent[-1] + 1 if silent else 0 :])


# Both buttons are down for 5 s, and the turn in which a track is overdue comes so late that cleaning begins in it too.
LATE: Shift = [
    (0.0, Pressed(Button.PLAY)),
    (0.0, Pressed(Button.NEXT)),
    (3.0, PlayEnded(CURRENT, 1.0)),
    (3.0, Pressed(Button.PLAY)),
]


@SHOWN
@given(SHIFTS)
@example(LATE)
@example([(0.0, OFFERS_EXAMPLE) for OFFERS_EXAMPLE in (assigned(1, CALM), PlayEnded(0, 1.0), PlayEnded(1, 1.0))])
def test_only_a_press_starts_sound_and_only_a_session_goes_on(shift: Shift) -> None:
    for turn in _turns(shift):
        if turn.before.playing is None and any(isinstance(effect, Play | Cue) for effect in turn.effects):
            assert laws.must_not_begin(turn.before, turn.event, turn.now) is None, turn.event
        if turn.after.playing is None:
            assert not _left_sounding(turn.effects), turn.event


@SHOWN
@given(SHIFTS)
@example([(0.0, Pressed(Button.PLAY)), (1.0, PlayMeasured(0, 1.0, 40.0, 44.0))])
def test_a_stale_answer_changes_nothing(shift: Shift) -> None:
    for turn in _turns(shift):
        if not isinstance(turn.event, ANSWERS) or turn.event.play_id in _ids(turn.before):
            continue
        if isinstance(turn.event, PlayerDied):  # a fault all the same
            assert turn.after.playing == turn.before.playing
            assert not any(isinstance(effect, Play | Cue | Fade | SetLevel) for effect in turn.effects)
        else:
            assert (turn.after, turn.effects) == (turn.before, ())


@SHOWN
@given(SHIFTS)
def test_no_play_has_the_number_of_another(shift: Shift) -> None:
    asked = [e.play_id for turn in _turns(shift) for e in turn.effects if isinstance(e, Play | Cue)]
    assert asked == sorted(set(asked))


@SHOWN
@given(SHIFTS)
def test_the_level_stays_within_its_bounds_by_day_and_by_night(shift: Shift) -> None:
    lowest_dba = _new().limits.floor_dba
    for turn in _turns(shift):
        # What a low cap pressed down stays there.
        lowest_dba = min(lowest_dba, turn.after.cap_dba)
        assert lowest_dba <= turn.after.level_dba
        assert laws.over_the_cap(turn.after, turn.effects) is None
        assert laws.raised_by_itself(turn.before, turn.event, turn.after) is None


@SHOWN
@given(SHIFTS)
@example(
    [(0.0, Pressed(Button.PLAY)), (0.0, PlayBegan(CURRENT)), (1400.0, Tick()), (1.0, Pressed(Button.SLEEP))]
)  # out of a closing fade
def test_what_starts_from_silence_rises_and_what_joins_a_fade_is_within_one(shift: Shift) -> None:
    for turn in _turns(shift):
        before = turn.before.playing
        assert laws.starts_without_a_rise(turn.before, turn.effects) is None
        for effect in (effect for effect in turn.effects if isinstance(effect, Play)):
            if effect.rise_s > 0.0:
                timed = turn.after.playing and turn.after.playing.cause is Cause.TIMED
                by_day = (
                    {5.0, 20.0} if turn.before.night else {5.0}
                )  # a night may end within the turn, by clock or rule
                assert effect.rise_s in ({20.0} if turn.after.night or timed else by_day)
            if effect.in_fade:
                assert before
                assert before.fading


@SHOWN
@given(SHIFTS)
def test_every_session_ends_once_and_its_music_is_on_the_box(shift: Shift) -> None:
    state, now = _new(), 0.0
    started: list[str] = []
    ended: list[str] = []
    for turn in _turns(shift):
        state, now = turn.after, turn.now
        data = [effect.data for effect in turn.effects if hasattr(effect, "data")]
        started += [entry.session for entry in data if isinstance(entry, SessionStarted)]
        ended += [entry.session for entry in data if isinstance(entry, SessionEnded)]
        view(state, now)
    if state.playing and state.playing.endless:
        state, effects = step(state, Commanded("end", Verb.STOP), now)
        ended += [e.data.session for e in effects if hasattr(e, "data") and isinstance(e.data, SessionEnded)]
    if state.playing:
        state, effects = step(state, Tick(), now + 7200)
        ended += [e.data.session for e in effects if hasattr(e, "data") and isinstance(e.data, SessionEnded)]
    assert state.playing is None
    assert ended == started
    assert len(set(started)) == len(started)


@SHOWN
@given(SHIFTS)
def test_from_every_state_a_deadline_lies_ahead_and_its_tick_ends_it(shift: Shift) -> None:
    for turn in _turns(shift):
        due = next_deadline(turn.after)
        if due is not None:
            assert due > turn.now, "a deadline in the past would spin the loop"


@SHOWN
@given(SHIFTS)
def test_a_session_in_silence_waits_for_a_play_that_was_asked_for_or_for_a_second(shift: Shift) -> None:
    asked, over = 0, set[int | None]()
    for turn in _turns(shift):
        asked = max([asked, *(effect.play_id for effect in turn.effects if isinstance(effect, Play))])
        before, after = turn.before.playing, turn.after.playing
        if isinstance(turn.event, PlayEnded | PlayFailed | PlayerDied) and before:
            over |= {turn.event.play_id} & {before.play_id}
        if after and not after.sounding and after.cue_due_at is None:
            assert after.play_id == asked
            assert asked not in over


@SHOWN
@given(SHIFTS)
def test_by_night_and_in_a_vigil_nothing_is_asked_or_offered_and_nothing_blinks(shift: Shift) -> None:
    for turn in _turns(shift):
        after = turn.after
        if not (after.night or after.rules.vigil):
            continue
        moments_s = [turn.now + seconds for seconds in (0.0, 1.0, 10.5)]
        assert laws.says_something_by_night(after, *moments_s) is None
        for moment_s in moments_s:
            shown = view(after, moment_s)
            assert shown.scene is Scene.DARK or (shown.night and not shown.inverted)
            assert shown.scene not in {Scene.BOOT, Scene.READY, Scene.PLAYING, Scene.SLEEP} or not after.night


@SHOWN
@given(SHIFTS)
def test_a_session_has_an_end_unless_it_is_a_vigil_and_nothing_plays_for_hours(shift: Shift) -> None:
    for turn in _turns(shift):
        session = turn.after.playing
        if session is None:
            continue
        assert session.endless is (turn.after.rules.vigil and not session.fading) or session.fading
        if not session.endless:
            assert session.ends_at - turn.now <= 3600, "an hour by night, and by day no rule allows more"


@SHOWN
@given(SHIFTS)
@example([(0.0, assigned(1, CALM, cap_day_dba=30.0)), (0.0, assigned(2, CALM, cap_day_dba=45.0))])
def test_a_restart_is_silent_not_louder_and_keeps_the_assignment(shift: Shift) -> None:
    state, now = _new(), 0.0
    for turn in _turns(shift):
        state, now = turn.after, turn.now
    kept = encode_memory(memory_of(state), utc_minus_clock_s=1.7e9)
    again = recall(replace(_new(), night=state.night), kept, now, 1.7e9 + 40, clock_ok=True)
    assert again.playing is None
    assert again.level_dba <= state.level_dba
    assert (again.assigned, again.version, again.chosen) == (state.assigned, state.version, state.chosen)
    if again.resume:
        kept_resume = memory_of(state).resume
        assert kept_resume
        known_at = kept_resume.at - 40 if state.wall else now  # what no clock dated is taken for just now
        assert again.resume.at == pytest.approx(known_at, abs=1e-3)


def test_a_broken_memory_is_an_empty_one() -> None:
    for kept in (b"", b"{", b"[]", b'{"version": "x"}', b"\xff\xfe", b'{"level_dba": 99, "version": 3}'):
        state = recall(replace(_new(), night=True), kept, 0.0, 0.0, clock_ok=True)
        assert state.level_dba <= state.cap_dba
        assert isinstance(state.assigned, Assigned | None)
