"""Fill a music folder with the starter tracks it lacks, in two processes; knows no terminal."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from playlists.catalogue import catalogue_playlists
from playlists.format import PlaylistError
from playlists.index import LibraryError, Recording, hash_file, read_index, track_path, write_atomically, write_index
from playlists.starter.plans import HALLS, PLANS, Hall, Plan
from playlists.starter.workers import WorkerError, in_processes
from playlists.track_level import TrackLevel

# Everything that a track's sound depends on beside its plan; a change in one of these renders all again.
SOUND_FILES = ("harmony", "score", "sound", "weather", "room", "level", "perform", "opus")


class RenderError(PlaylistError):
    """The music could not be rendered or kept; the line says what to do."""


@dataclass(frozen=True, slots=True)
class Job:
    """One track to render; `minutes` shortens it. `key` names the program and the plan."""

    plan: Plan
    hall: Hall
    title: str
    minutes: float | None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a caller may show: how many tracks are done, of how many, and the one just finished."""

    done: int
    total: int
    latest: Recording


def make_music(
    folder: Path,
    only: str | None = None,
    minutes: float | None = None,
    processes: int = 2,
    tell: Callable[[Progress], None] = lambda _progress: None,
) -> tuple[Recording, ...]:
    """Render what the folder lacks, and return what was rendered. Blocks; one caller per folder.

    What an older program rendered but did not measure as a box plays it is measured, not rendered again.
    `only` is the slug of a playlist or track. Each track is kept as soon as it is done, so an interrupted run goes on
    where it stopped. Raises RenderError in one line.
    """
    wanted = jobs(only, minutes)
    try:
        (folder / "tracks").mkdir(parents=True, exist_ok=True)
        kept = _kept(folder)
        _measure_again(folder, kept)
        missing = [job for job in wanted if not _is_held(folder, kept, job)]
        return tuple(_keep_all(folder, kept, missing, processes, tell))
    except OSError as error:
        problem = error.strerror or "the system refused"
        raise RenderError(f"{folder}: cannot keep music there ({problem}), free space or choose another --to") from None
    except WorkerError as error:
        raise RenderError(f"rendering stopped: {error}") from None


def jobs(only: str | None = None, minutes: float | None = None) -> tuple[Job, ...]:
    """All tracks of the catalogue, or those of one playlist, or one; the first of each playlist before any second, so
    that each can play as soon as may be."""
    found = [
        (place, _job(plan, HALLS[playlist.slug], track.title, minutes))
        for playlist in catalogue_playlists()
        for place, (plan, track) in enumerate(zip(PLANS[playlist.slug], playlist.tracks, strict=True))
        if only in {None, playlist.slug, plan.slug}
    ]
    if not found:
        raise RenderError(f"--only {only}: there is no such playlist or track, use one of {', '.join(sorted(PLANS))}")
    return tuple(job for _place, job in sorted(found, key=lambda one: one[0]))


def render(job: Job) -> tuple[bytes, Recording]:
    """One track as an Ogg Opus file and what was measured of it. Pure but for its CPU time."""
    from playlists.starter.opus import encode_at_target  # numpy and codecs, which a cached run need not load
    from playlists.starter.perform import perform

    contents, seconds, heard = encode_at_target(perform(job.plan, job.hall, job.minutes))
    sha256, loudness = hashlib.sha256(contents).hexdigest(), (heard.lufs, heard.true_peak, heard.range_lu)
    return contents, Recording(
        job.plan.slug, sha256, seconds, job.title, *loudness, key=job.key, level=_level_of(contents)
    )


def _level_of(contents: bytes) -> TrackLevel:
    from playlists.analysis import analyse
    from playlists.starter.opus import decode

    return analyse([decode(contents)])


def _job(plan: Plan, hall: Hall, title: str, minutes: float | None) -> Job:
    job = Job(plan, hall, title, minutes)
    return replace(job, key=hashlib.sha256(f"{_program()} {job!r}".encode()).hexdigest()[:16])


def _program() -> str:
    package = resources.files("playlists.starter")
    digest = hashlib.sha256()
    for name in SOUND_FILES:
        digest.update(package.joinpath(f"{name}.py").read_bytes())
    return digest.hexdigest()


def _kept(folder: Path) -> dict[str, Recording]:
    """What the index says of tracks that still exist; an index that cannot be read is made again."""
    slugs = {plan.slug for plans in PLANS.values() for plan in plans}
    try:
        return {slug: held for slug, held in read_index(folder).items() if slug in slugs}
    except LibraryError:
        return {}


def _measure_again(folder: Path, kept: dict[str, Recording]) -> None:
    """Tracks that lie here whole and without a level."""
    for slug, held in kept.items():
        path = track_path(folder, held.sha256)
        contents = path.read_bytes() if held.level is None and path is not None and path.is_file() else b""
        if hashlib.sha256(contents).hexdigest() == held.sha256:
            kept[slug] = replace(held, level=_level_of(contents))
            write_index(folder, kept)


def _is_held(folder: Path, kept: Mapping[str, Recording], job: Job) -> bool:
    held = kept.get(job.plan.slug)
    path = track_path(folder, held.sha256) if held else None
    if held is None or path is None or held.key != job.key or not path.is_file():
        return False
    return hash_file(path) == held.sha256


def _keep_all(
    folder: Path,
    kept: dict[str, Recording],
    missing: Sequence[Job],
    processes: int,
    tell: Callable[[Progress], None],
) -> Iterator[Recording]:
    for done, (contents, recording) in enumerate(in_processes(render, missing, processes), 1):
        _keep(folder, kept, contents, recording)
        tell(Progress(done, len(missing), recording))
        yield recording


def _keep(folder: Path, kept: dict[str, Recording], contents: bytes, recording: Recording) -> None:
    """The track first, then the index that names it, then away with the track it replaces."""
    path, old = track_path(folder, recording.sha256), kept.get(recording.slug)
    if path is None:
        raise RenderError(f"{recording.sha256}: is no hash")
    write_atomically(path, contents)
    kept[recording.slug] = recording
    write_index(folder, kept)
    replaced = track_path(folder, old.sha256) if old and old.sha256 != recording.sha256 else None
    if replaced is not None:
        replaced.unlink(missing_ok=True)
