"""What the devices page says of a fault, by its code: each has words of its own, because each is fixed differently.

Where a newer box sends a code that is not known here, its part alone says what is wrong. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop as _

from messages import Code
from messages.entries import Part


@dataclass(frozen=True, slots=True)
class Advice:
    """What the page says when a part has failed; the fields are those of Trouble. English: the page translates it."""

    rank: int
    word: str
    status: str
    first: str
    then: str


_TRYING, _LOOKING = _("Still trying."), _("Looking for music every minute.")
_SCREEN_ONLY, _MUSIC_WORKS = _("Music and buttons still work."), _("Music still works.")
_KEPT = _("Keeping its records in memory. Music still works.")
_PLUG_AGAIN, _RESTART = _("Unplug the box and plug it in again."), _("Then restart the box.")
_ELSE_BOX, _INSTALL = _("If it continues, replace the box."), _("Install Nightingale again.")
_ELSE_CARD, _CARD = _("If it continues, replace its memory card."), _("Replace its memory card")
_SCREEN_CABLE, _TRACKS_AGAIN = _("Check the screen's cable."), _("Send its tracks to the box again.")
_GOOD_FILES, _CHECK = _("Put good files on its memory card."), _("Run nightingale-device check to find the error.")
_TOO_QUIET, _WHEN_FREE = _("They are too quiet or cannot be read."), _("when the room is free.")

NO_SOUND = Advice(
    0,
    _("No sound"),
    _("Still trying to use its sound card."),
    _("Check the speaker plug."),
    _("If there is still no sound, replace the box."),
)
PLAYER = Advice(
    1,
    _("Player stopped"),
    _("Restarting the player automatically."),
    _("Wait 1 minute."),
    _("If it continues, unplug the box and plug it in again."),
)

BY_CODE: Mapping[str, Advice] = {
    Code.NO_SOUND: NO_SOUND,
    Code.PLAYER_FAILED: PLAYER,
    Code.GPIO_BROKEN: Advice(1, _("Hardware driver failed"), _TRYING, _INSTALL, _ELSE_BOX),
    Code.GPIO_REFUSED: Advice(
        1, _("No access to the buttons"), _TRYING, _("Add its user to the group gpio."), _RESTART
    ),
    Code.GPIO_MISSING: Advice(1, _("Buttons not found"), _TRYING, _PLUG_AGAIN, _ELSE_BOX),
    Code.LINE_LOST: Advice(1, _("One control does not work"), _TRYING, _PLUG_AGAIN, _ELSE_BOX),
    Code.LINE_IN_USE: Advice(
        1, _("Another program uses a control"), _TRYING, _("Stop that program."), _("The command gpioinfo names it.")
    ),
    Code.LINES_LOST: Advice(1, _("Several controls do not work"), _TRYING, _PLUG_AGAIN, _ELSE_BOX),
    Code.BUTTON_HELD: Advice(
        2,
        _("Button stuck"),
        _("Ignoring the stuck button."),
        _("Check the buttons."),
        _("Is something lying on one?"),
    ),
    Code.NO_TRACKS: Advice(3, _("No music to play"), _LOOKING, _TRACKS_AGAIN, _ELSE_CARD),
    Code.NO_PLAYABLE_TRACKS: Advice(3, _("No track can be played"), _LOOKING, _GOOD_FILES, _TOO_QUIET),
    Code.NO_INDEX: Advice(3, _("No list of music"), _LOOKING, _CARD, _WHEN_FREE),
    Code.DISK_NO_ANSWER: Advice(3, _("Memory card does not answer"), _LOOKING, _PLUG_AGAIN, _ELSE_CARD),
    Code.PLAYLIST_UNPLAYABLE: Advice(
        3, _("A playlist cannot be played"), _("Other playlists still work."), _TRACKS_AGAIN, _ELSE_CARD
    ),
    Code.TRACKS_UNPLAYABLE: Advice(
        5, _("Tracks cannot be played"), _("Skipping them. Other music plays."), _TOO_QUIET, _GOOD_FILES
    ),
    Code.MUSIC_TOO_LARGE: Advice(
        5,
        _("Assigned music is too large"),
        _("The tracks that fit still play."),
        _("Assign fewer playlists to this bed."),
        _("If all are needed, let the box store more (content.most_mb)."),
    ),
    Code.CARD_FULL: Advice(
        5, _("Memory card is full"), _("The tracks on the box still play."), _("Use a larger memory card."), _WHEN_FREE
    ),
    Code.TRACK_ARRIVES_WRONG: Advice(
        5,
        _("A track arrives damaged"),
        _("The box does not use it and tries again."),
        _("Upload the track to the ward again."),
        _("If it continues, check the network of the box."),
    ),
    Code.LOG_OF_ANOTHER_BOX: Advice(
        4,
        _("Memory card of another box"),
        _("Started a new log. The box is not calibrated."),
        _("Give it its own card and ID."),
        _("Then calibrate it with a sound level meter."),
    ),
    Code.LOG_SET_ASIDE: Advice(
        4, _("Log replaced after an error"), _("Started a new log. Music still works."), _CARD, _WHEN_FREE
    ),
    Code.LOG_NOT_WRITTEN: Advice(
        4, _("Log cannot be saved"), _KEPT, _("Check for free space on its memory card."), _ELSE_CARD
    ),
    Code.LOG_IN_USE: Advice(
        4,
        _("Another program uses the log"),
        _KEPT,
        _("End the program that has it open."),
        _("The box then saves its records."),
    ),
    Code.LOG_FILE_REPLACED: Advice(
        4,
        _("Log file deleted or replaced"),
        _("Saved it again. Music still works."),
        _("Find out what deleted or replaced it."),
        _ELSE_CARD,
    ),
    Code.LOG_OPENED_AGAIN: Advice(4, _("Log opened again after an error"), _MUSIC_WORKS, _CARD, _WHEN_FREE),
    Code.ENTRIES_LEFT_OUT: Advice(
        5,
        _("Too many records"),
        _("Some were left out. Music still works."),
        _("Check the playlist's tracks."),
        _("Are they damaged or very short?"),
    ),
    Code.CONFIG_COPY: Advice(
        4, _("Configuration damaged"), _("Using its last good copy."), _("Fix its configuration file."), _CHECK
    ),
    Code.INDEX_COPY: Advice(
        4, _("List of music damaged"), _("Using its last good copy."), _("Fix its list of music."), _CHECK
    ),
    Code.SCREEN_NO_ANSWER: Advice(
        5, _("Screen dark"), _SCREEN_ONLY, _SCREEN_CABLE, _("If that does not help, replace the screen.")
    ),
    Code.SCREEN_NO_POWER: Advice(5, _("Screen lost power"), _SCREEN_ONLY, _SCREEN_CABLE, _("Is its plug loose?")),
    Code.SCREEN_HANGS: Advice(5, _("Screen stuck"), _SCREEN_ONLY, _PLUG_AGAIN, _SCREEN_CABLE),
    Code.SCREEN_BROKEN: Advice(5, _("Screen driver failed"), _SCREEN_ONLY, _INSTALL, _ELSE_BOX),
    Code.BUS_MISSING: Advice(
        5, _("Screen connection switched off"), _SCREEN_ONLY, _("Set dtparam=i2c_arm=on in config.txt."), _RESTART
    ),
    Code.BUS_REFUSED: Advice(
        5, _("No access to the screen"), _SCREEN_ONLY, _("Add its user to the group i2c."), _RESTART
    ),
}
BY_PART: Mapping[str, Advice] = {
    Part.SOUND: NO_SOUND,
    Part.PLAYER: PLAYER,
    Part.CONTROLS: Advice(2, _("Button fault"), _TRYING, _PLUG_AGAIN, _ELSE_BOX),
    Part.MUSIC: Advice(3, _("Music fault"), _LOOKING, _PLUG_AGAIN, _ELSE_BOX),
    Part.LOG: Advice(4, _("Log fault"), _MUSIC_WORKS, _CARD, _WHEN_FREE),
    Part.CONFIG: Advice(4, _("Configuration fault"), _MUSIC_WORKS, _CHECK, _ELSE_BOX),
    Part.SCREEN: Advice(5, _("Screen fault"), _SCREEN_ONLY, _SCREEN_CABLE, _ELSE_BOX),
}
"""The parts of which the page lists a fault; the clock is told of as recovering."""


def advice(part: str, fault: Mapping[str, Any]) -> Advice:
    """What to say of this fault. Raises KeyError for a part that is not in BY_PART."""
    code = fault.get("code")
    return (BY_CODE.get(code) if isinstance(code, str) else None) or BY_PART[part]
