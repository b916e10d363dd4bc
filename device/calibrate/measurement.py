"""What a meter's reading says of how loud a box is. Pure; knows no meter, no speaker and no file.

A box *believes* that it gives so many dB(A) at the pillow for -20 LUFS pink noise at full scale, and plays a level by
that belief. What the meter shows instead of the level is what the belief is wrong by.
"""

from dataclasses import dataclass, replace

from device.config.calibration import LEAST_DBA, MOST_DBA, ROLE_LETTERS, CalibrationError

NOISE_DBA = 60.0  # loud enough for a ward by day, and no more than a patient may choose
CHECK_DBA = 55.0
CHECK_WITHIN_DB = 2.0  # a class 2 meter, held again by hand
LEAST_ABOVE_ROOM_DB = 10.0  # then the room adds 0.5 dB at most to the reading
LOUDER_STEP_DB = 10.0  # a mistyped number must not make the next noise much louder than this
LEAST_STEP_DB = 1.0
CHECK_BEGINS_UNDER_DB = 10.0  # where a knob begins that is to say what the check gave: a mere push must not agree
LOWEST_READING_DBA, HIGHEST_READING_DBA = 15.0, 100.0


class UnmeasuredError(CalibrationError):
    """The readings give no number, or not the one that was heard: to be measured again, differently."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Noise that is played by a belief, below a cap; all in dB(A) at the pillow."""

    belief_dba: float
    cap_dba: float
    wanted_dba: float = NOISE_DBA

    @property
    def level_dba(self) -> float:
        """The level that is asked of the speaker: never above full scale, where the limiter would be measured too."""
        return min(self.wanted_dba, self.cap_dba, self.belief_dba)

    @property
    def gain_db(self) -> float:
        """What the speaker makes of it; 0 or less."""
        return self.level_dba - self.belief_dba

    def full_scale_dba(self, reading_dba: float) -> float:
        """What the box gives at full scale, to a tenth, when the meter shows this."""
        return round(self.belief_dba + reading_dba - self.level_dba, 1)

    def louder(self, reading_dba: float) -> "Trial | None":
        """The same noise, louder, where this was too soft to be measured; None when that would not help.

        The meter showed noise and room together, so the box is at most as loud as that: the belief was careful.
        """
        at_most_dba = max(self.full_scale_dba(reading_dba), self.belief_dba - LOUDER_STEP_DB)
        trial = replace(self, belief_dba=at_most_dba)
        return trial if trial.gain_db >= self.gain_db + LEAST_STEP_DB else None


def checking(full_scale_dba: float, cap_dba: float) -> Trial:
    """The noise by the new number, for the meter to agree with."""
    return Trial(full_scale_dba, cap_dba, CHECK_DBA)


def agrees(trial: Trial, reading_dba: float) -> bool:
    """Whether the meter shows what was played by the new number."""
    return abs(reading_dba - trial.level_dba) <= CHECK_WITHIN_DB


def is_clear(room_dba: float, reading_dba: float) -> bool:
    """Whether the noise stands out from the room enough to be measured."""
    return reading_dba - room_dba >= LEAST_ABOVE_ROOM_DB


def found_dba(trial: Trial, room_dba: float, reading_dba: float) -> float:
    """The number to keep. Raises UnmeasuredError where the reading does not give one."""
    if not is_clear(room_dba, reading_dba):
        above = f"{reading_dba - room_dba:.0f} dB above the room's {room_dba:g} dB(A)"
        raise UnmeasuredError(
            f"the noise is only {above}, {LEAST_ABOVE_ROOM_DB:.0f} are needed: "
            "find a quieter hour, and see that the amplifier is on"
        )
    number = trial.full_scale_dba(reading_dba)
    if not LEAST_DBA <= number <= MOST_DBA:
        raise UnmeasuredError(
            f"that makes {number:g} dB(A) at full scale, plausible is {LEAST_DBA:g} to {MOST_DBA:g}: "
            "see that the meter lies at the pillow, on A and slow, and that the amplifier is on"
        )
    return number


def read_dba(text: str, least_dba: float = LOWEST_READING_DBA) -> float:
    """A number as the meter shows it, with a point or a comma. Raises CalibrationError."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = float("nan")
    if not least_dba <= value <= HIGHEST_READING_DBA:  # false for nan too
        raise CalibrationError(f"{text.strip()!r}: a number from {least_dba:g} to {HIGHEST_READING_DBA:g}, like 57.5")
    return value


def read_role(text: str) -> str:
    """A role as it is kept. Raises CalibrationError."""
    role = text.strip()
    if not 0 < len(role) <= ROLE_LETTERS or not role.isprintable():
        raise CalibrationError(f"the role is one line of {ROLE_LETTERS} letters or fewer, like facilities")
    return role
