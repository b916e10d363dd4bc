"""`python -m tests.rules.walk`: walks, prints the figures and every violation as a story. `--deep` takes minutes."""

import argparse
import sys

from tests.rules.walk.lasting import LASTING
from tests.rules.walk.planted import PLANTED, found
from tests.rules.walk.properties import PROPERTIES
from tests.rules.walk.slices import deep, quick
from tests.rules.walk.walker import Slice, Walk, walk


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 where every rule holds (with `--planted`: where every planted fault was found), else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.rules.walk", description="Walk through the box's rules.")
    parser.add_argument("--deep", action="store_true", help="larger parts, and the whole alphabet a move further")
    parser.add_argument("--planted", action="store_true", help="find the planted faults instead")
    parser.add_argument("--only", metavar="PART", help="only the part of this name")
    options = parser.parse_args(arguments)
    return _find() if options.planted else _walk(deep() if options.deep else quick(), options.only)


def _walk(parts: tuple[Slice, ...], only: str | None) -> int:
    done = [_told(walk(part)) for part in parts if only in {None, part.name}]
    states, transitions = sum(each.states for each in done), sum(each.transitions for each in done)
    seconds = sum(each.seconds for each in done)
    print(f"{'all':30} {states:8,} {transitions:11,} {'':15} {seconds:8.1f}")
    print(f"{len(PROPERTIES)} rules at each transition, {len(LASTING)} in each state")
    for each in done:
        for violation in each.violations.values():
            print(f"\n{each.slice.name}: {violation.story}")
    return int(any(each.violations for each in done))


def _told(done: Walk) -> Walk:
    print(done.figures, flush=True)
    return done


def _find() -> int:
    missed = 0
    for planted in PLANTED:
        violation = found(planted)
        missed += violation is None
        length = f"{len(violation.moves)} moves" if violation else "NOT FOUND"
        print(f"\n{planted.name} ({planted.part}): {length}\n{violation.story if violation else ''}", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
