"""The measured loudness of a box, and the file in its data folder that stores it. Measures nothing."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from device import machine
from device.config.table import ConfigError, Table
from playlists.files import read_text
from playlists.index import write_atomically
from playlists.parsing import UnreadableError, parse_toml

FILE_NAME = "calibration.toml"
# The possible range: pillow speakers reach about 50 dB(A), a room loudspeaker at full power less than 110.
LEAST_DBA, MOST_DBA = 40.0, 110.0
ROLE_LETTERS = 40
MEASURE_AGAIN = "measure again with `nightingale-device calibrate`"


class CalibrationError(Exception):
    """The calibration failed and nothing was saved; one line that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """One measurement. `full_scale_dba`: dB(A) at the pillow for -20 LUFS pink noise with every gain at 0 dB;
    `by`: the role of the person who measured, never a name."""

    full_scale_dba: float
    measured_on: date
    by: str

    def __str__(self) -> str:
        return f"calibrated on {self.measured_on} by {self.by}: {self.full_scale_dba:g} dB(A)"


def read(folder: Path, here: machine.Marks | None = None) -> Calibration | None:
    """The calibration in a data folder, None if there is none. `here`: marks of a machine, None: of this one.

    Raises ConfigError if the file cannot be used; the box then uses a safe low volume.
    """
    path = folder / FILE_NAME
    try:
        values = parse_toml(read_text(path))
        table = Table(str(path), "", folder, values)
        if machine.is_other(machine.from_texts(table.texts("machine")), machine.marks() if here is None else here):
            raise table.error("machine", "was measured on another box")
        return _calibration(table)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}): check file permissions or {MEASURE_AGAIN}"
        ) from None
    except UnreadableError:
        raise ConfigError(f"{path}: is not valid TOML: {MEASURE_AGAIN}") from None
    except ConfigError as error:
        raise ConfigError(f"{error}: {MEASURE_AGAIN}") from None


def write(folder: Path, calibration: Calibration, here: machine.Marks | None = None) -> None:
    """Replace the calibration in one step; it is on the disk when this returns. Raises OSError."""
    lines = (
        "# Loudness of -20 LUFS pink noise at the pillow, in dB(A); written by `nightingale-device calibrate`",
        f"full_scale_dba = {float(calibration.full_scale_dba)}",
        f"measured_on = {calibration.measured_on}",
        f"by = {json.dumps(calibration.by, ensure_ascii=False)}",  # a printable JSON text is a TOML text
        f"machine = {json.dumps(machine.to_texts(machine.marks() if here is None else here))}",
    )
    write_atomically(folder / FILE_NAME, "".join(f"{line}\n" for line in lines).encode(), mode=0o600)


def _calibration(table: Table) -> Calibration:
    table.refuse_unknown({"full_scale_dba", "measured_on", "by", "machine"})
    measured_on, by = table.day("measured_on"), table.text("by", most=ROLE_LETTERS)
    if measured_on is None or not by or "full_scale_dba" not in table.values:
        raise table.error("calibration", "full_scale_dba, measured_on and by are all needed")
    full_scale_dba = table.number("full_scale_dba", LEAST_DBA, LEAST_DBA, MOST_DBA, "dB(A) at the pillow")
    return Calibration(full_scale_dba, measured_on, by)
