"""The runners' side of their pipe: one line in, one answer out, asleep between them."""

import sys
import time
from collections.abc import Callable, Mapping

Command = Callable[[list[str]], None]


def serve(commands: Mapping[str, Command]) -> None:
    """Say ready, then do what each line says until there are no more; answers with the time before each command."""
    print("ready", flush=True)
    for line in sys.stdin:
        word, *arguments = line.rstrip("\n").split("\t")
        at_ns = time.monotonic_ns()
        commands[word](arguments)
        print(at_ns, flush=True)
