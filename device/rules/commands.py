"""What the ward may ask of a box now, and what is refused because it would disturb whoever lies there."""

from collections.abc import Callable
from dataclasses import replace
from math import ceil

from device.rules import playback, watching
from device.rules.effects import Answer, Effect, Restart, RunTest, SendLines, Step
from device.rules.events import Commanded, SelfTested
from device.rules.state import Overlay, State
from device.rules.view import Scene
from messages import Cause, Code, Reason, Verb, because

HERE_SHOWN_S = 30.0
TEST_WITHIN_S = 25.0  # a disk may hang; after that another test may be asked for


def on_command(state: State, command: Commanded, now: float) -> Step:
    """A command comes here once: the link answers a repeated one by itself."""
    reason = _refusal(state, command, now)
    if reason is not None:
        return state, (Answer(command.command_id, done=False, reason=reason),)
    return _ACT[command.verb](state, command, now)


def on_tested(state: State, tested: SelfTested) -> Step:
    """The results are the answer; those of a test that nobody waits for any more are dropped."""
    if state.testing is None or state.testing[0] != tested.command_id:
        return state, ()
    return replace(state, testing=None), (Answer(tested.command_id, done=True, results=tested.results),)


def _refusal(state: State, command: Commanded, now: float) -> Reason | None:
    if command.late_s > 0:
        return because(Code.TOO_LATE, seconds=f"{command.late_s:.0f}")
    if command.verb not in _ACT:
        return because(Code.VERB_UNKNOWN, verb=command.verb)
    if command.verb is Verb.SELF_TEST and state.testing is not None and now < state.testing[1]:
        return because(Code.TEST_RUNS)
    return None if command.forced else _disturbs(state, command.verb, now)


def _disturbs(state: State, verb: Verb, now: float) -> Reason | None:
    if verb in _WAITS_FOR_SILENCE and state.playing:
        if state.playing.endless:
            return because(Code.MUSIC_ENDLESS)
        return because(Code.MUSIC_PLAYS, minutes=ceil(max(0.0, state.playing.ends_at - now) / 60))
    if verb is Verb.LOCATE and state.night:
        ends = state.rules.night_ends
        return because(Code.NIGHT, until=f"{ends // 60:02}:{ends % 60:02}")
    return None


def _silence(state: State, command: Commanded, now: float) -> Step:
    state, effects = playback.end(state, Cause.WARD, now)
    return state, (*effects, _done(command))


def _locate(state: State, command: Commanded, now: float) -> Step:
    return replace(state, overlay=Overlay(Scene.HERE, now + HERE_SHOWN_S)), (_done(command),)


def _test(state: State, command: Commanded, now: float) -> Step:
    return replace(state, testing=(command.command_id, now + TEST_WITHIN_S)), (RunTest(command.command_id),)


def _send_lines(state: State, command: Commanded, now: float) -> Step:  # noqa: ARG001 - each of the table takes it
    return state, (SendLines(command.command_id),)


def _watch(state: State, command: Commanded, now: float) -> Step:
    return watching.begin(state, now), (_done(command),)


def _restart(state: State, command: Commanded, now: float) -> Step:
    """Music that plays ends as from the ward, so that its entry is written before the service goes."""
    state, effects = playback.end(state, Cause.WARD, now)
    return state, (*effects, _done(command), Restart())


def _done(command: Commanded) -> Effect:
    return Answer(command.command_id, done=True)


_WAITS_FOR_SILENCE = {Verb.RESTART, Verb.SELF_TEST}
_ACT: dict[Verb, Callable[[State, Commanded, float], Step]] = {
    Verb.STOP: _silence,  # one bed, or each bed of a room: staff at the ward's page asked, no relay
    Verb.SILENCE: _silence,
    Verb.LOCATE: _locate,
    Verb.SELF_TEST: _test,
    Verb.SEND_LOGS: _send_lines,
    Verb.RESTART: _restart,
    Verb.WATCH: _watch,
}


def private_words(state: State) -> frozenset[str]:
    """What may not leave the box with its technical log: the stay, and the names of playlists and tracks."""
    playlists = (*state.builtin, *(state.assigned.playlists if state.assigned else ()))
    names = {name for music in playlists for name in (music.slug, music.title, music.label)}
    titles = {track.title for music in playlists for track in music.tracks}
    return frozenset(names | titles | ({state.stay} if state.stay else set()))


CAPABILITIES = (Verb.SELF_TEST, Verb.SEND_LOGS, Verb.RESTART, Verb.WATCH)
"""What this box can do beyond version 1, as its hello says it."""
