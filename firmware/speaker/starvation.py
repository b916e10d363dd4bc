"""Whether a player without a heartbeat hangs, or is held up by other work on the machine. Pure.

One that hangs sleeps for something that never comes, stands stopped, or runs and runs. One that is held up has work and
is not let: it waits for a processor, or for the disk. Killing that one would help nobody, and be heard.
"""

from dataclasses import dataclass

from firmware.speaker.heartbeat import Heartbeat
from firmware.speaker.vitals import Vitals

RUN_S = 0.5  # of a processor's time: no turn of a player takes as much
AGAIN_S = 0.1  # between two looks at one that is held up
LONGEST_S = 5.0  # whatever holds it up: longer than a ring plays on
BEFORE_REPEAT_S = 0.15  # to look, and to kill, before its ring comes round
OWN_LATE_S = 0.1  # who looks this late was held up, too


@dataclass(frozen=True, slots=True)
class Silence:
    """At `now` a player has given no word for `seconds`, of `allowed_s`; who looks is `late_s` late himself."""

    now: float
    seconds: float
    allowed_s: float
    late_s: float


@dataclass(slots=True)
class HeldUp:
    """What is known of one player's being held up since its last heartbeat; times are seconds of the heartbeat's
    clock."""

    until: float = float("-inf")  # it is believed until then
    is_excused: bool = False  # once: whoever looks was late, too

    def look(self, heartbeat: Heartbeat, vitals: Vitals | None, silence: Silence) -> None:
        """A word is overdue; `heartbeat` was the last, `vitals` as of now."""
        if silence.now >= min(heartbeat.repeats_at - BEFORE_REPEAT_S, heartbeat.at + LONGEST_S):
            return
        if silence.late_s > OWN_LATE_S and not self.is_excused:
            self.is_excused, self.until = True, silence.now + AGAIN_S
        elif vitals is not None and _is_held_up(heartbeat, vitals, silence):
            self.until = silence.now + AGAIN_S


def _is_held_up(heartbeat: Heartbeat, vitals: Vitals, silence: Silence) -> bool:
    match vitals.state:
        case "D":
            return True
        case "R":
            return vitals.cpu_s - heartbeat.cpu_s < RUN_S
        case "S":  # it has just been let, and has not yet come to its word
            return silence.seconds - (vitals.waited_s - heartbeat.waited_s) < silence.allowed_s
        case _:
            return False
