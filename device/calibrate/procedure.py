"""`nightingale-device calibrate`: noise, a level meter at the pillow, and the number that comes of both, kept.

It is answered at the terminal or at the box, question by question. Nothing is kept before the noise has been played by
the new number; until then every end is silence and no change.
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
LISTEN_S = 10.0  # a slow meter has settled after 5 s, and a person has looked twice
READING_JITTER_DB = 1.0  # a reading with the noise may lie so far under the room's
QUIET_ROOM_DBA = 40.0  # where the knob begins for the room
FACILITIES = "facilities"
ENDED_BY_HAND = 130  # as a shell counts it

INTRODUCTION = (
    "You need a sound level meter, set to A and slow. Lay it on the pillow and step back.",
    "The room should be empty and as quiet as it gets.",
    "Ctrl-C ends this at any time: silence, and nothing is kept.",
)
AT_THE_BOX = (
    "Type here, or stand at the box: turn CHOOSE until its screen shows what the meter shows, then push.",
    "PLAY ends it as Ctrl-C does.",
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


def calibrate(
    settings: Settings, given: Given, *, needs_pins: bool, by_night: bool = False, hardware: Hardware | None = None
) -> int:
    """Measure and keep; the exit code. Levels stay at or below the box's cap by day. Raises CalibrationError.

    `needs_pins`: without the amplifier's pin nothing would be heard, so that its lack is an error. `by_night`: whoever
    asks knows that the room is empty. `hardware` None: this machine's. For the main thread: it takes over signals.
    """
    hardware = hardware or of_this_machine(settings)
    if not by_night:
        refuse_by_night(settings.sound.output, hardware.wall())
    for number in (signal.SIGTERM, signal.SIGHUP):  # a lost connection ends as Ctrl-C does
        signal.signal(number, signal.default_int_handler)
    try:
        with ExitStack() as held:
            _begun(held, settings, given, hardware, needs_pins=needs_pins).do()
    except KeyboardInterrupt:
        return _ended("Ended.")
    except EndedError as ended:
        return _ended(str(ended))
    return 0


def _ended(how: str) -> int:
    print(f"\n{how} Nothing is kept.", flush=True)
    return ENDED_BY_HAND


def refuse_by_night(sink: Sink, wall: Wall | None) -> None:
    """The noise may not wake anybody, where it can be heard. Raises CalibrationError."""
    if sink.kind is not SinkKind.SYSTEM or not hours.is_night(wall, NO_RULES):
        return
    if wall is None:
        raise CalibrationError(
            "this machine does not know the time, which counts as night: see `timedatectl`, "
            "or add --by-night where it is day or nobody sleeps near"
        )
    raise CalibrationError("it is night, and the noise wakes people: come by day, or add --by-night for an empty room")


def _begun(
    held: ExitStack, settings: Settings, given: Given, hardware: Hardware, *, needs_pins: bool
) -> "_Calibrating":
    """All parts, to be ended by `held`; the screen says where the meter is to lie."""
    held.enter_context(_folder(settings.box.data))
    print(f"Calibration of box {settings.box.name or settings.box.id}: its loudness at the pillow.", flush=True)
    outputs = _outputs(held, hardware, needed=needs_pins)
    noise = Path(held.enter_context(tempfile.TemporaryDirectory())) / "noise.wav"
    write_wav(noise, pink_noise(mono=settings.sound.mono))  # seconds on a small Pi, in which no push would be answered
    inbox: SimpleQueue[Item] = SimpleQueue()
    dialogue = Dialogue(inbox, _front(held, settings, hardware, inbox) if outputs else None)
    dialogue.show(Scene.METER)
    return _Calibrating(settings, given, dialogue, outputs, noise)


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
        """All of it; whoever stands at the box may begin again as often as the readings give no number."""
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
        self._dialogue.say(f"1 of 3  The room. No sound plays. Wait {LISTEN_S:.0f} seconds.")
        question = "        What does the meter show, in dB(A)?"
        return self._dialogue.ask(question, read_dba, PlaceMeter(Dial.at(QUIET_ROOM_DBA, float)))

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
        if self._dialogue.answered_at_box:  # whoever stands there with the meter does not type
            return FACILITIES
        question = "        Your role, never your name? Enter alone is facilities."
        answer = PlaceMeter(DialAnswer(FACILITIES, FACILITIES))
        return self._dialogue.ask(question, lambda text: read_role(text or FACILITIES), answer)

    def _check(self, full_scale_dba: float) -> None:
        trial = checking(full_scale_dba, self._sound.cap_day_dba)
        is_asked_meanwhile = self._dialogue.has_screen_part and not self._given.everything
        until = "and on until you have answered" if is_asked_meanwhile else f"and {LISTEN_S:.0f} seconds steady"
        least_dba, most_dba = trial.level_dba - CHECK_WITHIN_DB, trial.level_dba + CHECK_WITHIN_DB
        self._dialogue.say(
            f"3 of 3  The check. The noise again, {RISE_S:.0f} seconds rising {until}.",
            f"        Steady, the meter should show {least_dba:g} to {most_dba:g} dB(A).",
        )
        if not self._is_online(trial, is_asked_meanwhile):
            raise UnmeasuredError("the check did not agree, nothing is kept: begin again, meter and box kept still")

    def _is_online(self, trial: Trial, is_asked_meanwhile: bool) -> bool:
        with self._playing(trial):
            if is_asked_meanwhile:
                return self._is_agreed(trial)
            self._dialogue.wait(LISTEN_S)
        return self._given.everything or self._is_agreed(trial)

    def _is_agreed(self, trial: Trial) -> bool:
        begins_dba = trial.level_dba - CHECK_BEGINS_UNDER_DB
        answer = Dial.at(begins_dba, lambda dba: agrees(trial, dba))
        return self._dialogue.ask("        Did it? yes or no:", _read_yes, answer)

    def _keep(self, found: Calibration) -> None:
        try:
            card_volume.forget(self._data)
            calibration.write(self._data, found)
            self._dialogue.say("", self._card_kept())
        except OSError as error:
            raise CalibrationError(f"{self._data}: cannot keep the number ({error.strerror}): mend the disk") from None
        self._dialogue.say(
            "",
            f"Kept: {found.full_scale_dba:g} dB(A) at full scale, {found.measured_on}, {found.by}.",
            f"If you stopped the service, start it: `sudo systemctl start {SERVICE}`",
        )

    def _card_kept(self) -> str:
        """A line about the card's own volume, which was measured with the box."""
        try:
            return card_volume.keep(self._data, self._sound.output)
        except ControlsError as error:
            return f"The card's own volume could not be kept ({error}): whoever moves it makes the number wrong."

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
        files.make_folder(folder)
        handle = files.lock(folder / stores.FILE_NAME)
    except files.LogInUseError:
        raise CalibrationError(f"the service runs on {folder}: stop it first with {STOP}") from None
    except OSError as error:
        raise CalibrationError(f"{folder}: cannot be made ({error.strerror}): see box.data") from None
    if handle is None:
        raise CalibrationError(f"{folder}: nothing can be kept there: run this as the service's user")
    try:
        yield
    finally:
        os.close(handle)


def _outputs(held: ExitStack, hardware: Hardware, *, needed: bool) -> Outputs | None:
    try:
        return held.enter_context(Outputs(hardware.board, hardware.pin_factory))
    except PinsLost as error:
        if needed:
            raise CalibrationError(f"{error}; if the service runs, stop it first with {STOP}") from None
    print("No amplifier of a box here: whatever makes the sound is on already.", flush=True)
    return None


def _front(held: ExitStack, settings: Settings, hardware: Hardware, inbox: "SimpleQueue[Item]") -> Front | None:
    try:
        return held.enter_context(Front(hardware, settings, inbox.put))
    except PinsLost as error:
        print(f"Nobody can answer at the box: {error}", flush=True)
        return None


def _read_yes(text: str) -> bool:
    answer = text.strip().lower()
    if answer not in {"yes", "y", "no", "n"}:
        raise CalibrationError("yes or no")
    return answer.startswith("y")
