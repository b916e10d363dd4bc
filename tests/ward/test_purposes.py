"""What a playlist is for, in the ward's words."""

from playlists.format import Purpose
from ward.music.purposes import PURPOSES, purpose_word


def test_every_purpose_has_its_word_for_staff() -> None:
    assert list(PURPOSES) == list(Purpose)
    assert [purpose_word(one) for one in Purpose] == ["Comfort", "Sleep", "Memories", "End-of-life care"]


def test_a_purpose_of_a_later_format_stands_as_it_came() -> None:
    assert purpose_word("waking") == "Waking"
