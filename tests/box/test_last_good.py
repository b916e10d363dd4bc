"""A configuration that a power cut spoilt: the box plays by the last one that it could use, and says so."""

from pathlib import Path

import pytest

from device.config import last_good, settings
from device.config.settings import ConfigError

ID = "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0404"
TEXT = f"""[box]
id = "{ID}"
data = "data"

[sound]
cap_day_dba = 55

[link]
brokers = ["broker.example:8883"]
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration that a box has run by once; no folder but its own is looked into."""
    monkeypatch.setattr(settings, "DATA_FOLDER", tmp_path / "nowhere")
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    path = tmp_path / "device.toml"
    path.write_text(TEXT)
    last_good.keep(path, last_good.load(path))
    return path


@pytest.mark.parametrize("left", [TEXT[:100], TEXT[:100] + "\0" * 60, TEXT.replace("55", "5S"), f'{TEXT}tpyo = "x"\n'])
def test_a_box_plays_by_its_last_good_copy_and_says_why(
    file: Path, left: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = settings.load(file)
    file.write_text(left)
    loaded = last_good.load(file)
    assert loaded.settings == good
    assert str(loaded.fault).startswith(f"plays by the last good copy of its configuration: {file.name}: ")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(file) in caplog.text


def test_check_and_all_other_commands_say_that_the_file_is_bad(file: Path) -> None:
    file.write_text(TEXT[:100])
    with pytest.raises(ConfigError):
        settings.load(file)


@pytest.mark.parametrize("left", [b"", b"\0" * len(TEXT), None])
def test_of_an_empty_file_the_unit_s_own_folder_knows_the_copy(
    file: Path, left: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    last_good.keep(file, last_good.load(file))
    if left is None:
        file.unlink()
    else:
        file.write_bytes(left)
    assert last_good.load(file).settings.sound.cap_day_dba == 55


def test_so_does_the_folder_of_every_box(file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "DATA_FOLDER", tmp_path / "data")
    file.write_bytes(b"\0" * 512)
    assert last_good.load(file).settings.sound.cap_day_dba == 55


def test_a_file_that_ends_early_and_still_is_valid_has_lost_its_broker(file: Path) -> None:
    left = TEXT[: TEXT.index("[link]")]
    file.write_text(left)
    loaded = last_good.load(file)
    assert [broker.host for broker in loaded.settings.link.brokers] == ["broker.example"]
    assert f"is cut short ({len(left)} of {len(TEXT)} letters are left)" in str(loaded.fault)


def test_lines_that_a_person_took_away_are_gone_once_the_end_says_so(file: Path) -> None:
    file.write_text(TEXT[: TEXT.index("[link]")] + "# works alone\n")
    loaded = last_good.load(file)
    assert (loaded.settings.link.brokers, loaded.fault) == ((), None)
    last_good.keep(file, loaded)
    file.write_text(TEXT[:100])
    assert last_good.load(file).settings.link.brokers == ()


def test_on_the_day_of_the_installation_a_mistake_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA_FOLDER", tmp_path)
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    file = tmp_path / "device.toml"
    file.write_text(TEXT.replace("55", "5S"))
    with pytest.raises(ConfigError, match="not valid TOML"):
        last_good.load(file)


@pytest.mark.parametrize("spoil", [lambda text: text[:-30], lambda text: text.replace("55", "58"), lambda _: ""])
def test_a_copy_that_is_not_whole_is_none(file: Path, spoil: "object", tmp_path: Path) -> None:
    copy = tmp_path / "data" / "device.toml.last-good"
    assert callable(spoil)
    copy.write_text(spoil(copy.read_text()))
    file.write_text(TEXT[:100])
    with pytest.raises(ConfigError):
        last_good.load(file)


def test_the_copy_of_another_box_is_none_of_ours(file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "device.toml"
    other.write_text(f'[box]\nid = "{ID}"\ndata = "{tmp_path / "data"}"\n[sound')
    with pytest.raises(ConfigError):
        last_good.load(other)


def test_a_box_writes_the_copy_only_where_it_differs(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "data" / "device.toml.last-good"
    before = copy.stat()
    last_good.keep(file, last_good.load(file))
    assert copy.stat() == before
    file.write_text(TEXT + "# moved to room 4\n")
    last_good.keep(file, last_good.load(file))
    assert "room 4" in copy.read_text()


def test_a_data_folder_that_takes_no_copy_stops_nothing(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    file.write_text(TEXT.replace('"data"', '"device.toml"'))
    last_good.keep(file, last_good.load(file))
    assert "config=not_kept" in caplog.text
