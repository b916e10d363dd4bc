"""The walks: parts of the alphabet that are walked until nothing new is found, and the whole of it to a depth.

A part holds what acts on one subject and whatever can come between. What is quick is walked at each test run, what is
deep by `python -m tests.rules.walk --deep`: larger parts, and the whole alphabet a move further.
"""

from device.rules.state import State
from tests.rules.walk import beds, moves, timers
from tests.rules.walk.beds import new_bed
from tests.rules.walk.walker import Slice

SMALL = (beds.CALM, beds.SLEEP)
TWO_TRACKS = (beds.CALM_OF_TWO, beds.SLEEP)
ONLY = (beds.CALM_OF_TWO,)

SPEAKS, ENDINGS = (moves.BEGAN, moves.CUE_BEGAN, moves.ENDED), timers.SESSION_TIMERS
HANDS = (*moves.PRESSES, moves.LOUDER, moves.CHOOSE_ON, *moves.SPEAKER, *ENDINGS, *timers.HAND_TIMERS)
TRACKS = (moves.PLAY, moves.NEXT, *moves.SPEAKER, *moves.BREAKS, *ENDINGS, timers.SHOWN)
HOURS = (moves.PLAY, moves.SLEEP, *SPEAKS, *moves.LATE_ANSWERS, timers.HOURS, *ENDINGS)
CLOCK = (*moves.PRESSES, moves.LOUDER, moves.BEGAN, *moves.CLOCKS, timers.FADES, timers.SHOWN, timers.RESTS)
FAULTS = (
    *(moves.PLAY, moves.SLEEP, moves.NEXT, *moves.SPEAKER, moves.BROKE, *moves.PLAYER, *moves.PARTS, moves.STUCK),
    *(moves.STUCK_OVER, timers.SURVIVED, timers.SHOWN, *ENDINGS),
)
FAULTS_OF_TRACKS = (
    *(moves.PLAY, moves.NEXT, *SPEAKS, moves.BROKE, moves.CUE_BROKE, moves.DIED, moves.DIED_OF_THE_CUE),
    *(moves.SOUND_LOST, moves.SOUND_READY, timers.SURVIVED, timers.CUE_LATE, timers.FADES),
)
ASSIGNMENTS = (moves.PLAY, moves.BEGAN, moves.LOUDER, *moves.ASSIGNMENTS, moves.RESET, *moves.OLD_ASSIGNMENTS)
HELD = (
    *(moves.PLAY, moves.SLEEP, moves.NEXT, *moves.HELD, moves.HALF_HELD, timers.SHOWN),
    *(moves.assigns(beds.TWO_PLAYLISTS), moves.assigns(beds.NEVER), moves.RESET),
)
CAPS = (
    *(moves.PLAY, moves.BEGAN, moves.LOUDER, moves.QUIETER, *moves.CLOCKS, moves.SOUND_LOST, moves.SOUND_READY),
    *(moves.assigns(beds.SHARED), moves.assigns(beds.OTHER_STAY), moves.RESET, *moves.HELD[:2], timers.SHOWN),
)
QUESTIONS = (
    *(moves.PLAY, moves.CHOOSE, moves.SPUN, moves.LOUDER, moves.BEGAN, moves.FADED, moves.DAY, moves.NIGHT),
    *(timers.HEARD, timers.PAUSE, timers.UNANSWERED, timers.SHOWN, timers.RESTS),
)
TIMES = (
    *(
        moves.PLAY,
        moves.CHOOSE,
        moves.BEGAN,
        moves.FADED,
        moves.LOCATE,
        moves.NURSE_CALL,
        moves.NURSE_CALL_OVER,
        moves.WARD_STOPS,
        *moves.CLOCKS,
    ),
    *(*moves.TIMES, timers.UNINVITED, timers.HOUR, timers.UNANSWERED),
)
CLEANING = (
    *(moves.PLAY, moves.NEXT, moves.CHOOSE, *moves.BRUSHES[::2], *moves.RELEASES, moves.LOUDER, moves.BEGAN),
    *(
        moves.NURSE_CALL,
        moves.NURSE_CALL_OVER,
        moves.NIGHT,
        timers.CHORD_HELD,
        timers.CLEAN,
        timers.SHOWN,
        timers.RESTS,
    ),
)
WARD = (
    *(
        *moves.PRESSES,
        moves.BEGAN,
        moves.NURSE_CALL,
        moves.NURSE_CALL_OVER,
        moves.WARD_STOPS,
        moves.WARD_SILENCES,
        moves.LOCATE,
    ),
    *(*moves.LATE_COMMANDS, moves.NIGHT, timers.FADES, timers.SHOWN),
)
VIGIL = (
    *(moves.PLAY, moves.SLEEP, moves.BEGAN, moves.ENDED, moves.DAY, moves.NIGHT, moves.assigns(beds.VIGIL)),
    *(moves.assigns(beds.OTHER_PLAYLISTS), timers.HOURS, *ENDINGS, timers.SHOWN),
)
EVERYTHING = (
    *(*moves.PRESSES, *moves.BRUSHES, *moves.RELEASES, *moves.TURNS, moves.SPUN, *moves.SPEAKER, *moves.BREAKS),
    *(*moves.PLAYER, *moves.LATE_ANSWERS, *moves.PARTS, moves.STUCK, moves.STUCK_OVER, *moves.HELD, moves.HALF_HELD),
    *(
        moves.NURSE_CALL,
        moves.NURSE_CALL_OVER,
        moves.WARD_STOPS,
        moves.WARD_SILENCES,
        moves.LOCATE,
        *moves.LATE_COMMANDS,
    ),
    *(*moves.CLOCKS, *moves.TIMES, *moves.ASSIGNMENTS, moves.RESET, *moves.OLD_ASSIGNMENTS, *timers.ALL),
)


def quick() -> tuple[Slice, ...]:
    """What each test run walks."""
    day, night, asked = new_bed(*SMALL), new_bed(*SMALL, night=True), new_bed(*SMALL, assigned=beds.ASKING)
    return (
        Slice("hands by day", (day,), HANDS),
        Slice("hands by night", (night,), HANDS),
        Slice("tracks", (new_bed(*ONLY), new_bed(*ONLY, night=True)), TRACKS),
        Slice("hours", (day, night), HOURS),
        Slice("clock", (day,), CLOCK),
        Slice("faults", (day,), FAULTS),
        Slice("assignments", (day,), ASSIGNMENTS),
        Slice("caps", (day,), CAPS),
        Slice("tracks held", (new_bed(*TWO_TRACKS), new_bed()), HELD),
        Slice("questions", (asked,), QUESTIONS),
        Slice("times of the day", (asked,), TIMES),
        Slice("cleaning", (asked,), CLEANING, hands=True),
        Slice("ward", (day,), WARD),
        Slice("vigil", (new_bed(*SMALL, assigned=beds.VIGIL),), VIGIL),
        Slice("everything", (day, night, asked), EVERYTHING, hands=True, depth=2),
    )


def deep() -> tuple[Slice, ...]:
    """What takes minutes: the same and more, on playlists of more tracks."""
    two, three = new_bed(*TWO_TRACKS), new_bed(beds.CALM_OF_THREE)
    asked = new_bed(*SMALL, assigned=beds.ASKING)
    more_hands = (*HANDS, moves.QUIETER, moves.CHOOSE_BACK, *moves.CLOCKS)
    return (
        Slice("hands by day and by night", (new_bed(*SMALL),), more_hands),
        Slice("tracks, three of them", (three,), TRACKS),
        Slice("faults and clocks", (new_bed(*SMALL),), (*FAULTS, moves.CUE_BROKE, moves.CUT, *moves.CLOCKS)),
        Slice("faults of two tracks", (new_bed(*ONLY),), FAULTS_OF_TRACKS),
        Slice("assignments and hands", (new_bed(*SMALL),), (*ASSIGNMENTS, moves.CHOOSE, moves.NEXT_DAY)),
        Slice("tracks held and chosen", (two,), (*HELD, moves.CHOOSE, moves.CHOOSE_ON, timers.RESTS, moves.NIGHT)),
        Slice("questions and scores", (asked,), (*QUESTIONS, *moves.TURNS[2:], moves.NEXT, moves.RESET)),
        Slice("times of the day and hands", (asked,), (*TIMES, moves.CHOOSE_ON, timers.RESTS, *moves.PARTS)),
        Slice("cleaning and hands", (asked,), (*CLEANING, *moves.BRUSHES, moves.SLEEP, moves.CHOOSE_ON), hands=True),
        Slice("ward and late answers", (new_bed(*SMALL),), (*WARD, *moves.LATE_ANSWERS, moves.DAY, moves.LOUDER)),
        Slice("vigil and NEXT", (new_bed(*SMALL, assigned=beds.VIGIL),), (*VIGIL, moves.NEXT, moves.CUE_BEGAN)),
        Slice("everything", _all_beds(), EVERYTHING, hands=True, depth=3),
        Slice("everything, asking", (asked,), EVERYTHING, hands=True, depth=4),
    )


def _all_beds() -> tuple[State, ...]:
    offers = (None, beds.ASKING, beds.VIGIL, beds.SHARED, beds.NEVER)
    return (*(new_bed(*TWO_TRACKS, assigned=offer) for offer in offers), new_bed(*TWO_TRACKS, night=True))
