"""Calculates from a meter's reading how loud a box is. Pure; knows no meter, no speaker and no file.

A box *assumes* a level in dB(A) at the pillow for -20 LUFS pink noise at full scale, and sets its volume by that. The
difference between the level it plays and the meter's reading is the error of that assumption.
"""

from dataclasses import dataclass, replace

from device.config.calibration import LEAST_DBA, MOST_DBA, ROLE_LETTERS, CalibrationError

NOISE_DBA = 60.0  # loud enough for a ward by day, and no louder than a patient may choose
CHECK_DBA = 55.0
CHECK_WITHIN_DB = 2.0  # for a class 2 meter, held by hand a second time
LEAST_ABOVE_ROOM_DB = 10.0  # then the room adds at most 0.5 dB to the reading
LOUDER_STEP_DB = 10.0  # a mistyped number must not make the next noise much louder than this
LEAST_STEP_DB = 1.0
CHECK_BEGINS_UNDER_DB = 10.0  # where the knob starts for the check: a push alone must not confirm it
LOWEST_READING_DBA, HIGHEST_READING_DBA = 15.0, 100.0


class UnmeasuredError(CalibrationError):
    """The readings give no result, or the check did not confirm it: measure again, with a change."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Noise that is played by an assumption, below a limit; all in dB(A) at the pillow."""

    belief_dba: float
    cap_dba: float
    wanted_dba: float = NOISE_DBA

    @property
    def level_dba(self) -> float:
        """The level for the speaker: never above full scale, where the limiter would change the result."""
        return min(self.wanted_dba, self.cap_dba, self.belief_dba)

    @property
    def gain_db(self) -> float:
        """The speaker's gain for this level; 0 or less."""
        return self.level_dba - self.belief_dba

    def full_scale_dba(self, reading_dba: float) -> float:
        """How loud the box is at full scale if the meter shows this, to a tenth."""
        return round(self.belief_dba + reading_dba - self.level_dba, 1)

    def louder(self, reading_dba: float) -> "Trial | None":
        """The same noise, louder, if this was too soft to measure; None if that would not help.

        The meter showed noise and room together, so the box is at most that loud: the assumption was on the safe side.
        """
        at_most_dba = max(self.full_scale_dba(reading_dba), self.belief_dba - LOUDER_STEP_DB)
        trial = replace(self, belief_dba=at_most_dba)
        return trial if trial.gain_db >= self.gain_db + LEAST_STEP_DB else None


def checking(full_scale_dba: float, cap_dba: float) -> Trial:
    """The noise with the new number, to be checked with the meter."""
    return Trial(full_scale_dba, cap_dba, CHECK_DBA)


def agrees(trial: Trial, reading_dba: float) -> bool:
    """Whether the meter confirms the new number."""
    return abs(reading_dba - trial.level_dba) <= CHECK_WITHIN_DB


def is_clear(room_dba: float, reading_dba: float) -> bool:
    """Whether the noise is loud enough above the room to be measured."""
    return reading_dba - room_dba >= LEAST_ABOVE_ROOM_DB


def found_dba(trial: Trial, room_dba: float, reading_dba: float) -> float:
    """The number to save. Raises UnmeasuredError if the reading gives no valid one."""
    if not is_clear(room_dba, reading_dba):
        above = f"{reading_dba - room_dba:.0f} dB above the room's {room_dba:g} dB(A)"
        raise UnmeasuredError(
            f"the noise is only {above}, at least {LEAST_ABOVE_ROOM_DB:.0f} are needed: "
            "choose a quieter time, and check that the amplifier is on"
        )
    number = trial.full_scale_dba(reading_dba)
    if not LEAST_DBA <= number <= MOST_DBA:
        raise UnmeasuredError(
            f"the result is {number:g} dB(A) at full scale, but it should be {LEAST_DBA:g} to {MOST_DBA:g}: "
            "check that the meter is at the pillow, set to A and slow, and that the amplifier is on"
        )
    return number


def read_dba(text: str, least_dba: float = LOWEST_READING_DBA) -> float:
    """A number as the meter shows it, with a point or a comma. Raises CalibrationError."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = float("nan")
    if not least_dba <= value <= HIGHEST_READING_DBA:  # false for nan too
        raise CalibrationError(
            f"{text.strip()!r}: enter a number from {least_dba:g} to {HIGHEST_READING_DBA:g}, like 57.5"
        )
    return value


def read_role(text: str) -> str:
    """A role as it is saved. Raises CalibrationError."""
    role = text.strip()
    if not 0 < len(role) <= ROLE_LETTERS or not role.isprintable():
        raise CalibrationError(f"enter a role of {ROLE_LETTERS} letters or fewer, like facilities")
    return role
