"""Presses of a person out of edges of a contact, for every train of edges that Hypothesis can think of."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.inputs.debounce import (
    BRUSH,
    CONTACT_CLOSES,
    CONTACT_SETTLES,
    HELD,
    TREMOR,
    Brushed,
    Debounce,
    Pressed,
    Released,
    StuckDown,
    Touched,
)
from firmware.inputs.lines import BUTTON_LINES, Button, Edge, Line

LINES = {button: line for line, button in BUTTON_LINES.items()}
# Told in whole 1/1024 s, so that differences of times are exact.
GAPS_MS = st.one_of(st.integers(1, 60), st.integers(1, 500), st.sampled_from([30, 80, 400, 8000, 9000]))
TRAINS = st.lists(st.tuples(GAPS_MS, st.sampled_from(list(Button))), max_size=60)


def edges_of(train: list[tuple[int, Button]]) -> list[Edge]:
    """Each entry flips one button's line, some milliseconds after the one before."""
    down = dict.fromkeys(Button, False)
    at_ms, edges = 0, []
    for gap_ms, button in train:
        at_ms += gap_ms
        down[button] = not down[button]
        edges.append(Edge(LINES[button], down[button], at_ms / 1024))
    return edges


def told_by(edges: list[Edge], *, until: float, in_time: bool) -> list[Touched]:
    """What Debounce tells; `in_time` ticks it at each deadline as a good loop does, else only edges wake it."""
    debounce, told = Debounce(), []
    for edge in edges:
        while in_time and (due := debounce.next_deadline()) is not None and due <= edge.at:
            told += debounce.tick(due)
        told += debounce.feed(edge)
    while in_time and (due := debounce.next_deadline()) is not None and due <= until:
        told += debounce.tick(due)
    return [*told, *debounce.tick(until)]


def all_told(train: list[tuple[int, Button]]) -> list[Touched]:
    edges = edges_of(train)
    return told_by(edges, until=edges[-1].at + 20 if edges else 20, in_time=True)


@given(TRAINS)
def test_one_button_is_never_pressed_twice_within_the_tremor(train: list[tuple[int, Button]]) -> None:
    for button in Button:
        presses = [one.at for one in all_told(train) if isinstance(one, Pressed) and one.button is button]
        assert all(later - earlier >= TREMOR for earlier, later in pairwise(presses))


@given(TRAINS)
def test_two_buttons_are_never_pressed_within_a_brush(train: list[tuple[int, Button]]) -> None:
    presses = [one.at for one in all_told(train) if isinstance(one, Pressed)]
    assert all(later - earlier >= BRUSH for earlier, later in pairwise(presses))


@given(TRAINS)
def test_every_press_begins_with_a_real_edge_after_rest(train: list[tuple[int, Button]]) -> None:
    edges = edges_of(train)
    for press in (one for one in all_told(train) if isinstance(one, Pressed)):
        line = LINES[press.button]
        assert Edge(line, True, press.at) in edges
        assert not any(edge.line is line and 0 < edge.at - press.at < CONTACT_CLOSES for edge in edges)
        openings = [edge.at for edge in edges if edge.line is line and not edge.active and edge.at < press.at]
        spiked = [edge.at for edge in edges if edge.line is line and edge.active and edge.at < press.at]
        rested_s = press.at - openings[-1] if openings else CONTACT_SETTLES
        assert rested_s >= CONTACT_SETTLES or openings[-1] - spiked[-1] < CONTACT_CLOSES


@given(TRAINS)
def test_no_clean_press_is_lost(train: list[tuple[int, Button]]) -> None:
    """A button untouched for 400 ms, with no other touched for 400 ms either, always acts."""
    edges = edges_of(train)
    presses = [one for one in all_told(train) if isinstance(one, Pressed)]
    for before, edge in zip([None, *edges], edges, strict=False):
        opens_at = next((one.at for one in edges if one.line is edge.line and one.at > edge.at), edge.at + HELD)
        is_held = opens_at - edge.at >= CONTACT_CLOSES
        if edge.active and is_held and (before is None or edge.at - before.at >= TREMOR):
            assert Pressed(BUTTON_LINES[edge.line], edge.at) in presses


@given(TRAINS)
def test_what_begins_also_ends_and_is_held_at_most_once(train: list[tuple[int, Button]]) -> None:
    for button in Button:
        story = [one for one in all_told(train) if one.button is button]
        began_at, was_held = None, False
        for one in story:
            match one:
                case Pressed(_, at) | Brushed(_, at):
                    assert began_at is None
                    began_at, was_held = at, False
                case StuckDown(_, at):
                    assert began_at is not None
                    assert at == began_at + HELD
                    assert not was_held
                    was_held = True
                case Released(_, at):
                    assert began_at is not None
                    assert was_held == (at >= began_at + HELD)
                    began_at = None


@given(TRAINS)
def test_a_late_loop_is_told_the_same(train: list[tuple[int, Button]]) -> None:
    edges = edges_of(train)
    until = edges[-1].at + 20 if edges else 20
    for button in Button:
        prompt = [one for one in told_by(edges, until=until, in_time=True) if one.button is button]
        assert [one for one in told_by(edges, until=until, in_time=False) if one.button is button] == prompt


@given(TRAINS)
def test_a_tick_at_the_deadline_moves_the_deadline(train: list[tuple[int, Button]]) -> None:
    """Otherwise the loop that sleeps until it would spin."""
    debounce = Debounce()
    for edge in edges_of(train):
        debounce.feed(edge)
        due = debounce.next_deadline()
        if due is not None and due >= edge.at:
            debounce.tick(due)
            later = debounce.next_deadline()
            assert later is None or later > due


def test_contact_bounce_at_both_ends_is_one_press_and_one_release() -> None:
    chatter = [0.000, 0.002, 0.003, 0.005, 0.006, 0.100, 0.101, 0.103]
    edges = [Edge(Line.PLAY, place % 2 == 0, at) for place, at in enumerate(chatter)]
    assert told_by(edges, until=1.0, in_time=True) == [Pressed(Button.PLAY, 0.0), Released(Button.PLAY, 0.103)]


def test_a_press_is_told_two_milliseconds_after_its_edge() -> None:
    debounce = Debounce()
    assert debounce.feed(Edge(Line.SLEEP, True, 5.0)) == ()
    assert debounce.next_deadline() == 5.002
    assert debounce.tick(5.002) == (Pressed(Button.SLEEP, 5.0),)


@pytest.mark.parametrize("spike_s", [0.00002, 0.001, 0.0019])
def test_a_spike_is_no_press_and_locks_no_button(spike_s: float) -> None:
    debounce = Debounce()
    edges = [Edge(Line.PLAY, place % 2 == 0, 1.0 + place // 2 * 0.01 + place % 2 * spike_s) for place in range(20)]
    assert [one for edge in edges for one in debounce.feed(edge)] == []
    assert debounce.next_deadline() is None
    debounce.feed(Edge(Line.PLAY, True, 1.2))
    assert debounce.tick(1.21) == (Pressed(Button.PLAY, 1.2),)


def test_a_spike_while_a_contact_opens_ends_no_release() -> None:
    debounce = Debounce()
    debounce.feed(Edge(Line.PLAY, True, 1.0))
    debounce.feed(Edge(Line.PLAY, False, 1.1))
    debounce.feed(Edge(Line.PLAY, True, 1.11))
    debounce.feed(Edge(Line.PLAY, False, 1.1105))
    assert debounce.tick(2.0) == (Released(Button.PLAY, 1.1105),)


@pytest.mark.parametrize(("gap_s", "means"), [(0.079, Brushed), (0.081, Pressed)])
def test_a_neighbour_within_80_ms_is_a_brushing_hand(gap_s: float, means: type[Touched]) -> None:
    debounce = Debounce()
    debounce.feed(Edge(Line.PLAY, True, 1.0))
    debounce.feed(Edge(Line.NEXT, True, 1.0 + gap_s))
    assert debounce.tick(2.0) == (means(Button.NEXT, 1.0 + gap_s),)


def test_two_buttons_that_are_told_late_are_told_in_the_order_of_the_hand() -> None:
    debounce = Debounce()
    debounce.feed(Edge(Line.NEXT, True, 1.0))
    debounce.feed(Edge(Line.PLAY, True, 1.001))
    assert debounce.tick(2.0) == (Pressed(Button.NEXT, 1.0), Brushed(Button.PLAY, 1.001))


@pytest.mark.parametrize(("gap_s", "means"), [(0.399, Brushed), (0.401, Pressed)])
def test_the_same_button_within_400_ms_is_tremor(gap_s: float, means: type[Touched]) -> None:
    debounce = Debounce()
    debounce.feed(Edge(Line.PLAY, True, 1.0))
    debounce.feed(Edge(Line.PLAY, False, 1.1))
    told = debounce.feed(Edge(Line.PLAY, True, 1.0 + gap_s))
    assert (*told, *debounce.tick(2.0)) == (Released(Button.PLAY, 1.1), means(Button.PLAY, 1.0 + gap_s))


def test_a_trembling_hand_does_not_lock_the_button_for_ever() -> None:
    """The 400 ms count from the press that acted, not from the tremor after it."""
    debounce, presses = Debounce(), []
    for heartbeat in range(40):  # five seconds of an 8 Hz tremor
        for active, at in ((True, heartbeat / 8), (False, heartbeat / 8 + 1 / 16)):
            presses += [one.at for one in debounce.feed(Edge(Line.PLAY, active, at)) if isinstance(one, Pressed)]
    assert presses == [half / 2 for half in range(10)]


def test_a_button_down_since_start_is_no_press_but_gets_stuck() -> None:
    debounce = Debounce()
    assert debounce.feed(Edge(Line.PLAY, True, 2.0, initial=True)) == (Brushed(Button.PLAY, 2.0),)
    assert debounce.next_deadline() == 2.0 + HELD
    assert debounce.tick(2.0 + HELD) == (StuckDown(Button.PLAY, 2.0 + HELD),)
    assert debounce.tick(1000.0) == ()
    assert debounce.next_deadline() is None


def test_a_contact_that_opens_just_before_eight_seconds_was_not_held() -> None:
    debounce = Debounce()
    debounce.feed(Edge(Line.PLAY, True, 0.0))
    debounce.feed(Edge(Line.PLAY, False, 7.99))
    assert debounce.tick(8.01) == ()
    assert debounce.tick(8.5) == (Released(Button.PLAY, 7.99),)
