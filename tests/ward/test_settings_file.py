"""The example of the ward's environment names every setting that the code knows, and no other."""

import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from ward import settings

EXAMPLE = Path(__file__).parents[2] / "deploy" / "ward.example.env"


def test_every_setting_is_in_the_example_and_the_example_has_no_other() -> None:
    named = re.findall(r"^#?(NIGHTINGALE_\w+|DATABASE_URL)=", EXAMPLE.read_text(), re.MULTILINE)
    assert sorted(named) == sorted([*settings.KNOWN, "DATABASE_URL"])


def test_a_switch_that_is_neither_yes_nor_no_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTINGALE_HTTPS", "true")
    with pytest.raises(ImproperlyConfigured, match="yes or no"):
        settings._is_on("NIGHTINGALE_HTTPS")
