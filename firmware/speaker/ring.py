"""Arithmetic of the ring that the mixer loops: frames, pieces and the play head. Knows no sound and no pygame.

Frames are counted from the moment the channel began ("ring frames") and never wrap; only their place in the
buffer does. The mixer takes whole periods, so everything that may be rewritten begins on a period.
"""

from collections.abc import Iterator

RATE = 48_000  # frames a second; pieces arrive at this rate
CHANNELS = 2
PERIOD = 1024  # frames the mixer takes at once: decides the latency on a card
RING_FRAMES = 131_072  # 2.7 s
REFILL_FRAMES = 24_576  # 0.5 s at a time: decides the CPU
LOW_FRAMES = 33_792  # refill when less than 0.7 s is left
PIECE_FRAMES = 4096  # rendered between two looks at the commands
LATE_FRAMES = 16_384  # 0.3 s: an audio thread later than this has lost its card long ago
FIRST_FRAMES = 2048  # rendered at once when a knob or a button asks
MARGIN_MS = 4  # a period that the mixer takes sooner than this is taken already


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


def spans(first: int, frames: int) -> Iterator[tuple[int, int]]:
    """The one or two contiguous (place, length) of these frames in a buffer of RING_FRAMES."""
    place = first % RING_FRAMES
    head = min(frames, RING_FRAMES - place)
    if head > 0:
        yield place, head
    if frames > head:
        yield 0, frames - head
