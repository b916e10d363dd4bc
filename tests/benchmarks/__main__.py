"""`python -m tests.benchmarks`: ours beside its peers, on the same files in the same run; ratios and a table."""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from tests.benchmarks import machine
from tests.benchmarks.board import measure_board
from tests.benchmarks.figures import Figures, replaced, tab_separated, table
from tests.benchmarks.players import PlayerError
from tests.benchmarks.preparing import measure_preparing
from tests.benchmarks.screen import measure_screen
from tests.benchmarks.sound import measure_sound
from tests.benchmarks.tracks import NoMusicError

PARTS: dict[str, Callable[..., Figures]] = {
    "sound": measure_sound,
    "screen": measure_screen,
    "board": measure_board,
    "preparing": measure_preparing,
}


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 with figures, 1 with one line where something failed, 2 where it was asked wrongly, 130 interrupted."""
    options = _parser().parse_args(arguments)
    if wrong := _wrong(options):
        print(f"bench: {wrong}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        _run([options.only] if options.only else list(PARTS), options.quick, options.write)
    except (PlayerError, NoMusicError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure ours beside its peers.")
    parser.add_argument("--only", metavar="PART", help=f"only this part: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="see that it runs; its figures are not to be quoted")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the result between the markers of this page")
    return parser


def _wrong(options: argparse.Namespace) -> str | None:
    if sys.platform != "linux":
        return "it reads /proc and makes small pipes: run it on Linux"
    if options.only and options.only not in PARTS:
        return f"there is no part {options.only!r}: say {' or '.join(PARTS)}"
    if options.quick and options.write:
        return "figures of --quick are not to be quoted: leave out one of the two"
    return _unwritable(options.write) if options.write else None


def _unwritable(page: Path) -> str | None:
    """Why the result could not be put there; asked first, because the run takes minutes."""
    try:
        replaced(page.read_text(), "")
    except OSError as error:
        return f"{page} cannot be read: {error.strerror}"
    except ValueError as error:
        return f"{page} {error}"
    return None


def _run(parts: list[str], quick: bool, page: Path | None) -> None:
    section: list[str] = []
    for part in parts:
        figures = PARTS[part](quick=quick, say=lambda line, part=part: print(f"{part}: {line}", flush=True))
        lines = _lines(figures)
        print("", *lines, "", *tab_separated(figures.values), sep="\n", flush=True)
        section += [f"### {part.capitalize()}", "", *lines, ""]
    if quick:
        print("\nThis was --quick: it shows that the bench runs, its figures are not to be quoted.")
    if page is not None:
        page.write_text(replaced(page.read_text(), "\n".join(section)))


def _lines(figures: Figures) -> list[str]:
    about = [f"- {line}" for line in machine.description()]
    return [*about, "", *table(figures.values), "", *(f"- {note}" for note in figures.notes)]


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
