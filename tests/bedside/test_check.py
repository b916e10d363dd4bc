"""The self-test: a line a part, each that is not well with what to do, beside a running service too."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from device import calibration, check, log_store
from device.calibration import Calibration
from device.check import Finding, findings
from device.config import Settings, default_settings, load
from firmware.speaker import parse_sink

ID = "6f1c2a34-9b1e-4d2f-8c55-0d7c1f2e3a40"


def silent(settings: Settings) -> Settings:
    return replace(settings, sound=replace(settings.sound, output=parse_sink("silent")))


def found(settings: Settings, part: str) -> Finding:
    return next(finding for finding in findings(silent(settings)) if finding.part == part)


@contextmanager
def running_service(data: Path) -> Iterator[None]:
    handle = log_store.lock(data / log_store.FILE_NAME)
    assert handle is not None
    try:
        yield
    finally:
        os.close(handle)


def test_an_uncalibrated_box_is_told_how_to_be_measured_and_may_play(tmp_path: Path) -> None:
    finding = found(default_settings(tmp_path), "level")
    assert (finding.well, finding.needed) == (False, False)
    assert finding.line == "uncalibrated: plays with the careful level; measure with nightingale-device calibrate"


def test_a_calibrated_box_says_when_by_whom_and_how_much(tmp_path: Path) -> None:
    calibration.write(tmp_path, Calibration(71.5, date(2026, 3, 1), "facilities"))
    finding = found(default_settings(tmp_path), "level")
    assert finding.well
    assert finding.line == "calibrated on 2026-03-01 by facilities: 71.5 dB(A)"


def test_a_broken_calibration_is_named_and_may_play(tmp_path: Path) -> None:
    (tmp_path / calibration.FILE_NAME).write_text("nonsense")
    finding = found(default_settings(tmp_path), "level")
    assert (finding.well, finding.needed) == (False, False)
    assert finding.line.startswith("plays with the careful level: ")
    assert "measure again with `nightingale-device calibrate`" in finding.line


def test_all_parts_are_told_whichever_of_them_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pin library's own error once ended the self-test before screen, clock and link were looked at."""

    class ForeignError(Exception):
        pass

    def burst(*_: object, **__: object) -> None:
        raise ForeignError("'GPIO busy'")

    for part in ("_music", "lines", "screen", "_clock"):
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
    assert finding.line == f"{data} is not there: make it, and give it to the service's user"
    assert sorted(tmp_path.iterdir()) == before


def test_root_is_told_that_it_sees_more_than_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    finding = found(default_settings(tmp_path), "user")
    assert (finding.well, finding.hint) == (True, True)
    assert finding.line.startswith("looked at as root, who may do more than the service")
    assert check.tell([finding]) == 0
    assert capsys.readouterr().out.startswith("hint  user      looked at as root")
    monkeypatch.setattr(os, "geteuid", lambda: 65_432)
    finding = found(default_settings(tmp_path), "user")
    assert finding.well
    assert finding.line.startswith("looked at as user 65432")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_root_is_told_how_to_look_as_the_service_s_user(tmp_path: Path) -> None:
    assert "`sudo -u USER nightingale-device" in found(default_settings(tmp_path), "user").line
    os.chown(tmp_path, 65_432, 65_432)
    assert "`sudo -u '#65432' nightingale-device" in found(default_settings(tmp_path), "user").line
    os.chown(tmp_path, 1, 1)
    assert "`sudo -u daemon nightingale-device" in found(default_settings(tmp_path), "user").line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_roots_own_data_folder_is_not_well(tmp_path: Path) -> None:
    assert "belongs to root: a service under a user of its own" in found(default_settings(tmp_path), "disk").line
    os.chown(tmp_path, 65_432, 65_432)
    finding = found(default_settings(tmp_path), "disk")
    assert finding.well
    assert finding.line.endswith("which belongs to user 65432")


def _checked(*words: str, encoding: str = "utf-8") -> "subprocess.CompletedProcess[bytes]":
    environment = os.environ | {"PYTHONIOENCODING": encoding, "SDL_AUDIODRIVER": ""}
    command = [sys.executable, "-m", "device", "check", *words]
    return subprocess.run(command, capture_output=True, env=environment, check=False, timeout=60)


def test_a_console_without_the_letters_of_a_name_is_told_all_the_same(tmp_path: Path) -> None:
    config = tmp_path / "device.toml"
    config.write_text(f'[box]\nid = "{ID}"\nname = "Łóżko 4"\ndata = "data"\n[sound]\noutput = "silent"\n', "utf-8")
    done = _checked(f"--config={config}", encoding="latin-1")
    told = done.stdout.decode("latin-1")
    assert "box.name = \\u0141" in told
    assert "MEND  screen" in told
    assert (done.returncode, b"Traceback" in done.stderr) == (1, False)


def test_a_configuration_that_cannot_be_read_is_a_line_too(tmp_path: Path) -> None:
    config = tmp_path / "device.toml"
    config.write_text("[box\n")
    done = _checked(f"--config={config}")
    assert done.returncode == 1
    assert done.stdout.decode().startswith(f"MEND  config    {config}: not valid TOML")


def test_every_wrong_key_is_told_at_once(tmp_path: Path) -> None:
    config = tmp_path / "device.toml"
    config.write_text(
        f'[box]\nid = "{ID}"\nnam = "x"\ntime_zone = "Mars"\n'
        '[sound]\nouput = "silent"\ncap_day_dba = 90\nmono = "yes"\n'
        '[link]\nbrokers = ["here", "there"]\ncert = "box.pem"\n[screens]\n'
    )
    done = _checked(f"--config={config}")
    told = [line.removeprefix(f"MEND  config    {config}: ") for line in done.stdout.decode().splitlines()]
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
