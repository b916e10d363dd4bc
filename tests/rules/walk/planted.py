"""Faults planted into the rules, one rule at a time: the walk must find each, and says by which way."""

from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import Any, NamedTuple

import pytest

from device.rules import (
    assignments,
    cleaning,
    faults,
    hours,
    offered_playlists,
    playback,
    questions,
    reminders,
    speaker_events,
    step,
    volume,
)
from device.rules.effects import Play, Record, SetLevel, Step
from device.rules.events import Button, Knob
from device.rules.session import Session
from device.rules.state import Overlay, State
from device.rules.view import Scene
from tests.rules.walk.slices import quick
from tests.rules.walk.story import Violation
from tests.rules.walk.walker import walk

DEEPEST = 8  # moves; the longest way to a planted fault has fewer

Plant = Callable[[pytest.MonkeyPatch], None]


class Planted(NamedTuple):
    """A fault, the part of the alphabet in which it shows, and the rule that tells it."""

    name: str
    part: str
    rule: str
    plant: Plant


def found(planted: Planted) -> Violation | None:
    """The shortest way to the fault."""
    (part,) = [part for part in quick() if part.name == planted.part]
    with pytest.MonkeyPatch.context() as patch:
        planted.plant(patch)
        done = walk(replace(part, depth=DEEPEST), stop_at=planted.rule)
    return next((violation for violation in done.violations.values() if violation.name == planted.rule), None)


def _a_late_end_starts_music(patch: pytest.MonkeyPatch) -> None:
    real = speaker_events.on_ended

    def on_ended(state: State, play_id: int, faded: bool, now: float) -> Step:
        if state.playing is None:
            return playback.start(state, state.chosen_playlist, now)
        return real(state, play_id, faded, now)

    patch.setattr(speaker_events, "on_ended", on_ended)


def _cleaning_lets_play_through(patch: pytest.MonkeyPatch) -> None:
    real = step._on_pressed

    def on_pressed(state: State, button: Button, now: float) -> Step:
        after, effects = real(replace(state, cleaning_until=None), button, now)
        return replace(after, cleaning_until=state.cleaning_until), effects

    patch.setattr(step, "_on_pressed", on_pressed)


def _never_play_is_ignored(patch: pytest.MonkeyPatch) -> None:
    real = offered_playlists.offered
    patch.setattr(
        offered_playlists, "offered", lambda given, builtin, held, _never: real(given, builtin, held, frozenset())
    )


def _it_asks_by_night(patch: pytest.MonkeyPatch) -> None:
    real = questions._may_ask
    patch.setattr(questions, "_may_ask", lambda state, at, now: real(replace(state, night=False), at, now))


def _play_does_nothing_in_a_closing_fade(patch: pytest.MonkeyPatch) -> None:
    real = step._on_play

    def on_play(state: State, now: float) -> Step:
        return (state, ()) if state.playing and state.playing.fading else real(state, now)

    patch.setitem(step._PRESS, Button.PLAY, on_play)


def _a_reset_keeps_the_resume_point(patch: pytest.MonkeyPatch) -> None:
    real = assignments._forget
    patch.setattr(assignments, "_forget", lambda state: replace(real(state), resume=state.resume))


def _a_reset_tells_of_no_stay(patch: pytest.MonkeyPatch) -> None:
    real = assignments._reset

    def reset(state: State, offer: Any, now: float) -> Step:
        state, effects = real(state, offer, now)
        return state, tuple(replace(effect, stay=None) if isinstance(effect, Record) else effect for effect in effects)

    patch.setattr(assignments, "_reset", reset)


def _a_set_time_ignores_the_nurse_call(patch: pytest.MonkeyPatch) -> None:
    real = reminders._is_free
    patch.setattr(reminders, "_is_free", lambda state, now: real(replace(state, nurse_call=False), now))


def _a_set_time_ignores_the_patients_stop(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reminders, "QUIET_AFTER_STOP_S", 0.0)


def _an_unknown_clock_is_day(patch: pytest.MonkeyPatch) -> None:
    real = hours.is_night
    patch.setattr(hours, "is_night", lambda wall, rules: wall is not None and real(wall, rules))


def _an_older_assignment_counts(patch: pytest.MonkeyPatch) -> None:
    real = assignments.on_assigned
    patch.setattr(step, "on_assigned", lambda state, offer, now: real(replace(state, version=0), offer, now))


def _a_start_does_not_rise(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(volume, "coming_back", lambda _state, _session, _heard_dba: (0.0, None))


def _the_nurse_call_is_not_heard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(step, "_on_nurse_call", lambda state, _now: (state, ()))


def _a_session_has_no_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(playback, "_lengths", lambda *_: (inf, playback.COMFORT_FADE_S))


def _the_knob_knows_no_cap(patch: pytest.MonkeyPatch) -> None:
    real = step._TURN[Knob.VOLUME]

    def on_volume(state: State, detents: int, now: float) -> Step:
        loud = replace(state.limits, cap_day_dba=90.0, cap_night_dba=90.0)
        after, effects = real(replace(state, limits=loud), detents, now)
        return replace(after, limits=state.limits), effects

    patch.setitem(step._TURN, Knob.VOLUME, on_volume)


def _the_clock_raises_the_level(patch: pytest.MonkeyPatch) -> None:
    def within_cap(state: State) -> Step:
        return replace(state, level_dba=state.cap_dba), (SetLevel(state.cap_dba),) if state.playing else ()

    patch.setattr(volume, "within_cap", within_cap)


def _what_broke_is_tried_again(patch: pytest.MonkeyPatch) -> None:
    real = Session.following
    patch.setattr(Session, "following", lambda session, place: real(replace(session, broken=frozenset()), place))


def _a_stop_ends_without_silence(patch: pytest.MonkeyPatch) -> None:
    real = step._on_play

    def on_play(state: State, now: float) -> Step:
        after, effects = real(state, now)
        return after, tuple(effect for effect in effects if isinstance(effect, Play | Record))

    patch.setitem(step._PRESS, Button.PLAY, on_play)


def _next_in_silence_does_nothing(patch: pytest.MonkeyPatch) -> None:
    real = step._on_next

    def on_next(state: State, now: float) -> Step:
        return real(state, now) if state.playing else (state, ())

    patch.setitem(step._PRESS, Button.NEXT, on_next)


def _a_lost_card_lights_the_night(patch: pytest.MonkeyPatch) -> None:
    real = faults.on_part

    def on_part(state: State, event: Any, now: float) -> Step:
        state, effects = real(state, event, now)
        return replace(state, overlay=Overlay(Scene.NO_SOUND, now + 10.0)), effects

    patch.setattr(step, "on_part", on_part)


def _a_band_stays_lit_by_night(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(step, "TIME_LEFT_SHOWN_S", 30.0)
    real = step._deadlines

    def deadlines(state: State) -> Any:
        return (at for at in real(state) if state.overlay is None or at != state.overlay.until)

    patch.setattr(step, "_deadlines", deadlines)


def _cleaning_never_ends(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cleaning, "over", lambda state: state)


def _a_cue_that_is_late_is_waited_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(speaker_events, "on_cue_late", lambda state, _now: (state, ()))


PLANTED = (
    Planted("a late end starts music", "hours", "H4 what is old changes nothing", _a_late_end_starts_music),
    Planted("cleaning lets PLAY through", "cleaning", "H18 in cleaning no control acts", _cleaning_lets_play_through),
    Planted("never_play is ignored", "tracks held", "H6 what must not play does not", _never_play_is_ignored),
    Planted("it asks by night", "questions", "H7 by night nothing is asked or offered", _it_asks_by_night),
    Planted(
        "PLAY does nothing in a closing fade", "hours", "H3 PLAY stops what plays", _play_does_nothing_in_a_closing_fade
    ),
    Planted(
        "a reset keeps the resume point",
        "tracks held",
        "H5 a reset leaves nothing of the stay",
        _a_reset_keeps_the_resume_point,
    ),
    Planted(
        "a reset tells of no stay",
        "assignments",
        "H5 an entry has the stay that it is of",
        _a_reset_tells_of_no_stay,
    ),
    Planted(
        "a set time ignores the nurse call",
        "times of the day",
        "H8 only a hand or the staff's time begins",
        _a_set_time_ignores_the_nurse_call,
    ),
    Planted(
        "a set time ignores the patient's stop",
        "times of the day",
        "H8 only a hand or the staff's time begins",
        _a_set_time_ignores_the_patients_stop,
    ),
    Planted("an unknown clock is day", "clock", "H16 an unknown clock is night", _an_unknown_clock_is_day),
    Planted("an older assignment counts", "assignments", "H4 what is old changes nothing", _an_older_assignment_counts),
    Planted("a start does not rise", "hands by day", "H1 a start from silence rises", _a_start_does_not_rise),
    Planted("the nurse call is not heard", "ward", "H2 nurse call and stop are silence", _the_nurse_call_is_not_heard),
    Planted("a session has no end", "hands by night", "H8 every session has an end", _a_session_has_no_end),
    Planted("the knob knows no cap", "hands by day", "H1 no level above the cap", _the_knob_knows_no_cap),
    Planted("the clock raises the level", "clock", "H1 only the knob raises the level", _the_clock_raises_the_level),
    Planted("what broke is tried again", "tracks", "H6 what broke is passed over", _what_broke_is_tried_again),
    Planted("a stop ends without silence", "hands by day", "H3 an end is silence", _a_stop_ends_without_silence),
    Planted(
        "NEXT in silence does nothing", "hands by day", "H3 no press is without effect", _next_in_silence_does_nothing
    ),
    Planted(
        "a lost card lights the night",
        "caps",
        "H7 by night only a hand lights the screen",
        _a_lost_card_lights_the_night,
    ),
    Planted(
        "what the screen shows never goes home by night",
        "hands by night",
        "H7 by night the screen is dark 10 s after the touch",
        _a_band_stays_lit_by_night,
    ),
    Planted("cleaning never ends", "cleaning", "H18 cleaning ends by itself", _cleaning_never_ends),
    Planted(
        "a cue that is late is waited for", "hours", "H3 every deadline lies ahead", _a_cue_that_is_late_is_waited_for
    ),
)
