"""The example of the ward's environment names every setting that the code knows, and no other."""

import os
import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from ward import settings
from ward.secret_key import secret_key

EXAMPLE = Path(__file__).parents[2] / "deploy" / "ward.example.env"


def test_every_setting_is_in_the_example_and_the_example_has_no_other() -> None:
    named = re.findall(r"^#?(NIGHTINGALE_\w+|DATABASE_URL)=", EXAMPLE.read_text(), re.MULTILINE)
    assert sorted([*named, "NIGHTINGALE_DEMO"]) == sorted([*settings.KNOWN, "DATABASE_URL"])


def test_nothing_that_installs_a_ward_knows_the_demos_setting() -> None:
    installing = [file for file in EXAMPLE.parent.rglob("*") if file.is_file() and "demo" not in file.parts]
    assert not [file for file in installing if b"NIGHTINGALE_DEMO" in file.read_bytes()]


def test_a_switch_that_is_neither_yes_nor_no_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTINGALE_HTTPS", "true")
    with pytest.raises(ImproperlyConfigured, match="yes or no"):
        settings._is_on("NIGHTINGALE_HTTPS")


@pytest.mark.parametrize(
    ("names", "problem"),
    [("ward.example, other.example ,[::1],*,.example", ""), ("https://ward.example", "is not a host name"),
     ("ward.example:8443", "is not a host name"), ("a;b", "is not a host name"),
     ("ward.example,", "is not a host name")],
)  # fmt: skip
def test_hosts_are_names_alone(names: str, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Django would take any of them, and refuse every browser."""
    monkeypatch.setenv("NIGHTINGALE_HOSTS", names)
    if not problem:
        assert settings._hosts() == ["ward.example", "other.example", "[::1]", "*", ".example"]
        return
    with pytest.raises(ImproperlyConfigured, match=problem):
        settings._hosts()


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [("NIGHTINGALE_TIME_ZONE", "Europe/Pariss", "_time_zone"), ("DATABASE_URL", "mysql://a@b/c", "_database"),
     ("DATABASE_URL", "nonsense", "_database")],
)  # fmt: skip
def test_a_setting_that_cannot_work_is_one_line_that_names_it(
    name: str, value: str, read: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name) as told:
        getattr(settings, read)()
    assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize(("held", "problem"), [(b"\xff\xfe\x00", "not a text file"), (b" \n", "is empty")])
def test_a_key_s_file_that_holds_no_key_is_one_line(held: bytes, problem: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(held)
    with pytest.raises(ImproperlyConfigured, match=problem):
        secret_key(tmp_path / "key")


def test_a_key_s_file_that_is_a_pipe_or_a_folder_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for no_file in (tmp_path / "pipe", tmp_path):
        with pytest.raises(ImproperlyConfigured, match="is not a file"):
            secret_key(no_file)
