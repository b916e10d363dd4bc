"""The self-test of the music: which tracks are stored, and whether they can be heard. Writes nothing."""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from device.check.finding import Finding
from device.config.settings import Settings, SoundSettings
from device.music import track_levels
from device.music.measurer import COMMAND
from device.music.music import TOO_QUIET, Music
from device.music.track_levels import TrackLevels
from messages import Code, Reason, because
from playlists.parsing import parse_json
from playlists.track_level import TrackLevel, is_too_quiet

MEASURE_S = 10.0  # no longer: a person is waiting
SHOWN = 5  # file names in one line


def music(settings: Settings) -> Iterator[Finding]:
    """What can play, then what cannot, from what the box has measured; the rest is measured as far as time allows."""
    folder = settings.box.music
    if not folder.is_dir():
        line = (
            f"{folder} does not exist: set the folder under [box] in device.toml, or render the starter music into it"
        )
        yield Finding("music", False, line, needed=True)
        return
    there = Music(folder, settings.sound, TrackLevels(settings.box.data / track_levels.FILE_NAME))
    unusable, waiting = _looked_at(there, settings.sound)
    playlists, held = there.builtin(), there.lying() - frozenset(unusable)
    well = any(track.sha256 in held for playlist in playlists for track in playlist.tracks)
    line = f"{_counted(len(held), 'track')} and {_counted(len(playlists), 'built-in playlist')} in {folder}"
    remedy = "no built-in playlist can play: render the starter music into it, and let the service's user read it"
    yield Finding("music", well, line if well else f"{line}; {remedy}", needed=True)
    if unusable:
        yield Finding("tracks", False, _told(unusable))
    if waiting:
        line = f"{waiting} not tested: the box measures them while it runs, and plays them softly until then"
        yield Finding("tracks", True, line)


def _looked_at(there: Music, sound: SoundSettings) -> tuple[dict[str, Reason], int]:
    """The tracks that cannot be played, with reasons, and how many are still to be measured."""
    unusable = {sha256: why for sha256 in sorted(there.lying()) if (why := there.why_not(sha256)) is not None}
    unknown = {str(there.path(sha256)): sha256 for sha256 in there.unmeasured() if sha256 not in unusable}
    smallest_first = sorted(unknown.values(), key=lambda sha256: there.stamp(sha256) or (0, 0))
    said = _said_of([there.path(sha256) for sha256 in smallest_first])
    for found in said:
        if (why := _why_not(found, sound)) is not None:
            unusable[unknown[found["file"]]] = why
    return unusable, max(0, len(unknown) - len(said))


def _said_of(files: Sequence[Path]) -> list[Any]:
    """What was measured of each file before the time was over."""
    if not files:
        return []
    try:
        done = subprocess.run([*COMMAND, *map(str, files)], capture_output=True, timeout=MEASURE_S, check=False)
        said = done.stdout
    except subprocess.TimeoutExpired as late:
        said = late.stdout or b""
    return [parse_json(line) for line in said.splitlines(keepends=True) if line.endswith(b"\n")]


def _why_not(found: Any, sound: SoundSettings) -> Reason | None:
    if "unplayable" in found:
        return because(Code.TRACK_UNREADABLE, what=found["unplayable"])
    return TOO_QUIET if is_too_quiet(TrackLevel.of_entry(found), mono=sound.mono, presence=sound.presence) else None


def _told(unusable: dict[str, Reason]) -> str:
    """How many, why, and which ones, by the start of their file names."""
    quiet = sum(why == TOO_QUIET for why in unusable.values())
    counted = ((quiet, "too quiet to be heard"), (len(unusable) - quiet, "unreadable"))
    why = " and ".join(f"{count} {what}" for count, what in counted if count)
    which = ", ".join(f"{sha256[:12]}..." for sha256 in list(unusable)[:SHOWN])
    more = f" and {len(unusable) - SHOWN} more" if len(unusable) > SHOWN else ""
    return f"{_counted(len(unusable), 'track')} cannot be played: {why} ({which}{more}): replace the files"


def _counted(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"
