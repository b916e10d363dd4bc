"""The ring that the mixer loops: its sizes, and the play head by what was taken. Knows no sound and no pygame.

The mixer takes whole periods, so everything that may be rewritten begins on a period. Time alone moves nothing: a
device that stands still has taken no more than it had.
"""

from firmware.speaker.chain.frames import RATE

PERIOD = 1024  # frames the mixer takes at once: decides the latency on a card
REFILL_FRAMES = 98_304  # 2 s at a time: decides the CPU
LOW_FRAMES = 81_920  # refill when less than 1.7 s is left: a player is given a second without a heartbeat
LATE_FRAMES = 4 * PERIOD  # what is free may be three periods ahead of what was taken
FIRST_FRAMES = 2048  # rendered at once when a knob or a button asks
MARGIN_MS = 10  # a period that is taken sooner is left alone: with 6, 2 rewrites of 2,117 came late under load


def whole_periods(frames: int) -> int:
    """The frames of the periods that are complete."""
    return frames // PERIOD * PERIOD


def frames_of(milliseconds: int) -> int:
    """Frames that sound for so long."""
    return milliseconds * RATE // 1000


def since_taken_ms(periods: int, position_ms: int) -> int:
    """Milliseconds since the mixer took its last period, 1 too few at most.

    periods: how many it has taken since its clock began; position_ms: that clock by pygame, which is the length of
    these periods and the time since the last one, each rounded down to the millisecond.
    """
    return max(0, position_ms - periods * PERIOD * 1000 // RATE)


def taken_frames(periods: int, since_ms: int) -> int:
    """The play head: whole periods are those that were taken, the rest is the clock's guess."""
    return periods * PERIOD + min(PERIOD - 1, frames_of(since_ms))


def first_free_frame(periods: int, since_ms: int) -> int:
    """The first frame that can still be rewritten in time.

    A mixer that is late takes two periods in a row as soon as it can: a card's buffer holds two.
    """
    earliest_ms = since_ms + 1  # it rounds down
    if (earliest_ms + MARGIN_MS) * RATE <= PERIOD * 1000:
        return periods * PERIOD
    is_late = (earliest_ms - MARGIN_MS) * RATE > PERIOD * 1000
    return (periods + (2 if is_late else 1)) * PERIOD
