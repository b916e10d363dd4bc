"""The self-test: a line a part, each that is not well with what to do, beside a running service too."""

import hashlib
import io
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import soundfile

from device.check import check
from device.check import music as check_music
from device.check.check import Finding, findings
from device.config import calibration
from device.config.calibration import Calibration
from device.config.settings import Settings, default_settings, load
from device.log import stores
from device.music.track_levels import TrackLevels
from firmware.speaker import parse_sink
from playlists.catalogue import catalogue_playlists
from playlists.index import Recording, write_index
from tests.rules.bed import level_of

ID = "6f1c2a34-9b1e-4d2f-8c55-0d7c1f2e3a40"


def silent(settings: Settings) -> Settings:
    return replace(settings, sound=replace(settings.sound, output=parse_sink("silent")))


def found(settings: Settings, part: str) -> Finding:
    return next(finding for finding in findings(silent(settings)) if finding.part == part)


@contextmanager
def running_service(data: Path) -> Iterator[None]:
    handle = stores.lock(data / stores.FILE_NAME)
    assert handle is not None
    try:
        yield
    finally:
        os.close(handle)


def test_an_uncalibrated_box_is_told_how_to_be_measured_and_may_play(tmp_path: Path) -> None:
    finding = found(default_settings(tmp_path), "level")
    assert (finding.well, finding.needed) == (False, False)
    assert finding.line == "not calibrated: uses a safe low volume; measure with nightingale-device calibrate"


def test_a_calibrated_box_says_when_by_whom_and_how_much(tmp_path: Path) -> None:
    calibration.write(tmp_path, Calibration(71.5, date(2026, 3, 1), "facilities"))
    finding = found(default_settings(tmp_path), "level")
    assert finding.well
    assert finding.line == "calibrated on 2026-03-01 by facilities: 71.5 dB(A)"


def test_a_broken_calibration_is_named_and_may_play(tmp_path: Path) -> None:
    (tmp_path / calibration.FILE_NAME).write_text("nonsense")
    finding = found(default_settings(tmp_path), "level")
    assert (finding.well, finding.needed) == (False, False)
    assert finding.line.startswith("uses a safe low volume: ")
    assert "measure again with `nightingale-device calibrate`" in finding.line


def test_all_parts_are_told_whichever_of_them_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pin library's own error once ended the self-test before screen, clock and link were looked at."""

    class ForeignError(Exception):
        pass

    def burst(*_: object, **__: object) -> None:
        raise ForeignError("'GPIO busy'")

    for part in ("music", "lines", "screen", "_clock"):
        monkeypatch.setattr(check, part, burst)
    told = list(findings(silent(default_settings(tmp_path))))
    parts = [finding.part for finding in told]
    assert parts == ["user", "music", "sound", "level", "disk", "pins", "screen", "clock", "link"]
    pins = told[parts.index("pins")]
    assert (pins.well, pins.needed) == (False, True)
    assert pins.line.startswith("could not be tested (ForeignError: 'GPIO busy'): ")


def test_a_running_service_is_known_by_its_folder(tmp_path: Path) -> None:
    settings = default_settings(tmp_path)
    assert "the service is not running" in found(settings, "user").line
    with running_service(tmp_path):
        assert "the service is running" in found(settings, "user").line
    assert "the service is not running" in found(settings, "user").line


def test_looking_makes_no_folder_and_leaves_no_file(tmp_path: Path) -> None:
    data = tmp_path / "nightingale"
    settings = default_settings(tmp_path)
    before = sorted(tmp_path.iterdir())
    finding = found(replace(settings, box=replace(settings.box, data=data)), "disk")
    assert not finding.well
    assert finding.line == f"{data} does not exist: create it and make the service's user its owner"
    assert sorted(tmp_path.iterdir()) == before


def test_root_is_told_that_it_sees_more_than_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    finding = found(default_settings(tmp_path), "user")
    assert (finding.well, finding.hint) == (True, True)
    assert finding.line.startswith("tested as root, which has more rights than the service")
    assert check.tell([finding]) == 0
    assert capsys.readouterr().out.startswith("NOTE  user      tested as root")
    monkeypatch.setattr(os, "geteuid", lambda: 65_432)
    finding = found(default_settings(tmp_path), "user")
    assert finding.well
    assert finding.line.startswith("tested as user 65432")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_root_is_told_how_to_look_as_the_service_s_user(tmp_path: Path) -> None:
    assert "`sudo -u USER nightingale-device" in found(default_settings(tmp_path), "user").line
    os.chown(tmp_path, 65_432, 65_432)
    assert "`sudo -u '#65432' nightingale-device" in found(default_settings(tmp_path), "user").line
    os.chown(tmp_path, 1, 1)
    assert "`sudo -u daemon nightingale-device" in found(default_settings(tmp_path), "user").line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_roots_own_data_folder_is_not_well(tmp_path: Path) -> None:
    assert "owner: root: a service that runs as its own user" in found(default_settings(tmp_path), "disk").line
    os.chown(tmp_path, 65_432, 65_432)
    finding = found(default_settings(tmp_path), "disk")
    assert finding.well
    assert finding.line.endswith("owner: user 65432")


def _checked(*words: str, encoding: str = "utf-8") -> "subprocess.CompletedProcess[bytes]":
    environment = os.environ | {"PYTHONIOENCODING": encoding, "SDL_AUDIODRIVER": ""}
    command = [sys.executable, "-m", "device", "check", *words]
    return subprocess.run(command, capture_output=True, env=environment, check=False, timeout=300)


def test_a_console_without_the_letters_of_a_name_is_told_all_the_same(tmp_path: Path) -> None:
    config = tmp_path / "device.toml"
    config.write_text(f'[box]\nid = "{ID}"\nname = "Łóżko 4"\ndata = "data"\n[sound]\noutput = "silent"\n', "utf-8")
    done = _checked(f"--config={config}", encoding="latin-1")
    told = done.stdout.decode("latin-1")
    assert "box.name = \\u0141" in told
    assert "FIX   screen" in told
    assert (done.returncode, b"Traceback" in done.stderr) == (1, False)


def test_a_configuration_that_cannot_be_read_is_a_line_too(tmp_path: Path) -> None:
    config = tmp_path / "device.toml"
    config.write_text("[box\n")
    done = _checked(f"--config={config}")
    assert done.returncode == 1
    assert done.stdout.decode().startswith(f"FIX   config    {config}: not valid TOML")


def test_every_wrong_key_is_told_at_once(tmp_path: Path) -> None:
    config = tmp_path / "device.toml"
    config.write_text(
        f'[box]\nid = "{ID}"\nnam = "x"\ntime_zone = "Mars"\n'
        '[sound]\nouput = "silent"\ncap_day_dba = 90\nmono = "yes"\n'
        '[link]\nbrokers = ["here", "there"]\ncert = "box.pem"\n[screens]\n'
    )
    done = _checked(f"--config={config}")
    told = [line.removeprefix(f"FIX   config    {config}: ") for line in done.stdout.decode().splitlines()]
    wrong = ["screens", "box.nam", "sound.ouput", "box.time_zone", "sound.cap_day_dba", "sound.mono"]
    assert [line.partition(":")[0] for line in told] == [*wrong, *["link.brokers"] * 2, *["link.cert"] * 2]
    assert done.returncode == 1


def test_a_screen_by_its_jumper_is_at_the_other_address(tmp_path: Path) -> None:
    config = tmp_path / "device.toml"
    config.write_text(f'[box]\nid = "{ID}"\n[screen]\naddress = 0x3D\n')
    assert load(config).screen.address == 0x3D
    assert load(Path("deploy/device.example.toml")).screen.address == 0x3C


def test_what_a_pi_imports_is_required_by_us() -> None:
    """Blinka imports gpiod on a Pi and does not require it: no box's screen worked after a documented install."""
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    assert any(line.startswith("gpiod>=2") for line in project["dependencies"])


def _fill(folder: Path, contents: dict[str, bytes]) -> dict[str, str]:
    """Files as tracks of the starter music, and an index that names them; their hashes by name."""
    (folder / "tracks").mkdir(parents=True)
    slots = [slot for playlist in catalogue_playlists() for slot in playlist.tracks]
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    for name, content in contents.items():
        (folder / "tracks" / f"{hashes[name]}.opus").write_bytes(content)
    recordings = {
        slot.slug: Recording(slot.slug, sha256, 2.0, slot.title, -20.0, -3.0, 4.0)
        for slot, sha256 in zip(slots, hashes.values(), strict=False)
    }
    write_index(folder, recordings)
    return hashes


def _flac(peak: float) -> bytes:
    samples = peak * np.sin(2 * np.pi * 440 * np.arange(96_000) / 48_000)
    made = io.BytesIO()
    soundfile.write(made, np.stack([samples, samples], axis=1), 48_000, format="FLAC", subtype="PCM_24")
    return made.getvalue()


def _music_lines(settings: Settings) -> list[Finding]:
    return [finding for finding in findings(silent(settings)) if finding.part in {"music", "tracks"}]


def test_a_folder_of_what_cannot_be_heard_is_no_music(tmp_path: Path) -> None:
    settings = default_settings(tmp_path)
    contents = {"text": b"hello", "picture": b"\x89PNG\r\n\x1a\n", "empty": b"", "silence": _flac(0.0)}
    _fill(settings.box.music, contents)
    music, tracks = _music_lines(settings)
    assert (music.well, music.needed) == (False, True)
    assert music.line.startswith("0 tracks and ")
    assert (tracks.well, tracks.needed) == (False, False)
    assert tracks.line.startswith("4 tracks cannot be played: 1 too quiet to be heard and 3 unreadable (")
    assert tracks.line.endswith("): replace the files")
    assert not (settings.box.data / "track-levels.json").exists(), "looking writes nothing"


def test_one_bad_track_among_good_ones_is_named_and_music_plays(tmp_path: Path) -> None:
    settings = default_settings(tmp_path)
    hashes = _fill(settings.box.music, {"good": _flac(0.3), "text": b"hello"})
    music, tracks = _music_lines(settings)
    assert (music.well, tracks.well) == (True, False)
    assert music.line.startswith("1 track and ")
    assert tracks.line.startswith(f"1 track cannot be played: 1 unreadable ({hashes['text'][:12]}...)")


def test_what_the_box_has_measured_is_not_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = default_settings(tmp_path)
    hashes = _fill(settings.box.music, {"good": _flac(0.3), "silence": _flac(0.0)})
    kept = TrackLevels(settings.box.data / "track-levels.json")
    kept.keep(hashes["good"], level_of(-20.0), hashes.values())
    kept.keep(hashes["silence"], level_of(-120.0), hashes.values())
    monkeypatch.setattr(check_music, "COMMAND", ("false",))
    music, tracks = _music_lines(settings)
    assert (music.well, tracks.line.startswith("1 track cannot be played: 1 too quiet")) == (True, True)


def test_what_takes_too_long_to_measure_is_told_as_not_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = default_settings(tmp_path)
    _fill(settings.box.music, {"good": _flac(0.3)})
    monkeypatch.setattr(check_music, "MEASURE_S", 0.0)
    music, tracks = _music_lines(settings)
    assert (music.well, tracks.well) == (True, True)
    assert tracks.line.startswith("1 not tested: ")


def test_a_music_folder_that_is_not_there_is_told_as_that(tmp_path: Path) -> None:
    (music,) = _music_lines(default_settings(tmp_path))
    assert (music.well, music.needed) == (False, True)
    assert music.line.startswith(f"{tmp_path / 'music'} does not exist: set the folder under [box] in device.toml")
