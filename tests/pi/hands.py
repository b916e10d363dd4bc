"""Hands on the board: presses and turns as pulls of lines, with the bounce of real contacts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.pi.image import ENVIRONMENT

PLAY, SLEEP, NEXT, CHOOSE_PUSH, NURSE_CALL = 5, 6, 13, 25, 26
VOLUME, CHOOSE = (17, 27), (23, 24)  # A, B
UNMUTE, LIGHT = 16, 12


@dataclass(frozen=True, slots=True)
class Pull:
    """After `after_us` microseconds the contact of `line` closes or opens."""

    after_us: int
    line: int
    closed: bool

    def __str__(self) -> str:
        return f"{self.after_us},{self.line},{int(self.closed)}"


def press(line: int, held_us: int = 120_000) -> Iterator[Pull]:
    """A press whose contact bounces for 2.7 ms when it closes and for 1 ms when it opens."""
    for after_us, closed in ((0, True), (700, False), (300, True), (1500, False), (200, True)):
        yield Pull(after_us, line, closed)
    for after_us, closed in ((held_us, False), (400, True), (600, False)):
        yield Pull(after_us, line, closed)


def turn(knob: tuple[int, int], detents: int, edge_us: int) -> Iterator[Pull]:
    """A turn, clockwise if positive, `edge_us` between edges; each edge bounces once, for 0.35 ms."""
    first, second = knob if detents > 0 else knob[::-1]
    for _ in range(abs(detents)):
        for line, closed in ((first, True), (second, True), (first, False), (second, False)):
            yield Pull(edge_us, line, closed)
            yield Pull(150, line, not closed)
            yield Pull(200, line, closed)


def command(pulls: Iterable[Pull]) -> str:
    """The shell command that does it in the guest."""
    return "/opt/board/hand /run/lines " + " ".join(map(str, pulls))


def hold(direction: str, line: int) -> str:
    """The shell command that has another program, named someone, use a line as its "INPUT" or "OUTPUT"."""
    settings = f"gpiod.LineSettings(direction=gpiod.line.Direction.{direction})"
    request = f'gpiod.request_lines("/dev/gpiochip0", consumer="somebody", config={{{line}: {settings}}})'
    holds = f"{ENVIRONMENT}/bin/python -c 'import gpiod, signal; held = {request}; signal.pause()'"
    until = "for i in $(seq 100); do grep -q somebody /sys/kernel/debug/gpio && exit 0; sleep 0.1; done; exit 1"
    return f"systemd-run --quiet --unit=holder {holds}; {until}"
