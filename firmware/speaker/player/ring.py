"""The ring that the mixer loops: its sizes, and the play head by the mixer's clock. Knows no sound and no pygame.

The mixer takes whole periods, so everything that may be rewritten begins on a period.
"""

from firmware.speaker.chain.frames import RATE

PERIOD = 1024  # frames the mixer takes at once: decides the latency on a card
REFILL_FRAMES = 36_864  # 0.8 s at a time: decides the CPU
LOW_FRAMES = 33_792  # refill when less than 0.7 s is left
LATE_FRAMES = 16_384  # 0.3 s: an audio thread later than this has lost its card long ago
FIRST_FRAMES = 2048  # rendered at once when a knob or a button asks
MARGIN_MS = 10  # a period that is taken sooner is left alone: with 6, 2 rewrites of 2,117 came late under load


def whole_periods(frames: int) -> int:
    """The frames of the periods that are complete."""
    return frames // PERIOD * PERIOD


def frames_of(position_ms: int) -> int:
    """Frames mixed in so many milliseconds."""
    return position_ms * RATE // 1000


def first_free_frame(position_ms: int, base: int) -> int:
    """The first ring frame that can still be rewritten in time.

    position_ms: the mixer's clock, rounded down to the millisecond as pygame gives it.
    base: frames that the mixer's clock had counted when the channel began.
    """
    now_ms = position_ms + 1  # it rounds down
    taken = whole_periods(frames_of(now_ms))
    in_time = (taken + PERIOD) * 1000 >= (now_ms + MARGIN_MS) * RATE
    return taken - base + (0 if in_time else PERIOD)
