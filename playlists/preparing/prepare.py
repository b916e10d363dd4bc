"""The whole way of one file: looked at, measured, stored, measured again. One verdict."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np

from playlists.index import hash_file
from playlists.preparing.analysis import Analysis, Measured, analysed, measured
from playlists.preparing.labels import cover, labels
from playlists.preparing.loudness import STEP_S, Loudness
from playlists.preparing.recipe import (
    BOOST_MOST_DB,
    CUT_SHORT_SHARE,
    RECIPE,
    THIN_HZ,
    TRIES,
    Plan,
    about_result,
    about_shape,
    better,
    planned,
)
from playlists.preparing.source import Found, Source
from playlists.preparing.storing import store
from playlists.preparing.verdicts import Refused, RefusedError, Remark, Told

BEGINNING_S = 10.0  # what a startle check looks at
COURSE_POINTS = 400
_SAFETY_TRIES = 3  # after the last try each makes it softer by what is over


class Prepared(msgspec.Struct, frozen=True, kw_only=True, tag="prepared"):
    """A file that became a track. `sha256`: of what was stored, which is its name; `source_sha256` of the file,
    `sound_sha256` of its decoded sound. Loudness in LUFS and LU, of what was stored; `course`: momentary loudness,
    at most 400 values over its length; `beginning_lufs`: the most of its first 10 s."""

    sha256: str
    source_sha256: str
    sound_sha256: str
    seconds: float
    source_seconds: float
    bytes: int
    recipe: int
    encoder: str
    codec: str
    lufs: float
    range_lu: float
    true_peak_dbtp: float
    most_momentary_lufs: float
    beginning_lufs: float
    gain_db: float
    trimmed_s: tuple[float, float]
    bpm: float | None
    beat_strength: float
    onsets_per_s: float
    correlation: float
    waveform: tuple[tuple[float, float], ...]
    course: tuple[float, ...]
    labels: dict[str, str]
    has_cover: bool
    told: tuple[Told, ...]


def prepare(path: Path, folder: Path, *, film: bool = False) -> Prepared:
    """Makes `folder`/track.opus, and cover.jpg where there is one. Raises RefusedError or OSError. Takes seconds."""
    found, analysis, tags, picture = _looked_at(path, film=film)
    plan, made = _stored(path, folder / "track.opus", analysis, found, film=film)
    if picture is not None:
        (folder / "cover.jpg").write_bytes(picture)
    told = (*_about_file(found), *about_shape(analysis.shape, plan), *about_result(plan, made.loudness))
    figures = _figures(plan, made, analysis, found)
    return Prepared(
        source_sha256=hash_file(path),
        labels=tags,
        has_cover=picture is not None,
        told=told,
        **figures,
        **_of_file(folder / "track.opus"),
    )


def _looked_at(path: Path, *, film: bool) -> tuple[Found, Analysis, dict[str, str], bytes | None]:
    with Source.open(path, film=film) as source:
        tags = labels(source.container)
        analysis = analysed(source.blocks())
        found = source.found
    if not analysis.loudness.is_measurable or not analysis.shape.sounding(BOOST_MOST_DB)[1]:
        raise RefusedError(Refused.SILENT)
    picture = None
    with contextlib.suppress(RefusedError), Source.open(path, film=film) as again:
        picture = cover(again.container)
    return found, analysis, tags, picture


def _stored(path: Path, to: Path, analysis: Analysis, found: Found, *, film: bool) -> tuple[Plan, Measured]:
    """Encoded, decoded and measured until it is good; at most three tries, and softer after them."""
    plan: Plan | None = planned(analysis.loudness, analysis.shape, found.seconds)
    for tries in range(1, TRIES + _SAFETY_TRIES + 1):
        assert plan is not None  # noqa: S101 - the first is a plan, and None ends the loop
        with Source.open(path, film=film) as source:
            store(source.blocks(), plan, found.seconds, to)
        with Source.open(to) as stored:
            made = measured(stored.blocks())
        following = better(plan, made.loudness, tries)
        if following is None:
            return plan, made
        plan = following
    raise RefusedError(Refused.BROKEN)


def _about_file(found: Found) -> Iterator[Told]:
    if found.bad:
        yield Told(Remark.DAMAGED, {"bad": found.bad})
    if found.says_s and found.seconds < CUT_SHORT_SHARE * found.says_s and found.says_s - found.seconds > 1:
        yield Told(Remark.CUT_SHORT, {"seconds": round(found.seconds), "says": round(found.says_s)})
    if found.rate < THIN_HZ:
        yield Told(Remark.THIN, {"hz": found.rate})
    if found.channels > 2:
        yield Told(Remark.DOWNMIXED, {"channels": found.channels})


def _figures(plan: Plan, made: Measured, analysis: Analysis, found: Found) -> dict[str, Any]:
    loudness = made.loudness
    return {
        "sound_sha256": analysis.sound_sha256,
        "source_seconds": round(found.seconds, 3),
        "seconds": round(plan.ends_s - plan.begins_s, 3),
        "codec": found.codec,
        "lufs": round(loudness.lufs, 2),
        "range_lu": round(loudness.range_lu, 2),
        "true_peak_dbtp": round(loudness.true_peak_dbtp, 2),
        "most_momentary_lufs": round(loudness.most_momentary_lufs, 2),
        "beginning_lufs": round(_most(loudness, BEGINNING_S), 2),
        "gain_db": round(plan.gain_db, 2),
        "trimmed_s": (round(plan.begins_s, 2), round(found.seconds - plan.ends_s, 2)),
        "bpm": None if analysis.tempo.bpm is None else round(analysis.tempo.bpm, 1),
        "beat_strength": round(analysis.tempo.strength, 2),
        "onsets_per_s": round(analysis.tempo.onsets, 1),
        "correlation": round(analysis.shape.correlation, 2),
        "waveform": made.shape.waveform(),
        "course": _course(loudness),
        "recipe": RECIPE,
        "encoder": _encoder(),
    }


def _of_file(path: Path) -> dict[str, Any]:
    return {"sha256": hash_file(path), "bytes": path.stat().st_size}


def _most(loudness: Loudness, first_s: float) -> float:
    return float(loudness.momentary[: round(first_s / STEP_S)].max(initial=-120.0))


def _course(loudness: Loudness) -> tuple[float, ...]:
    """The loudest moment of each part of it."""
    count = min(COURSE_POINTS, len(loudness.momentary))
    if not count:
        return ()
    edges = np.linspace(0, len(loudness.momentary), count + 1).astype(int)[:-1]
    return tuple(round(float(value), 1) for value in np.maximum.reduceat(loudness.momentary, edges))


def _encoder() -> str:
    """What made it: another version may give other bytes."""
    return "FFmpeg " + ".".join(str(part) for part in av.library_versions["libavcodec"])
