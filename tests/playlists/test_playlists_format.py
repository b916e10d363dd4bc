"""Playlists as TOML: what is read, and the one line that each mistake gets."""

import ast
import inspect
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playlists import checks
from playlists import format as playlists_format
from playlists.catalogue import catalogue_playlists
from playlists.format import (
    Arc,
    Familiarity,
    Playlist,
    PlaylistFormatError,
    Purpose,
    Tags,
    Track,
    parse_playlist,
    write_playlist,
)

GOOD = """
slug = "evening"
title = "Evening by the Window"
label = "Evening"
purpose = "comfort"
arc = "u"
licence = "CC0-1.0"

[[tracks]]
slug = "first"
title = "First"
[tracks.tags]
bpm = 64
lyrics = false
instruments = ["harp", "flute"]

[[tracks]]
sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
title = "Second"
seconds = 181.5
"""


def test_a_set_is_read_as_it_is_written():
    assert parse_playlist(GOOD, "evening.toml") == Playlist(
        slug="evening",
        title="Evening by the Window",
        label="Evening",
        purpose=Purpose.COMFORT,
        arc=Arc.U,
        licence="CC0-1.0",
        tracks=(
            Track("first", "First", tags=Tags(bpm=64.0, lyrics=False, instruments=("harp", "flute"))),
            Track("0123456789ab", "Second", sha256="0123456789abcdef" * 4, seconds=181.5),
        ),
    )


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('arc = "u"', 'ark = "u"', 'evening.toml: ark: unknown key, did you mean "arc"?'),
        (
            'label = "Evening"',
            'label = "Evening music"',
            'evening.toml: label: "Evening music" has 13 letters, shorten it to 8 or fewer',
        ),
        ('"comfort"', '"confort"', 'evening.toml: purpose: "confort" is unknown, did you mean "comfort"?'),
        ('arc = "u"', 'arc = "zigzag"', 'evening.toml: arc: "zigzag" is unknown, use one of descending, flat, u'),
        (
            '"evening"',
            '"Evening!"',
            'evening.toml: slug: "Evening!" is no slug, use a-z, 0-9 and single hyphens, as in "slow-tide"',
        ),
        ('title = "Evening by the Window"', "", 'evening.toml: title: is missing, add title = "..."'),
        ('"Evening by the Window"', '""', 'evening.toml: title: must be a text that is not empty, in "quotes"'),
        (
            '"Evening by the Window"',
            r'"Evening\nWindow"',
            "evening.toml: title: must be one line without control characters",
        ),
        ('slug = "first"', "", "evening.toml: track 1: slug: is missing, name the track by slug or by sha256"),
        ("bpm = 64", "bmp = 64", 'evening.toml: track 1: tags.bmp: unknown key, did you mean "bpm"?'),
        ("bpm = 64", "bpm = nan", "evening.toml: track 1: tags.bpm: must be a number from 20 to 300"),
        ("bpm = 64", "bpm = true", "evening.toml: track 1: tags.bpm: must be a number from 20 to 300"),
        (
            "lyrics = false",
            'lyrics = "no"',
            "evening.toml: track 1: tags.lyrics: must be true or false, without quotes",
        ),
        (
            '["harp", "flute"]',
            '"harp"',
            'evening.toml: track 1: tags.instruments: must be a list of texts, as in ["harp", "flute"]',
        ),
        (
            'sha256 = "0123',
            'sha256 = "X123',
            "evening.toml: track 2: sha256: must be 64 digits 0-9 and a-f, as sha256sum prints them",
        ),
    ],
)
def test_a_mistake_gets_one_line_with_file_key_and_remedy(old: str, new: str, line: str):
    assert old in GOOD
    with pytest.raises(PlaylistFormatError) as caught:
        parse_playlist(GOOD.replace(old, new, 1), "evening.toml")
    assert str(caught.value) == line


def test_broken_toml_names_its_line():
    with pytest.raises(PlaylistFormatError, match=r"^evening\.toml: not valid TOML: .*line 2.*$") as caught:
        parse_playlist('slug = "evening"\ntitle = \n', "evening.toml")
    assert "\n" not in str(caught.value)


def test_a_track_that_stands_twice_is_refused_by_slug_and_by_hash():
    again = '\n[[tracks]]\nslug = "first"\ntitle = "First again"\n'
    with pytest.raises(PlaylistFormatError, match=r"track 3: the same as track 1 \(First\), remove one of them"):
        parse_playlist(GOOD + again, "evening.toml")
    by_hash = f'\n[[tracks]]\nslug = "other"\nsha256 = "{"0123456789abcdef" * 4}"\ntitle = "Second again"\n'
    with pytest.raises(PlaylistFormatError, match=r"track 3: the same as track 2 \(Second\)"):
        parse_playlist(GOOD + by_hash, "evening.toml")


def test_a_playlist_without_tracks_is_refused():
    with pytest.raises(PlaylistFormatError, match=r"tracks: there are none, add at least one \[\[tracks\]\] table"):
        parse_playlist(GOOD.split("[[tracks]]", maxsplit=1)[0], "evening.toml")


def test_accents_count_as_no_letter_of_their_own():
    label = "Gemu\u0308tlich"  # ten code points' worth of text, nine letters: one too many
    with pytest.raises(PlaylistFormatError, match="has 9 letters"):
        parse_playlist(GOOD.replace('label = "Evening"', f'label = "{label}"'), "e.toml")
    fits = "Re\u0301confor"  # nine code points, eight letters
    assert parse_playlist(GOOD.replace('label = "Evening"', f'label = "{fits}"'), "e.toml").label == fits


WORDS = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=30).filter(str.strip)
LABELS = st.text(string.ascii_letters, min_size=1, max_size=8)
SLUGS = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True)
TAGS = st.builds(
    Tags,
    bpm=st.none() | st.floats(20, 300),
    lyrics=st.none() | st.booleans(),
    cover=st.none() | st.booleans(),
    language=st.none() | WORDS,
    era=st.none() | WORDS,
    familiarity=st.none() | st.sampled_from(Familiarity),
    instruments=st.lists(WORDS, max_size=3).map(tuple),
    licence=st.none() | WORDS,
)
TRACKS = st.builds(Track, SLUGS, WORDS, st.none(), st.none() | st.floats(1, 9000), TAGS)
PLAYLISTS = st.builds(
    Playlist,
    slug=SLUGS,
    title=WORDS,
    label=LABELS,
    purpose=st.sampled_from(Purpose),
    arc=st.sampled_from(Arc),
    tracks=st.lists(TRACKS, min_size=1, max_size=4, unique_by=lambda track: track.slug).map(tuple),
    licence=st.none() | WORDS,
)


@given(PLAYLISTS)
def test_what_is_written_is_read_back_equal(playlist: Playlist):
    assert parse_playlist(write_playlist(playlist), "again.toml") == playlist


@given(st.text(max_size=200))
def test_any_text_that_is_no_playlist_gets_one_line(text: str):
    with pytest.raises(PlaylistFormatError) as caught:  # five keys that must be there are not found by chance
        parse_playlist(text, "any.toml")
    assert len(str(caught.value).splitlines()) == 1


def test_the_starter_catalogue_is_what_a_new_box_offers():
    playlists = catalogue_playlists()
    assert [(found.slug, found.label, found.purpose, found.arc) for found in playlists] == [
        ("calm", "Calm", Purpose.COMFORT, Arc.U),
        ("sleep", "Sleep", Purpose.SLEEP, Arc.DESCENDING),
        ("garden", "Garden", Purpose.COMFORT, Arc.U),
    ]
    assert [len(found.tracks) for found in playlists] == [4, 4, 4]
    assert len({track.slug for found in playlists for track in found.tracks}) == 12


@pytest.mark.parametrize("module", [playlists_format, checks])
def test_the_format_and_its_checks_touch_no_file_thread_or_clock(module):
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not imported & {"time", "threading", "os", "pathlib", "logging", "random", "subprocess", "io"}
