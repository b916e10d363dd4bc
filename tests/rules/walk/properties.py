"""What must hold at every turn, named by the hazard (docs/safety.md). Each gives None, or one line that says what is
wrong. Lengths and broken tracks are counted again here, not by the rules under test; `laws` are shared."""

from collections.abc import Callable
from dataclasses import replace
from math import isfinite

from device.rules.effects import Answer, Cue, Effect, Fade, Play, Record, SetLevel, Silence
from device.rules.events import (
    Assigned,
    Brushed,
    Button,
    ClockRead,
    Commanded,
    NurseCallChanged,
    PlayBegan,
    PlayerDied,
    PlayFailed,
    Pressed,
    Tick,
    Turned,
)
from device.rules.light import light
from device.rules.playback import RAMP_S
from device.rules.session import Session
from device.rules.state import Asked, State
from device.rules.step import next_deadline, step
from device.rules.view import Scene
from device.rules.view_of import view
from messages import Answered, AssignmentRefused, Cause, Outcome, Reset, Verb
from tests.rules import laws
from tests.rules.walk.beds import NOW
from tests.rules.walk.settled import CUED, CURRENT
from tests.rules.walk.turns import Turn

HOUR_S, TWO_HOURS_S = 3600.0, 7200.0


def no_level_above_the_cap(turn: Turn) -> str | None:
    return laws.over_the_cap(turn.after, turn.effects)


def a_start_from_silence_rises(turn: Turn) -> str | None:
    return laws.starts_without_a_rise(turn.before, turn.effects)


def only_the_knob_raises_the_level(turn: Turn) -> str | None:
    return laws.raised_by_itself(turn.before, turn.event, turn.after)


def nurse_call_and_stop_are_silence(turn: Turn) -> str | None:
    if not _asks_for_silence(turn):
        return None
    if turn.after.playing or turn.has(Play, Cue, Fade):
        return "it plays on"
    return "no silence was asked for" if turn.before.playing and not turn.has(Silence) else None


def _asks_for_silence(turn: Turn) -> bool:
    event = turn.event
    if isinstance(event, NurseCallChanged):
        return event.active
    return isinstance(event, Commanded) and event.verb in {Verb.STOP, Verb.SILENCE} and event.late_s == 0.0


def play_stops_what_plays(turn: Turn) -> str | None:
    if turn.event != Pressed(Button.PLAY) or turn.before.playing is None:
        return None
    return None if turn.after.playing is None and turn.has(Silence) and not turn.has(Play, Cue) else "it plays on"


def play_in_silence_plays_or_says_why(turn: Turn) -> str | None:
    before, after = turn.before, turn.after
    if turn.event != Pressed(Button.PLAY) or before.playing or before.cleaning_until is not None:
        return None
    if before.no_sound or not (before.playlists or before.sleep_playlist):
        why = Scene.NO_SOUND if before.no_sound else Scene.NO_MUSIC
        return None if view(after, NOW).scene is why else "nothing plays and the screen does not say so"
    return None if after.playing and turn.has(Play) else "nothing plays"


def an_end_is_silence(turn: Turn) -> str | None:
    if turn.before.playing and turn.after.playing is None and not turn.has(Silence):
        return "the session is over without a silence"
    return "something plays without a session" if turn.after.playing is None and turn.has(Play, Cue) else None


def what_is_old_changes_nothing(turn: Turn) -> str | None:
    if not turn.move.is_old:
        return None
    if turn.after is not turn.before and replace(turn.after, refused=turn.before.refused) != turn.before:
        return "it changes the state"
    harmless = all(_says_no(effect) for effect in turn.effects)
    return None if harmless else "it has an effect"


def _says_no(effect: Effect) -> bool:
    refuses = isinstance(effect, Record) and isinstance(effect.data, AssignmentRefused)
    return refuses or (isinstance(effect, Answer) and not effect.done)


def a_reset_leaves_nothing_of_the_stay(turn: Turn) -> str | None:
    event, after = turn.event, turn.after
    if not isinstance(event, Assigned) or turn.move.is_old:
        return None
    if event.stay is not None and turn.before.stay in {None, event.stay}:
        return None
    is_shown = after.overlay is not None and after.overlay.scene is not Scene.ON_ITS_WAY
    is_asked = after.asking is not None or after.asked != Asked() or after.reminding_until is not None
    if after.playing or after.resume or after.choosing or is_shown or is_asked or after.stopped_at is not None:
        return "music, place, screen, question or stop of the stay before"
    if after.level_dba > after.limits.start_day_dba:
        return "the level of the stay before"
    known = {music.slug for music in event.playlists}
    if (after.chosen is not None and after.chosen not in known) or (event.stay is None and after.assigned):
        return "a choice or an assignment of the stay before"
    return None


def an_entry_has_the_stay_that_it_is_of(turn: Turn) -> str | None:
    """What ends with a stay is of that stay; from then on nothing is."""
    old, new = turn.before.stay, turn.after.stay
    stays = [effect.stay for effect in turn.effects if isinstance(effect, Record)]
    if old == new:
        return None if all(stay == new for stay in stays) else "an entry of another stay"
    resets = [e.stay for e in turn.effects if isinstance(e, Record) and isinstance(e.data, Reset)]
    if any(stay != old for stay in resets) or not set(stays) <= {old, new}:
        return "an entry of another stay"
    ordered = sorted(stays, key=lambda stay: stay == new)
    return None if stays == ordered else "an entry of the old stay after one of the new"


def what_must_not_play_does_not(turn: Turn) -> str | None:
    never = turn.after.rules.never_play
    if not never:
        return None
    asked_for = [effect.sha256 for effect in turn.effects if isinstance(effect, Play | Cue)]
    if any(sha256 in never for sha256 in asked_for):
        return "a track that is never to be played"
    session = turn.after.playing
    return "it plays on" if session and session.track.sha256 in never and not _only_barred(session) else None


def _only_barred(session: Session) -> bool:
    return len(session.barred) == len(session.music.tracks)


def what_broke_is_passed_over(turn: Turn) -> str | None:
    """But a track that plays, and was not to be had when it was cued once more, goes on where its player died."""
    session = turn.before.playing
    if session is None or isinstance(turn.event, PlayBegan | Pressed | Assigned | ClockRead):
        return None
    broken = session.broken | _just_broken(session, turn)
    rest = set(range(len(session.music.tracks))) - broken - session.barred
    hashes = {session.music.tracks[place].sha256 for place in broken}
    if isinstance(turn.event, PlayerDied):
        hashes -= {session.track.sha256}
    again = any(isinstance(effect, Play | Cue) and effect.sha256 in hashes for effect in turn.effects)
    is_same = turn.after.playing is not None and turn.after.playing.music.slug == session.music.slug
    return "a broken track again, though another could play" if again and rest and is_same else None


def _just_broken(session: Session, turn: Turn) -> frozenset[int]:
    if not isinstance(turn.event, PlayFailed):
        return frozenset()
    if turn.event.play_id == CURRENT:
        return frozenset({session.place})
    return frozenset({session.cued.place}) if turn.event.play_id == CUED and session.cued else frozenset()


def by_night_nothing_is_asked_or_offered(turn: Turn) -> str | None:
    return laws.says_something_by_night(turn.after, NOW, NOW + 2.0)


def by_night_only_a_hand_lights_the_screen(turn: Turn) -> str | None:
    before, after = turn.before, turn.after
    if not (before.night and after.night) or turn.by_hand or isinstance(turn.event, Commanded):
        return None
    if after.overlay == before.overlay and after.choosing == before.choosing:
        return None  # it answered a hand
    shown = view(after, NOW).scene if turn.screen.scene is Scene.DARK else Scene.DARK
    return None if shown in {Scene.DARK, Scene.CLEANING} else f"{shown} lights up by itself"


def every_session_has_an_end(turn: Turn) -> str | None:
    session, before = turn.after.playing, turn.before.playing
    if session is None:
        return None
    if session.endless:
        return None if turn.after.rules.vigil else "no end, without a vigil"
    is_new = before is None or before.session != session.session
    most_s = HOUR_S if is_new and turn.after.night else TWO_HOURS_S
    left_s = min(most_s, max(RAMP_S, session.since + TWO_HOURS_S - NOW)) if is_new else most_s
    if not isfinite(session.ends_at) or session.ends_at > NOW + left_s:
        return f"it plays for {session.ends_at - NOW:.0f} s more"
    return None if next_deadline(turn.after) is not None else "nothing wakes the box at its end"


def only_a_hand_or_the_staffs_time_begins(turn: Turn) -> str | None:
    before, session = turn.before, turn.after.playing
    if before.playing or session is None:
        return None
    if wrong := laws.must_not_begin(before, turn.event, NOW):
        return wrong
    is_told = isinstance(turn.event, Pressed) or session.cause is Cause.TIMED
    return None if is_told else "at the staff's time, and its cause is another"


def an_unknown_clock_is_night(turn: Turn) -> str | None:
    return "day without a clock" if turn.after.wall is None and not turn.after.night else None


def in_cleaning_no_control_acts(turn: Turn) -> str | None:
    before, after = turn.before, turn.after
    if after.cleaning_until is not None and after.playing:
        return "something plays in cleaning"
    if before.cleaning_until is None or not isinstance(turn.event, Pressed | Turned | Brushed):
        return None
    untouched = replace(after, down=before.down, chord_at=before.chord_at) == before
    return "a control acts" if turn.effects or not untouched else None


def cleaning_ends_by_itself(turn: Turn) -> str | None:
    before, after = turn.before, turn.after
    if after.cleaning_until is not None and not NOW < after.cleaning_until <= NOW + 120.0:
        return "it lasts longer than two minutes"
    is_over = before.cleaning_until is not None and before.cleaning_until <= NOW
    return "it goes on" if is_over and after.cleaning_until is not None else None


def no_press_is_without_effect(turn: Turn) -> str | None:
    """What a patient hears or sees; that the screen wakes up or comes out of its dimming is not enough."""
    before, after = turn.before, turn.after
    if not turn.by_hand or before.cleaning_until is not None or turn.has(Play, Silence, SetLevel):
        return None
    if turn.looked_at != view(after, NOW) or light(before, NOW) != light(after, NOW):
        return None
    if turn.looked_at.scene in {Scene.NO_SOUND, Scene.NO_MUSIC}:
        return None  # the screen says why nothing can be heard, and goes on saying it
    return None if _stays_longer(before, after, turn.looked_at.scene) else "nothing is heard or seen"


def _stays_longer(before: State, after: State, shown: Scene) -> bool:
    """The answer to this press is on the screen already, and its time begins again."""
    if shown is Scene.CHOOSING:
        return bool(before.choosing and after.choosing and after.choosing.rests_at > before.choosing.rests_at)
    was, stays = before.overlay or before.asking, after.overlay or after.asking
    return bool(was and stays and stays.until > was.until)


def only_a_question_on_the_screen_is_answered(turn: Turn) -> str | None:
    asking, stands = turn.before.asking, turn.after.asking
    if asking is None:
        return None
    if isinstance(turn.event, Turned) and stands and stands.stands != asking.stands:
        return None if view(turn.after, NOW).scene is Scene.ANSWER else "the knob gives an answer that is not seen"
    is_seen = turn.looked_at.scene in {Scene.QUESTION, Scene.ANSWER}
    answers = [e.data.outcome for e in turn.effects if isinstance(e, Record) and isinstance(e.data, Answered)]
    by_push = not is_seen and any(outcome is not Outcome.NOT_ANSWERED for outcome in answers)
    return "a push answers or declines a question that is not seen" if by_push else None


def what_begins_is_heard(turn: Turn) -> str | None:
    """Nothing that a hand begins is over before it is heard."""
    session, before = turn.after.playing, turn.before.playing
    is_new = session is not None and (before is None or before.session != session.session)
    return "it is over at once" if is_new and session and session.ends_at < NOW + 1.0 else None


def every_deadline_lies_ahead(turn: Turn) -> str | None:
    """But where a session is no longer than its fade: then that is due at once, and the Tick that comes moves it."""
    session, due = turn.after.playing, next_deadline(turn.after)
    if due is not None and due == NOW and session and not session.fading and session.fade_at == NOW:
        due = next_deadline(step(turn.after, Tick(), NOW)[0])
    return f"a deadline {NOW - due:.1f} s ago" if due is not None and due <= NOW else None


PROPERTIES: dict[str, Callable[[Turn], str | None]] = {
    "H1 no level above the cap": no_level_above_the_cap,
    "H1 a start from silence rises": a_start_from_silence_rises,
    "H1 only the knob raises the level": only_the_knob_raises_the_level,
    "H2 nurse call and stop are silence": nurse_call_and_stop_are_silence,
    "H3 PLAY stops what plays": play_stops_what_plays,
    "H3 PLAY in silence plays, or the screen says why not": play_in_silence_plays_or_says_why,
    "H3 an end is silence": an_end_is_silence,
    "H3 no press is without effect": no_press_is_without_effect,
    "H3 only a question on the screen is answered": only_a_question_on_the_screen_is_answered,
    "H3 what begins is heard": what_begins_is_heard,
    "H3 every deadline lies ahead": every_deadline_lies_ahead,
    "H4 what is old changes nothing": what_is_old_changes_nothing,
    "H5 a reset leaves nothing of the stay": a_reset_leaves_nothing_of_the_stay,
    "H5 an entry has the stay that it is of": an_entry_has_the_stay_that_it_is_of,
    "H6 what must not play does not": what_must_not_play_does_not,
    "H6 what broke is passed over": what_broke_is_passed_over,
    "H7 by night nothing is asked or offered": by_night_nothing_is_asked_or_offered,
    "H7 by night only a hand lights the screen": by_night_only_a_hand_lights_the_screen,
    "H8 every session has an end": every_session_has_an_end,
    "H8 only a hand or the staff's time begins": only_a_hand_or_the_staffs_time_begins,
    "H16 an unknown clock is night": an_unknown_clock_is_night,
    "H18 in cleaning no control acts": in_cleaning_no_control_acts,
    "H18 cleaning ends by itself": cleaning_ends_by_itself,
}
"""At every transition. `lasting.py` has those of every state."""
