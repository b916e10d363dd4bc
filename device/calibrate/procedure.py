"""`nightingale-device calibrate`: plays noise, asks what a sound level meter at the pillow shows, saves the result.

Each question can be answered at the terminal or at the box. Nothing is saved until the noise has been played with the
new number; ending before that stops the noise and changes nothing.
"""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Self

from device import card_volume
from device.calibrate.dial import Dial, DialAnswer, PlaceMeter
from device.calibrate.dialogue import Dialogue, EndedError, Item
from device.calibrate.front import Front
from device.calibrate.measurement import (
    CHECK_BEGINS_UNDER_DB,
    CHECK_WITHIN_DB,
    Trial,
    UnmeasuredError,
    agrees,
    checking,
    found_dba,
    is_clear,
    read_dba,
    read_role,
)
from device.calibrate.noise_player import RISE_S, NoisePlayer, NoSoundError
from device.calibrate.pink_noise import pink_noise, write_wav
from device.clock.clock import local_now
from device.config import calibration
from device.config.calibration import Calibration, CalibrationError
from device.config.settings import Settings
from device.hardware import Hardware, of_this_machine
from device.log import files, stores
from device.rules import hours
from device.rules.events import NO_RULES, Wall
from device.rules.view import Scene
from firmware import PinsLost
from firmware.card_controls import ControlsError
from firmware.gpio.outputs import Outputs
from firmware.speaker import Sink, SinkKind

SERVICE = "nightingale-device"
STOP = f"`sudo systemctl stop {SERVICE}`"
LISTEN_S = 10.0  # a slow meter is steady after 5 s, and a person can look twice
READING_JITTER_DB = 1.0  # a reading with the noise may be this far below the room's
QUIET_ROOM_DBA = 40.0  # where the knob starts for the room
FACILITIES = "facilities"
ENDED_BY_HAND = 130  # as a shell counts it

INTRODUCTION = (
    "You need a sound level meter, set to A and slow. Put it on the pillow and step back.",
    "The room should be empty and as quiet as possible.",
    "Press Ctrl+C at any time to stop. The noise stops and nothing is saved.",
)
AT_THE_BOX = (
    "Answer here or at the box: turn CHOOSE until the screen shows the number on the meter, then push.",
    "Pressing PLAY also stops it.",
)


@dataclass(frozen=True, slots=True)
class Given:
    """Answers from the command line, which are not asked again; levels in dB(A)."""

    room_dba: float | None = None
    reading_dba: float | None = None
    role: str | None = None

    @classmethod
    def read(cls, room: str | None, reading: str | None, role: str | None) -> Self:
        """Reads the command line's texts. Raises CalibrationError."""
        room_dba = None if room is None else read_dba(room)
        reading_dba = None if reading is None else read_dba(reading)
        return cls(room_dba, reading_dba, None if role is None else read_role(role))

    @property
    def everything(self) -> bool:
        """Whether there is no question left to ask."""
        return None not in {self.room_dba, self.reading_dba, self.role}


def calibrate(
    settings: Settings, given: Given, *, needs_pins: bool, by_night: bool = False, hardware: Hardware | None = None
) -> int:
    """Measure and save; returns the exit code. Levels never exceed the box's day limit. Raises CalibrationError.

    `needs_pins`: nothing can be heard without the amplifier's pin, so a missing pin is an error. `by_night`: the caller
    knows that the room is empty. `hardware` None: this machine's. For the main thread: it handles signals.
    """
    hardware = hardware or of_this_machine(settings)
    if not by_night:
        refuse_by_night(settings.sound.output, hardware.wall())
    for number in (signal.SIGTERM, signal.SIGHUP):  # a lost connection ends like Ctrl+C
        signal.signal(number, signal.default_int_handler)
    try:
        with ExitStack() as held:
            _begun(held, settings, given, hardware, needs_pins=needs_pins).do()
    except KeyboardInterrupt:
        return _ended("Stopped.")
    except EndedError as ended:
        return _ended(str(ended))
    return 0


def _ended(how: str) -> int:
    print(f"\n{how} Nothing was saved.", flush=True)
    return ENDED_BY_HAND


def refuse_by_night(sink: Sink, wall: Wall | None) -> None:
    """The noise must not wake anyone if it can be heard. Raises CalibrationError."""
    if sink.kind is not SinkKind.SYSTEM or not hours.is_night(wall, NO_RULES):
        return
    if wall is None:
        raise CalibrationError(
            "the clock of this box is not set, so night limits apply: see `timedatectl`, "
            "or add --by-night if it is day or no one sleeps nearby"
        )
    raise CalibrationError(
        "it is night and the noise would wake people: do this by day, or add --by-night if no one sleeps nearby"
    )


def _begun(
    held: ExitStack, settings: Settings, given: Given, hardware: Hardware, *, needs_pins: bool
) -> "_Calibrating":
    """Open all parts, which `held` closes; the screen says where to put the meter."""
    held.enter_context(_folder(settings.box.data))
    print(f"Calibrating box {settings.box.name or settings.box.id}: how loud it is at the pillow.", flush=True)
    outputs = _outputs(held, hardware, needed=needs_pins)
    noise = Path(held.enter_context(tempfile.TemporaryDirectory())) / "noise.wav"
    write_wav(
        noise, pink_noise(mono=settings.sound.mono)
    )  # takes seconds on a small Pi, when no push could be answered
    inbox: SimpleQueue[Item] = SimpleQueue()
    dialogue = Dialogue(inbox, _front(held, settings, hardware, inbox) if outputs else None)
    dialogue.show(Scene.METER)
    return _Calibrating(settings, given, dialogue, outputs, noise)


class _Calibrating:
    """One calibration."""

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
        """The whole calibration; a person at the box can repeat it while the readings give no result."""
        dialogue = self._dialogue
        dialogue.say(*INTRODUCTION, *(AT_THE_BOX if dialogue.has_screen_part else ()), "")
        try:
            while (found := self._found()) is None:
                self._given = replace(self._given, room_dba=None, reading_dba=None)
        except NoSoundError:
            dialogue.end_with(Scene.NO_SOUND)
            raise
        self._keep(found)
        dialogue.end_with(Scene.THANKS)

    def _found(self) -> Calibration | None:
        try:
            full_scale_dba = self._full_scale_dba(self._room_dba())
            role = self._role()
            self._check(full_scale_dba)
        except UnmeasuredError as error:
            if not self._dialogue.answered_at_box:
                raise
            self._dialogue.say(f"        {error}", "")
            return None
        return Calibration(full_scale_dba, local_now().date(), role)

    def _room_dba(self) -> float:
        if self._given.room_dba is not None:
            return self._given.room_dba
        self._dialogue.say(f"1 of 3  Measure the room. No sound plays. Wait {LISTEN_S:.0f} seconds.")
        question = "        What does the meter show, in dB(A)?"
        return self._dialogue.ask(question, read_dba, PlaceMeter(Dial.at(QUIET_ROOM_DBA, float)))

    def _full_scale_dba(self, room_dba: float) -> float:
        trial = Trial(self._sound.full_scale_dba, self._sound.cap_day_dba)
        if self._given.reading_dba is not None:
            found_dba(trial, room_dba, self._given.reading_dba)  # refused before the noise plays
        while True:
            reading_dba = self._reading_dba(trial, room_dba)
            too_soft = self._given.reading_dba is None and not is_clear(room_dba, reading_dba)
            louder = trial.louder(reading_dba) if too_soft else None
            if louder is None:
                return found_dba(trial, room_dba, reading_dba)
            self._dialogue.say(
                "        Too soft to measure in this room: the box is softer than expected. It plays again, louder.", ""
            )
            trial = louder

    def _reading_dba(self, trial: Trial, room_dba: float) -> float:
        given_dba, dialogue = self._given.reading_dba, self._dialogue
        how_long = "plays until you answer" if given_dba is None else f"plays for {LISTEN_S:.0f} seconds"
        dialogue.say(
            f"2 of 3  Measure the noise. It sounds like a waterfall. Expected level: {trial.level_dba:g} dB(A).",
            f"        It starts softly, is steady after {RISE_S:.0f} seconds and {how_long}.",
        )
        least_dba = room_dba - READING_JITTER_DB
        with self._playing(trial):
            if given_dba is not None:
                dialogue.wait(LISTEN_S)
                return given_dba
            return dialogue.ask(
                "        What does the meter show now, in dB(A)?",
                lambda text: read_dba(text, least_dba),
                Dial.at(trial.level_dba, float, least_dba),
            )

    def _role(self) -> str:
        if self._given.role is not None:
            return self._given.role
        if self._dialogue.answered_at_box:  # a person at the box with the meter does not type
            return FACILITIES
        question = "        Your role (not your name)? Press Enter for facilities:"
        answer = PlaceMeter(DialAnswer(FACILITIES, FACILITIES))
        return self._dialogue.ask(question, lambda text: read_role(text or FACILITIES), answer)

    def _check(self, full_scale_dba: float) -> None:
        trial = checking(full_scale_dba, self._sound.cap_day_dba)
        is_asked_meanwhile = self._dialogue.has_screen_part and not self._given.everything
        until = "and plays until you answer" if is_asked_meanwhile else f"and plays for {LISTEN_S:.0f} seconds"
        least_dba, most_dba = trial.level_dba - CHECK_WITHIN_DB, trial.level_dba + CHECK_WITHIN_DB
        self._dialogue.say(
            f"3 of 3  Check the result. The noise gets louder for {RISE_S:.0f} seconds {until}.",
            f"        When it is steady, the meter should show {least_dba:g} to {most_dba:g} dB(A).",
        )
        if not self._is_confirmed(trial, is_asked_meanwhile):
            raise UnmeasuredError(
                "the check failed and nothing was saved: start again, and do not move the meter or the box"
            )

    def _is_confirmed(self, trial: Trial, is_asked_meanwhile: bool) -> bool:
        with self._playing(trial):
            if is_asked_meanwhile:
                return self._is_agreed(trial)
            self._dialogue.wait(LISTEN_S)
        return self._given.everything or self._is_agreed(trial)

    def _is_agreed(self, trial: Trial) -> bool:
        begins_dba = trial.level_dba - CHECK_BEGINS_UNDER_DB
        answer = Dial.at(begins_dba, lambda dba: agrees(trial, dba))
        return self._dialogue.ask("        Does it? yes or no:", _read_yes, answer)

    def _keep(self, found: Calibration) -> None:
        try:
            card_volume.forget(self._data)
            calibration.write(self._data, found)
            self._dialogue.say("", self._card_kept())
        except OSError as error:
            raise CalibrationError(
                f"{self._data}: the result cannot be saved ({error.strerror}): check the disk"
            ) from None
        self._dialogue.say(
            "",
            f"Saved: {found.full_scale_dba:g} dB(A) at full scale, {found.measured_on}, {found.by}.",
            f"If you stopped the service, start it again: `sudo systemctl start {SERVICE}`",
        )

    def _card_kept(self) -> str:
        """A line about the sound card's own volume, which is part of the measurement."""
        try:
            return card_volume.keep(self._data, self._sound.output)
        except ControlsError as error:
            return f"The sound card's own volume could not be saved ({error}): if it changes, calibrate again."

    def _playing(self, trial: Trial) -> AbstractContextManager[None]:
        sound = self._sound
        return self._dialogue.playing(
            lambda report: NoisePlayer(
                sound.output, self._noise, trial, mono=sound.mono, outputs=self._outputs, report=report
            )
        )


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Locks the box's data folder: a running service would need the same sound card and pins."""
    try:
        files.make_folder(folder)
        handle = files.lock(folder / stores.FILE_NAME)
    except files.LogInUseError:
        raise CalibrationError(f"the service is using {folder}: stop it first with {STOP}") from None
    except OSError as error:
        raise CalibrationError(f"{folder}: cannot be created ({error.strerror}): check box.data") from None
    if handle is None:
        raise CalibrationError(f"{folder}: nothing can be saved there: run this as the service's user")
    try:
        yield
    finally:
        os.close(handle)


def _outputs(held: ExitStack, hardware: Hardware, *, needed: bool) -> Outputs | None:
    try:
        return held.enter_context(Outputs(hardware.board, hardware.pin_factory))
    except PinsLost as error:
        if needed:
            raise CalibrationError(f"{error}; if the service is running, stop it first with {STOP}") from None
    print("This machine has no box amplifier: make sure that its loudspeakers are on.", flush=True)
    return None


def _front(held: ExitStack, settings: Settings, hardware: Hardware, inbox: "SimpleQueue[Item]") -> Front | None:
    try:
        return held.enter_context(Front(hardware, settings, inbox.put))
    except PinsLost as error:
        print(f"You can only answer here, not at the box: {error}", flush=True)
        return None


def _read_yes(text: str) -> bool:
    answer = text.strip().lower()
    if answer not in {"yes", "y", "no", "n"}:
        raise CalibrationError("answer yes or no")
    return answer.startswith("y")
