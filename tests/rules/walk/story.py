"""A violation as a story: what happened, one line a move, what the box did and what stood on its screen."""

from dataclasses import dataclass

from device.rules.effects import Answer, Cue, Effect, Fade, Play, Record, SetLevel, Silence
from device.rules.state import State
from device.rules.step import step
from device.rules.view_of import view
from tests.rules.walk.beds import NOW
from tests.rules.walk.moves import Move, Moves
from tests.rules.walk.settled import settled


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that does not hold, and the shortest way to where it does not."""

    name: str
    wrong: str
    start: State
    moves: Moves
    hands: bool

    @property
    def story(self) -> str:
        """The way, to be read."""
        lines = [f"{self.name}: {self.wrong}", f"   0. {_bed(self.start)}"]
        state = self.start
        for number, move in enumerate(self.moves, 1):
            state, line = _told(state, move)
            lines.append(f"  {number:2}. {line}")
            state = settled(state, hands=self.hands)
        return "\n".join(lines)


def _told(state: State, move: Move) -> tuple[State, str]:
    happening = move.happens(state)
    assert happening is not None, f"{move.name} cannot be here: the way is wrong"
    before, event = happening
    after, effects = step(before, event, NOW)
    done = ", ".join(map(_effect, effects)) or "nothing"
    return after, f"{move.name} -> {done} | {_bed(after)}"


def _bed(state: State) -> str:
    night = "night" if state.night else "day"
    plays = f"{state.playing.music.slug} plays" if state.playing else "silence"
    return f"{night}, {plays}, {state.level_dba:.0f} dB(A), screen: {view(state, NOW).scene}"


def _effect(effect: Effect) -> str:  # noqa: PLR0911 - a table of what the box can do
    match effect:
        case Play():
            rise = f", rising over {effect.rise_s:.0f} s" if effect.rise_s else ""
            return f"play {effect.sha256} at {effect.level_dba:.0f} dB(A){rise}"
        case Cue():
            return f"cue {effect.sha256}"
        case SetLevel():
            return f"level {effect.level_dba:.0f} dB(A)"
        case Fade():
            return f"fade over {effect.seconds:.1f} s"
        case Silence():
            return "silence"
        case Record():
            return f"entry {type(effect.data).__name__} of {effect.stay or 'no stay'}"
        case Answer():
            return "done" if effect.done else f"refused: {effect.reason}"
