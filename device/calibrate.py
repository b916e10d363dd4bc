"""`nightingale-device calibrate`: noise, a level meter at the pillow, and the number that comes of both, kept.

Nothing is kept before the noise has been played by the new number; until then every end is silence and no change.
"""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from device import calibration, log_store
from device.calibration import Calibration, CalibrationError
from device.clock import local_now
from device.config import Settings
from device.dialogue import Dialogue
from device.measurement import CHECK_WITHIN_DB, Trial, checking, found_dba, is_clear, read_dba, read_role
from device.noise_player import RISE_S, NoisePlayer
from device.pink_noise import pink_noise, write_wav
from firmware import PinsLost
from firmware.board import REVISION_A
from firmware.outputs import Outputs

SERVICE = "nightingale-device"
STOP = f"`sudo systemctl stop {SERVICE}`"
LISTEN_S = 10.0  # a slow meter has settled after 5 s, and a person has looked twice
READING_JITTER_DB = 1.0  # a reading with the noise may lie so far under the room's
ENDED_BY_HAND = 130  # as a shell counts it

INTRODUCTION = (
    "You need a sound level meter, set to A and slow. Lay it on the pillow and step back.",
    "The room should be empty and as quiet as it gets.",
    "Ctrl-C ends this at any time: silence, and nothing is kept.",
    "",
)


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line answers already, so that it is not asked; levels in dB(A)."""

    room_dba: float | None = None
    reading_dba: float | None = None
    role: str | None = None

    @classmethod
    def read(cls, room: str | None, reading: str | None, role: str | None) -> Self:
        """Of the command line's texts. Raises CalibrationError."""
        room_dba = None if room is None else read_dba(room)
        reading_dba = None if reading is None else read_dba(reading)
        return cls(room_dba, reading_dba, None if role is None else read_role(role))

    @property
    def everything(self) -> bool:
        """Whether nobody need be asked."""
        return None not in {self.room_dba, self.reading_dba, self.role}


def calibrate(settings: Settings, given: Given, *, needs_pins: bool) -> int:
    """Measure and keep; the exit code. Levels stay at or below the box's cap by day. Raises CalibrationError.

    `needs_pins`: without the amplifier's pin nothing would be heard, so that its lack is an error.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):  # a lost connection ends as Ctrl-C does
        signal.signal(number, signal.default_int_handler)
    try:
        with ExitStack() as held:
            held.enter_context(_folder(settings.box.data))
            dialogue = Dialogue()
            dialogue.say(f"Calibration of box {settings.box.name or settings.box.id}: its loudness at the pillow.")
            outputs = _outputs(held, dialogue, needed=needs_pins)
            noise = Path(held.enter_context(tempfile.TemporaryDirectory())) / "noise.wav"
            write_wav(noise, pink_noise(mono=settings.sound.mono))
            _Calibrating(settings, given, dialogue, outputs, noise).do()
    except KeyboardInterrupt:
        print("\nEnded. Nothing is kept.", flush=True)
        return ENDED_BY_HAND
    return 0


class _Calibrating:
    """One calibration, step by step."""

    def __init__(
        self, settings: Settings, given: Given, dialogue: Dialogue, outputs: Outputs | None, noise: Path
    ) -> None:
        self._data = settings.box.data
        self._sound = settings.sound
        self._given = given
        self._dialogue = dialogue
        self._outputs = outputs
        self._noise = noise

    def do(self) -> None:
        """All of it."""
        self._dialogue.say(*INTRODUCTION)
        full_scale_dba = self._full_scale_dba(self._room_dba())
        role = self._role()
        self._check(full_scale_dba)
        self._keep(Calibration(full_scale_dba, local_now().date(), role))

    def _room_dba(self) -> float:
        if self._given.room_dba is not None:
            return self._given.room_dba
        self._dialogue.say(f"1 of 3  The room. No sound plays. Wait {LISTEN_S:.0f} seconds.")
        return self._dialogue.ask("        What does the meter show, in dB(A)?", read_dba)

    def _full_scale_dba(self, room_dba: float) -> float:
        trial = Trial(self._sound.full_scale_dba, self._sound.cap_day_dba)
        if self._given.reading_dba is not None:
            found_dba(trial, room_dba, self._given.reading_dba)  # refused before anybody hears it
        while True:
            reading_dba = self._reading_dba(trial, room_dba)
            too_soft = self._given.reading_dba is None and not is_clear(room_dba, reading_dba)
            louder = trial.louder(reading_dba) if too_soft else None
            if louder is None:
                return found_dba(trial, room_dba, reading_dba)
            self._dialogue.say("        Too soft to be told from the room: the box is softer than it believed.", "")
            trial = louder

    def _reading_dba(self, trial: Trial, room_dba: float) -> float:
        given_dba, dialogue = self._given.reading_dba, self._dialogue
        how_long = "goes on until you have answered" if given_dba is None else f"goes on for {LISTEN_S:.0f} seconds"
        dialogue.say(
            f"2 of 3  The noise, like a waterfall. By what the box believes, {trial.level_dba:g} dB(A).",
            f"        It begins softly, is steady after {RISE_S:.0f} seconds and {how_long}.",
        )
        with self._playing(trial):
            dialogue.wait(0.0 if given_dba is None else LISTEN_S)
            if given_dba is not None:
                return given_dba
            least_dba = room_dba - READING_JITTER_DB
            return dialogue.ask(
                "        What does the meter show now, in dB(A)?", lambda text: read_dba(text, least_dba)
            )

    def _role(self) -> str:
        if self._given.role is not None:
            return self._given.role
        question = "        Your role, never your name? Enter alone is facilities."
        return self._dialogue.ask(question, lambda text: read_role(text or "facilities"))

    def _check(self, full_scale_dba: float) -> None:
        trial = checking(full_scale_dba, self._sound.cap_day_dba)
        least_dba, most_dba = trial.level_dba - CHECK_WITHIN_DB, trial.level_dba + CHECK_WITHIN_DB
        self._dialogue.say(
            f"3 of 3  The check. The noise again, {RISE_S:.0f} seconds rising and {LISTEN_S:.0f} seconds steady.",
            f"        Steady, the meter should show {least_dba:g} to {most_dba:g} dB(A).",
        )
        with self._playing(trial):
            self._dialogue.wait(LISTEN_S)
        if not self._given.everything and not self._dialogue.ask("        Did it? yes or no:", _read_yes):
            raise CalibrationError("the check did not agree, nothing is kept: begin again, meter and box kept still")

    def _keep(self, found: Calibration) -> None:
        try:
            calibration.write(self._data, found)
        except OSError as error:
            raise CalibrationError(f"{self._data}: cannot keep the number ({error.strerror}): mend the disk") from None
        self._dialogue.say(
            "",
            f"Kept: {found.full_scale_dba:g} dB(A) at full scale, {found.measured_on}, {found.by}.",
            f"If you stopped the service, start it: `sudo systemctl start {SERVICE}`",
        )

    def _playing(self, trial: Trial) -> AbstractContextManager[None]:
        sound = self._sound
        return self._dialogue.playing(
            lambda report: NoisePlayer(
                sound.output, self._noise, trial, mono=sound.mono, outputs=self._outputs, report=report
            )
        )


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """The box's data folder, which a running service holds too: both would want the card and the pins."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = log_store.lock(folder / log_store.FILE_NAME)
    except log_store.LogInUseError:
        raise CalibrationError(f"the service runs on {folder}: stop it first with {STOP}") from None
    except OSError as error:
        raise CalibrationError(f"{folder}: cannot be made ({error.strerror}): see box.data") from None
    if handle is None:
        raise CalibrationError(f"{folder}: nothing can be kept there: run this as the service's user")
    try:
        yield
    finally:
        os.close(handle)


def _outputs(held: ExitStack, dialogue: Dialogue, *, needed: bool) -> Outputs | None:
    try:
        return held.enter_context(Outputs(REVISION_A))
    except PinsLost as error:
        if needed:
            raise CalibrationError(f"{error}; if the service runs, stop it first with {STOP}") from None
    dialogue.say("No amplifier of a box here: whatever makes the sound is on already.")
    return None


def _read_yes(text: str) -> bool:
    answer = text.strip().lower()
    if answer not in {"yes", "y", "no", "n"}:
        raise CalibrationError("yes or no")
    return answer.startswith("y")
