"""What a playlist sounds like is said in the reader's language."""

import pytest
from django.utils import translation

from playlists import Playlist, catalogue_playlists
from ward.music.about import WORDS, described


@pytest.mark.parametrize("playlist", catalogue_playlists(), ids=lambda playlist: playlist.slug)
def test_every_instrument_of_our_own_playlists_can_be_translated(playlist: Playlist) -> None:
    assert {name for track in playlist.tracks for name in track.tags.instruments} <= set(WORDS)


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_no_english_is_left_in_a_description_of_our_own(language: str) -> None:
    with translation.override(language):
        said = described("no lyrics, harp and rain")
    assert not {"lyrics", "harp", "rain", "and"} & set(said.replace(",", "").split())


def test_a_description_with_a_word_that_is_not_ours_stays_as_it_is() -> None:
    with translation.override("de"):
        assert described("no lyrics, kazoo and rain") == "no lyrics, kazoo and rain"
    assert described("") == ""
