"""What must hold for every sequence of events, whatever a patient, a ward or a failing part does."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from device.controller import next_deadline, step
from device.effects import Play, SetLevel
from device.events import (
    Assigned,
    Button,
    Commanded,
    Event,
    Knob,
    LinkChanged,
    PartBack,
    PartLost,
    PieceBegan,
    PieceBroke,
    PieceEnded,
    PiecesHeld,
    Pressed,
    Released,
    StuckDown,
    Tick,
    Turned,
)
from device.memory import encode_memory, memory_of, recall
from device.showing import view
from device.state import State
from messages import Part, SessionEnded, SessionStarted, Verb
from tests.bedside.bench import ALL_PIECES, BUILT_IN, CALM, GARDEN, RAIN, SLEEP, assigned

SETS = st.lists(st.sampled_from([CALM, GARDEN, RAIN, SLEEP]), unique=True, max_size=4).map(tuple)
OFFERS = st.builds(
    lambda version, sets, stay, cap: assigned(version, *sets, stay=stay if sets else None, cap_dba=cap),
    st.integers(1, 6),
    SETS,
    st.sampled_from(["stay-a", "stay-b"]),
    st.sampled_from([30.0, 45.0, 55.0, 65.0]),
)
PLAY_IDS = st.integers(0, 12)
EVENTS = st.one_of(
    st.builds(Pressed, st.sampled_from(Button)),
    st.builds(Pressed, st.just(Button.PLAY)),
    st.builds(Turned, st.sampled_from(Knob), st.integers(-20, 20)),
    st.builds(PieceBegan, PLAY_IDS),
    st.builds(PieceEnded, PLAY_IDS, st.just(1.0), st.booleans()),
    st.builds(PieceBroke, PLAY_IDS, st.just("broken")),
    st.builds(PartLost, st.sampled_from(Part), st.just("lost")),
    st.builds(PartBack, st.sampled_from(Part)),
    st.builds(StuckDown, st.sampled_from(Button)),
    st.builds(Released, st.sampled_from(Button)),
    st.builds(PiecesHeld, st.sets(st.sampled_from(sorted(ALL_PIECES))).map(frozenset)),
    st.builds(Commanded, st.sampled_from(["c1", "c2"]), st.sampled_from(Verb), st.sampled_from([0.0, 31.0])),
    st.builds(LinkChanged, st.booleans(), st.booleans()),
    OFFERS,
    st.just(Tick()),
)
WAITS = st.sampled_from([0.0, 0.05, 1.0, 3.0, 5.0, 60.0, 1400.0, 1800.0])
SHIFTS = st.lists(st.tuples(WAITS, EVENTS), max_size=60)
SHOWN = settings(max_examples=2000, deadline=None)


def _new() -> State:
    return State(boot="b00t", code="7F3A", builtin=BUILT_IN, held=ALL_PIECES, level_dba=50.0)


def _by_hand(event: Event, before: State, now: float) -> bool:
    """Whether sound may begin: somebody pressed, or turned CHOOSE while music played and let it rest."""
    rested = before.choosing is not None and before.playing is not None and now >= before.choosing.rests_at
    return isinstance(event, Pressed) or rested


@SHOWN
@given(SHIFTS)
@example([(0.0, OFFERS_EXAMPLE) for OFFERS_EXAMPLE in (assigned(1, CALM), PieceEnded(0, 1.0), PieceEnded(1, 1.0))])
def test_only_a_press_starts_sound(shift: list[tuple[float, Event]]) -> None:
    state, now = _new(), 0.0
    for wait, event in shift:
        now += wait
        silent = state.playing is None
        after, effects = step(state, event, now)
        if silent and any(isinstance(effect, Play) for effect in effects):
            assert _by_hand(event, state, now), event
        state = after


@SHOWN
@given(SHIFTS)
def test_a_stale_answer_changes_nothing(shift: list[tuple[float, Event]]) -> None:
    state, now = _new(), 0.0
    for wait, event in shift:
        now += wait
        state, _ = step(state, Tick(), now)  # timers aside
        after, effects = step(state, event, now)
        if isinstance(event, PieceBegan | PieceEnded | PieceBroke):
            running = state.playing.play_id if state.playing else None
            if event.play_id != running:
                assert (after, effects) == (state, ())
        state = after


@SHOWN
@given(SHIFTS)
def test_the_level_stays_within_its_bounds(shift: list[tuple[float, Event]]) -> None:
    state, now = _new(), 0.0
    lowest_dba = state.limits.floor_dba
    for wait, event in shift:
        now += wait
        before = state
        state, effects = step(state, event, now)
        lowest_dba = min(lowest_dba, state.cap_dba)  # a level that a low cap pressed down stays there
        assert lowest_dba <= state.level_dba <= state.cap_dba <= state.limits.cap_dba
        for effect in effects:
            if isinstance(effect, Play | SetLevel):
                assert effect.level_dba <= before.limits.cap_dba
        if not isinstance(event, Turned):
            assert state.level_dba <= max(before.level_dba, state.limits.start_dba), "only the knob raises"


@SHOWN
@given(SHIFTS)
def test_every_session_ends_once_and_its_music_is_on_the_box(shift: list[tuple[float, Event]]) -> None:
    state, now = _new(), 0.0
    started: list[str] = []
    ended: list[str] = []
    for wait, event in shift:
        now += wait
        state, effects = step(state, event, now)
        data = [effect.data for effect in effects if hasattr(effect, "data")]
        started += [entry.session for entry in data if isinstance(entry, SessionStarted)]
        ended += [entry.session for entry in data if isinstance(entry, SessionEnded)]
        view(state, now)
    if state.playing:
        state, effects = step(state, Tick(), now + 3600)
        ended += [e.data.session for e in effects if hasattr(e, "data") and isinstance(e.data, SessionEnded)]
    assert state.playing is None
    assert ended == started
    assert len(set(started)) == len(started)


@SHOWN
@given(SHIFTS)
def test_from_every_state_a_deadline_lies_ahead_and_its_tick_ends_it(shift: list[tuple[float, Event]]) -> None:
    state, now = _new(), 0.0
    for wait, event in shift:
        now += wait
        state, _ = step(state, event, now)
        due = next_deadline(state)
        if due is not None:
            assert due > now, "a deadline in the past would spin the loop"


@settings(max_examples=500, deadline=None)
@given(SHIFTS)
@example([(0.0, assigned(1, CALM, cap_dba=30.0)), (0.0, assigned(2, CALM, cap_dba=45.0))])
def test_a_restart_is_silent_not_louder_and_keeps_the_assignment(shift: list[tuple[float, Event]]) -> None:
    state, now = _new(), 0.0
    for wait, event in shift:
        now += wait
        state, _ = step(state, event, now)
    kept = encode_memory(memory_of(state), utc_minus_clock_s=1.7e9)
    again = recall(_new(), kept, 1.7e9 + 40, clock_ok=True)
    assert again.playing is None
    assert again.level_dba <= state.level_dba
    assert (again.assigned, again.version, again.chosen) == (state.assigned, state.version, state.chosen)
    if again.resume:
        assert state.resume
        assert again.resume.at == pytest.approx(state.resume.at - 40, abs=1e-3)


def test_a_broken_memory_is_an_empty_one() -> None:
    for kept in (b"", b"{", b"[]", b'{"version": "x"}', b"\xff\xfe", b'{"level_dba": 99, "version": 3}'):
        state = recall(_new(), kept, 0.0, clock_ok=True)
        assert state.level_dba <= state.cap_dba
        assert isinstance(state.assigned, Assigned | None)
