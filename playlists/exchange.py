"""Playlists as M3U and XSPF, for and from other players; knows neither files nor which track an entry means."""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from playlists.format import SHA256, Playlist, PlaylistError, Track

XSPF = "http://xspf.org/ns/0/"
HASH_URN = "urn:sha256:"  # how an XSPF identifier carries a track's hash
LARGEST = 1 << 20  # characters; a list of music is never that long


class ExchangeError(PlaylistError, ValueError):
    """A list from elsewhere cannot be read; the line names the file and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list from elsewhere. `location` is a path or address as it stood there, never opened here."""

    location: str
    title: str | None = None
    seconds: float | None = None
    sha256: str | None = None


def write_m3u(playlist: Playlist, location: Callable[[Track], str]) -> str:
    """Extended M3U, to be saved as UTF-8; `location` says where a player will find a track."""
    lines = ["#EXTM3U", f"#PLAYLIST:{playlist.title}"]
    for track in playlist.tracks:
        seconds = -1 if track.seconds is None else round(track.seconds)
        lines += [f"#EXTINF:{seconds},{track.title}", location(track)]
    return "\n".join(lines) + "\n"


def read_m3u(text: str, name: str) -> tuple[Entry, ...]:
    """The entries of an M3U, plain or extended. Raises ExchangeError when there is none."""
    entries: list[Entry] = []
    title, seconds = None, None
    for line in (line.strip() for line in text[:LARGEST].lstrip("\ufeff").splitlines()):
        if line.startswith("#EXTINF:"):
            seconds, title = _extinf(line.removeprefix("#EXTINF:"))
        elif line and not line.startswith("#"):
            entries.append(Entry(line, title, seconds))
            title, seconds = None, None
    return _some(entries, name)


def write_xspf(playlist: Playlist, location: Callable[[Track], str]) -> str:
    """XSPF version 1; tracks whose hash is known carry it, so that a reader can find them whatever their path."""
    root = ET.Element("playlist", {"version": "1", "xmlns": XSPF})
    ET.SubElement(root, "title").text = playlist.title
    if playlist.licence:
        ET.SubElement(root, "annotation").text = playlist.licence
    tracks = ET.SubElement(root, "trackList")
    for track in playlist.tracks:
        node = ET.SubElement(tracks, "track")
        ET.SubElement(node, "location").text = location(track)
        if track.sha256:
            ET.SubElement(node, "identifier").text = HASH_URN + track.sha256
        ET.SubElement(node, "title").text = track.title
        if track.seconds is not None:
            ET.SubElement(node, "duration").text = str(round(1000 * track.seconds))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def read_xspf(text: str, name: str) -> tuple[Entry, ...]:
    """The entries of an XSPF. Raises ExchangeError in one line; a document type, the door of XML bombs, is refused."""
    if len(text) > LARGEST or "<!" in text.replace("<!--", "").replace("<![CDATA[", ""):
        raise ExchangeError(f"{name}: is too long or declares XML entities, export it again as plain XSPF")
    try:
        # A declared encoding speaks of bytes; this is text already.
        root = ET.fromstring(text.lstrip("\ufeff").encode(), parser=ET.XMLParser(encoding="utf-8"))  # noqa: S314
    except ET.ParseError as error:
        raise ExchangeError(f"{name}: is not XML ({error}), export it again as XSPF") from None
    return _some([_entry(track) for track in root.iterfind(f".//{{{XSPF}}}track")], name)


def _entry(track: ET.Element) -> Entry:
    words = {tag: (track.findtext(f"{{{XSPF}}}{tag}") or "").strip() for tag in ("location", "title", "duration")}
    marks = [(mark.text or "").strip().removeprefix(HASH_URN) for mark in track.iterfind(f"{{{XSPF}}}identifier")]
    return Entry(
        location=words["location"],
        title=words["title"] or None,
        seconds=_positive(words["duration"], 1000),
        sha256=next((mark for mark in marks if SHA256.fullmatch(mark)), None),
    )


def _extinf(words: str) -> tuple[float | None, str | None]:
    """`123 key="value",Title`: players put attributes between the length and the comma."""
    length, _, title = words.partition(",")
    return _positive(length.split(" ", 1)[0], 1), title.strip() or None


def _positive(text: str, units: float) -> float | None:
    try:
        number = float(text) / units
    except ValueError:
        return None
    return number if 0 < number < 24 * 3600 else None


def _some(entries: Iterable[Entry], name: str) -> tuple[Entry, ...]:
    found = tuple(entry for entry in entries if entry.location or entry.sha256)
    if not found:
        raise ExchangeError(f"{name}: names no track, export it again as M3U or XSPF")
    return found
