"""The self-test says how well the box knows its loudness."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from device import calibration
from device.calibration import Calibration
from device.check import Finding, findings
from device.config import Settings, default_settings
from firmware.speaker import parse_sink


def level(settings: Settings) -> Finding:
    silent = replace(settings, sound=replace(settings.sound, output=parse_sink("silent")))
    return next(finding for finding in findings(silent) if finding.part == "level")


def test_an_uncalibrated_box_is_told_how_to_be_measured_and_may_play(tmp_path: Path) -> None:
    finding = level(default_settings(tmp_path))
    assert (finding.well, finding.needed) == (False, False)
    assert finding.line == "uncalibrated: plays with the careful level; measure with nightingale-device calibrate"


def test_a_calibrated_box_says_when_by_whom_and_how_much(tmp_path: Path) -> None:
    calibration.write(tmp_path, Calibration(71.5, date(2026, 3, 1), "facilities"))
    finding = level(default_settings(tmp_path))
    assert finding.well
    assert finding.line == "calibrated on 2026-03-01 by facilities: 71.5 dB(A)"


def test_a_broken_calibration_is_named_and_may_play(tmp_path: Path) -> None:
    (tmp_path / calibration.FILE_NAME).write_text("nonsense")
    finding = level(default_settings(tmp_path))
    assert (finding.well, finding.needed) == (False, False)
    assert finding.line.startswith("plays with the careful level: ")
    assert "measure again with `nightingale-device calibrate`" in finding.line
