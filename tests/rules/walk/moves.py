"""The alphabet: everything that can happen to a box, by name.

A move says what it is in a given state, or that it cannot be there. What only a speaker that errs could say (a late
end) is in it too.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from device.rules.events import (
    Assigned,
    Brushed,
    Button,
    ClockRead,
    Commanded,
    Event,
    Knob,
    NurseCallChanged,
    PartBack,
    PartLost,
    PlayBegan,
    PlayEnded,
    PlayerDied,
    PlayFailed,
    PlayTruncated,
    Pressed,
    Released,
    SoundReady,
    StuckDown,
    TracksHeld,
    Turned,
)
from device.rules.state import State
from messages import Code, Part, Verb, because
from tests.rules.walk import beds
from tests.rules.walk.settled import CUED, CURRENT, STALE

Happening = tuple[State, Event]


class Move(NamedTuple):
    """Something that can happen. `happens`: the state with its time moved on to where that is due, and the event;
    None: it cannot be here. `is_old`: nothing may come of it."""

    name: str
    happens: Callable[[State], Happening | None]
    is_old: bool = False


Moves = tuple[Move, ...]


def always(name: str, event: Event, *, is_old: bool = False) -> Move:
    """What can happen anywhere."""
    return Move(name, lambda state: (state, event), is_old)


def while_playing(name: str, event: Event) -> Move:
    """What the speaker says of the play that the session is at."""
    return Move(name, lambda state: (state, event) if state.playing else None)


def while_cued(name: str, event: Event) -> Move:
    """What the speaker says of the play that is to follow."""
    return Move(name, lambda state: (state, event) if state.playing and state.playing.cued else None)


def brushed(button: Button) -> Move:
    """A button that is up goes down and must not act."""
    return Move(
        f"{button.upper()} is brushed", lambda state: None if button in state.down else (state, Brushed(button))
    )


def pressed(button: Button) -> Move:
    """A button that is up goes down."""
    return Move(
        f"{button.upper()} is pressed", lambda state: None if button in state.down else (state, Pressed(button))
    )


def let_go(button: Button) -> Move:
    """A button that is down, goes up."""
    return Move(
        f"{button.upper()} is let go", lambda state: (state, Released(button)) if button in state.down else None
    )


PLAY, SLEEP, NEXT, CHOOSE = (pressed(button) for button in Button)
PRESSES = (PLAY, SLEEP, NEXT, CHOOSE)
BRUSHES = tuple(brushed(button) for button in Button)
RELEASES = tuple(let_go(button) for button in (Button.PLAY, Button.NEXT))
LOUDER, QUIETER = (
    always("VOLUME is turned up", Turned(Knob.VOLUME, 1)),
    always("VOLUME is turned down", Turned(Knob.VOLUME, -1)),
)
CHOOSE_ON, CHOOSE_BACK = (
    always("CHOOSE is turned on", Turned(Knob.CHOOSE, 1)),
    always("CHOOSE is turned back", Turned(Knob.CHOOSE, -1)),
)
TURNS = (LOUDER, QUIETER, CHOOSE_ON, CHOOSE_BACK)
SPUN = always("CHOOSE is spun", Turned(Knob.CHOOSE, 10))  # from one end of the scores to the other

BEGAN = while_playing("the track begins", PlayBegan(CURRENT))
CUE_BEGAN = while_cued("the cued track begins", PlayBegan(CUED))
ENDED = while_playing("the track ends", PlayEnded(CURRENT, 180.0))
FADED = while_playing("the fade reaches silence", PlayEnded(CURRENT, 180.0, faded=True))
BROKE = while_playing("the track breaks", PlayFailed(CURRENT, "corrupt"))
CUE_BROKE = while_cued("the cued track breaks", PlayFailed(CUED, "missing"))
CUT = while_playing("the track is cut short", PlayTruncated(CURRENT, "cut short"))
DIED = while_playing("the player dies", PlayerDied(CURRENT, 20.0, "no heartbeat"))
DIED_AT_THE_END = while_playing("the player dies at the track's end", PlayerDied(CURRENT, 180.0, "no heartbeat"))
DIED_OF_THE_CUE = while_cued("the player dies of the cued track", PlayerDied(CUED, 0.0, "no heartbeat"))
DIED_SILENT = always("the player dies while it plays nothing", PlayerDied(None, 0.0, "no heartbeat"))
LATE_ANSWERS = (
    always("an old track begins", PlayBegan(STALE), is_old=True),
    always("an old track ends", PlayEnded(STALE, 180.0), is_old=True),
    always("an old fade reaches silence", PlayEnded(STALE, 180.0, faded=True), is_old=True),
    always("an old track breaks", PlayFailed(STALE, "missing"), is_old=True),
    always("an old track is cut short", PlayTruncated(STALE, "cut short"), is_old=True),
)
SPEAKER = (BEGAN, CUE_BEGAN, ENDED, FADED)
BREAKS = (BROKE, CUE_BROKE, CUT)

SOUND_LOST, SOUND_BACK = (
    always("the sound card is lost", PartLost(Part.SOUND, because(Code.NO_SOUND, what="gone"))),
    always("the sound card is back", PartBack(Part.SOUND)),
)
SOUND_READY = always("the sound is ready", SoundReady())
STUCK_OVER = Move(
    "nothing lies on PLAY any more", lambda state: (state, Released(Button.PLAY)) if state.stuck else None
)
STUCK = always("something lies on PLAY", StuckDown(Button.PLAY))
PLAYER = (DIED, DIED_AT_THE_END, DIED_OF_THE_CUE, DIED_SILENT)
PARTS = (SOUND_LOST, SOUND_BACK, SOUND_READY)
HELD = (
    always("all tracks are on the box", TracksHeld(beds.ALL_TRACKS)),
    always("only the built-in tracks are on the box", TracksHeld(frozenset({"tide", "harbour", "dusk"}))),
    always("no track is on the box", TracksHeld(frozenset())),
)
HALF_HELD = always("one track of each set is missing", TracksHeld(beds.ALL_TRACKS - {"moss", "drops", "tide", "lamp"}))

NURSE_CALL, NURSE_CALL_OVER = (
    always("the nurse call closes", NurseCallChanged(active=True)),
    always("the nurse call is over", NurseCallChanged(active=False)),
)
WARD_STOPS = always("the ward stops the music", Commanded("c", Verb.STOP))
WARD_SILENCES = always("the ward silences the box", Commanded("c", Verb.SILENCE))
LOCATE = always("the ward looks for the box", Commanded("c", Verb.LOCATE))
LATE_COMMANDS = tuple(
    always(f"a late {verb} comes", Commanded("c", verb, late_s=5.0), is_old=True)
    for verb in (Verb.STOP, Verb.SILENCE, Verb.LOCATE)
)

DAY, NIGHT = (
    always("the clock shows noon", ClockRead(beds.wall(beds.NOON))),
    always("the clock shows eleven at night", ClockRead(beds.wall(beds.LATE))),
)
UNKNOWN = always("nobody knows the time", ClockRead(None))
NEXT_DAY = always("the clock shows noon of the next day", ClockRead(beds.wall(beds.NOON, day=1)))
REMINDS = always("it is time for the reminder", ClockRead(beds.wall(beds.REMINDING)))
STARTS = always("it is time for sleep music", ClockRead(beds.wall(beds.SLEEP_STARTS)))
CLOCKS = (DAY, NIGHT, UNKNOWN)
TIMES = (NEXT_DAY, REMINDS, STARTS)


def assigns(offer: Assigned) -> Move:
    """The ward gives this, under the next number."""
    return always(f"the ward assigns: {offer.digest}", replace(offer, version=beds.VERSION + 1))


ASSIGNMENTS = tuple(assigns(offer) for offer in beds.FAMILY)
RESET = always("the ward ends the stay", Assigned(beds.VERSION + 1, "reset", None, ()))
OLD_ASSIGNMENTS = (
    always(
        "an older assignment comes", beds.given("older", beds.GARDEN, version=4, stay="cy", vigil=True), is_old=True
    ),
    always("a forged assignment comes", beds.given("forged", beds.CALM, stay="cy", cap_day_dba=65.0), is_old=True),
    always("an older reset comes", Assigned(4, "older reset", None, ()), is_old=True),
    Move(
        "the ward repeats the assignment",
        lambda state: (state, replace(state.assigned, version=state.version)) if state.assigned else None,
        is_old=True,
    ),
)
