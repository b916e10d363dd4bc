"""`python -m playlists.starter --to FOLDER`: render the starter music; knows arguments and the terminal."""

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from playlists.format import PlaylistError
from playlists.starter.render import Progress, make_music

BAR_WIDTH = 24


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 when the folder holds what was asked for, 1 with one line on stderr, 130 when interrupted."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    tell = _show_bar if sys.stdout.isatty() else _show_line
    try:
        rendered = make_music(options.to, options.only, options.minutes, options.processes, tell)
    except PlaylistError as error:
        print(f"starter: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstarter: interrupted; what was finished is kept, run it again to go on", file=sys.stderr)
        return 130
    if not rendered:
        print(f"starter music: all there in {options.to}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m playlists.starter", description="Render the starter music.")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="the music folder to fill")
    parser.add_argument("--only", metavar="SLUG", help="only this playlist or track")
    parser.add_argument("--minutes", type=_minutes, metavar="M", help="shorten each track, for tests")
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="how many to use (2)")
    return parser


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0.1 <= minutes <= 10:
        raise argparse.ArgumentTypeError(f"{text}: use minutes from 0.1 to 10")
    return minutes


def _show_bar(progress: Progress) -> None:
    filled = BAR_WIDTH * progress.done // progress.total
    bar = "#" * filled + "." * (BAR_WIDTH - filled)
    end = "\n" if progress.done == progress.total else ""
    print(f"\r[{bar}] {progress.done}/{progress.total} {progress.latest.title:<24}", end=end, flush=True)


def _show_line(progress: Progress) -> None:
    latest = progress.latest
    print(
        f"{progress.done}/{progress.total} {latest.slug}: {latest.seconds:.0f} s, {latest.lufs:.1f} LUFS, "
        f"range {latest.range_lu:.1f} LU, peak {latest.true_peak:.1f} dBTP",
        flush=True,
    )


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
