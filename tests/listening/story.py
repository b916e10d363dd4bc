"""What was heard, said and done round a moment, as lines for a person. Pure."""

from collections.abc import Iterator, Mapping

from tests.listening.records import RATE_HZ, Disagreement, Heard, Record, Sample
from tests.listening.tracks import Track

BEFORE_S, AFTER_S = 8.0, 5.0
TOLD = (
    "playing",
    "sounding",
    "playlist_slug",
    "track",
    "level_dba",
    "cap_dba",
    "scene",
    "night",
    "left_s",
    "sound_card",
    "power",
)


def story(found: Disagreement, record: Record, tracks: Mapping[str, Track], began: float) -> str:
    """Every line of the record near a disagreement, by time. `began`: what counts as 0 s."""
    lines = [(at, line) for at, line in _lines(record, tracks) if -BEFORE_S <= at - found.at <= AFTER_S]
    told = "".join(f"{at - began:9.2f} s  {line}\n" for at, line in sorted(lines, key=lambda one: one[0]))
    return f"{found.at - began:9.2f} s  {found.kind.upper()}: {found.words}\n\n{told}"


def _lines(record: Record, tracks: Mapping[str, Track]) -> Iterator[tuple[float, str]]:
    for act in record.acts:
        yield act.at, f"hand   {act.kind}: {act.words}"
    for entry in record.entries:
        yield entry.at, f"log    {entry.kind} {entry.data}"
    said = ""
    for sample in record.samples:
        if said != (said := _said(sample)):
            yield sample.at, f"state  {said}"
    for tile in record.tiles:
        yield tile.at, f"tile   {tile.words}"
    for heard in record.heard:
        yield heard.at, f"sound  {_heard(heard, tracks)}"


def _said(sample: Sample) -> str:
    told = {key: sample.told.get(key) for key in TOLD}
    told["left_s"] = None if told["left_s"] is None else round(float(told["left_s"]) / 10) * 10
    return ", ".join(f"{key} {value}" for key, value in told.items())


def _heard(heard: Heard, tracks: Mapping[str, Track]) -> str:
    if heard.is_zero:
        return "silence" + (", stands still" if heard.torn else "")
    parts = [
        f"{tracks[part.sha256].title} at {(heard.frame + part.offset) / RATE_HZ:.2f} s,"
        f" {part.gain_db:.1f} dB ({part.rms:.1f})"
        for part in heard.parts
    ]
    click = f", a step of {heard.click.size:.0f}" if heard.click else ""
    torn = ", stands still" if heard.torn else ""
    return f"{heard.rms:.1f} rms, {heard.rest:.2f} unexplained: {'; '.join(parts) or 'no track known'}{click}{torn}"
