"""M3U and XSPF: what other players write is read, and what we write they can read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playlists.exchange import Entry, ExchangeError, read_m3u, read_xspf, write_m3u, write_xspf
from playlists.format import Arc, Playlist, Purpose, Track

SHA256 = "0123456789abcdef" * 4
EVENING = Playlist(
    "evening",
    "Evening & <Night>",
    "Evening",
    Purpose.COMFORT,
    Arc.U,
    (Track("one", "One", SHA256, 181.25), Track("two", "Zwei & <drei>")),
    licence="CC0-1.0",
)


def where(track: Track) -> str:
    return f"tracks/{track.slug}.opus"


def test_a_set_is_written_as_m3u_that_any_player_reads():
    assert write_m3u(EVENING, where) == (
        "#EXTM3U\n#PLAYLIST:Evening & <Night>\n"
        "#EXTINF:181,One\ntracks/one.opus\n"
        "#EXTINF:-1,Zwei & <drei>\ntracks/two.opus\n"
    )


def test_m3u_is_read_plain_and_extended_and_as_windows_saves_it():
    text = '\ufeff#EXTM3U\r\n\r\n#EXTINF:12.5 logo="a",First, slowly\r\nC:\\Music\\1.mp3\r\n# a remark\r\nhttp://a/2.ogg\r\n'
    assert read_m3u(text, "list.m3u") == (
        Entry("C:\\Music\\1.mp3", "First, slowly", 12.5),
        Entry("http://a/2.ogg"),
    )


def test_m3u_comes_back():
    assert read_m3u(write_m3u(EVENING, where), "x.m3u") == (
        Entry("tracks/one.opus", "One", 181.0),
        Entry("tracks/two.opus", "Zwei & <drei>"),
    )


def test_xspf_comes_back_with_hashes():
    text = write_xspf(EVENING, where)
    assert '<playlist version="1" xmlns="http://xspf.org/ns/0/">' in text
    assert read_xspf(text, "x.xspf") == (
        Entry("tracks/one.opus", "One", 181.25, SHA256),
        Entry("tracks/two.opus", "Zwei & <drei>"),
    )


def test_an_identifier_that_is_no_hash_is_left_out():
    text = write_xspf(EVENING, where).replace(SHA256, "../../etc")
    assert read_xspf(text, "x.xspf")[0].sha256 is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<playlist>", "x.xspf: is not XML (no element found: line 1, column 10), export it again as XSPF"),
        ("<playlist/>", "x.xspf: names no track, export it again as M3U or XSPF"),
        (
            '<!DOCTYPE a [<!ENTITY b "c">]><playlist>&b;</playlist>',
            "x.xspf: is too long or declares XML entities, export it again as plain XSPF",
        ),
    ],
)
def test_xspf_that_cannot_be_used_gets_one_line(text: str, says: str):
    with pytest.raises(ExchangeError) as caught:
        read_xspf(text, "x.xspf")
    assert str(caught.value) == says


@given(st.text(max_size=300))
def test_any_text_is_a_list_or_one_line(text: str):
    for read in (read_m3u, read_xspf):
        try:
            assert all(entry.location or entry.sha256 for entry in read(text, "any"))
        except ExchangeError as error:
            said = str(error)
            assert "\n" not in said
