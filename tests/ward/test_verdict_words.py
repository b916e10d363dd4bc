"""Each verdict on a file has its line."""

import re

import pytest

from playlists.preparing.verdicts import Reason, Refused, Remark
from ward.music.verdict_words import CRASHED, REFUSED, REMARKS, VERDICTS, verdict_words

NUMBERS = {"hours": 3, "seconds": 5, "says": 9, "channels": 6, "lufs": -24.1, "db": 12}


def test_each_code_has_one_line_and_no_line_is_left_over():
    assert (set(REFUSED), set(REMARKS), set(CRASHED)) == (set(Refused), set(Remark), set(Reason))
    assert len(VERDICTS) == len(Refused) + len(Remark) + len(Reason)


@pytest.mark.parametrize("code", VERDICTS)
def test_a_line_says_what_it_is_and_what_to_do(code: str):
    line = verdict_words(code, NUMBERS)
    assert len(re.findall(r"[.;] ?", line)) >= 2
    assert "%" not in line


def test_a_code_of_a_later_version_is_shown_as_it_is():
    assert verdict_words("too_green", {}) == "Too green"
