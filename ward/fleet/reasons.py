"""What a box says of its troubles, in the reader's language: by the code that it sends, never by its sentence.

A row keeps code, arguments and the box's own line. That line is shown, in English, where a newer box sends a code that
is not known here, and where an argument is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messages import AssignmentRefused, Code, Fault, Reply
from messages.reasons import LONGEST_LINE, tidy
from ward.fleet.text import storable

Kept = dict[str, Any]
"""What a row keeps of a reason: "reason", the box's line; "code", "args": empty where the box sent none."""

NOT_TOLD = "not_told"  # the ward's own: a box refused and gave no reason


@dataclass(frozen=True, slots=True)
class Text:
    """What is wrong, as the end of a sentence and without its full stop; what to do about it, in whole sentences."""

    what: str | Promise
    look: str | Promise = ""


@dataclass(frozen=True, slots=True)
class Said:
    """The same in one language, with its arguments. `is_known`: it is in the ward's words, not in the box's line."""

    what: str
    look: str = ""
    is_known: bool = True


_REPLACE = _("Replace the box.")
_WIRES = _("Check the screen's cable. The music plays on.")
_GOOD_FILE = _("Put a good file in its place.")

WORDS: dict[str, Text] = {
    NOT_TOLD: Text(_("no reason given")),
    Code.BUTTON_HELD: Text(_("%(button)s held down"), _("Is something lying on it?")),
    Code.GPIO_BROKEN: Text(_("GPIO driver failed"), _("Install Nightingale again.")),
    Code.GPIO_REFUSED: Text(_("no access to the GPIO"), _("Add its user to the group gpio.")),
    Code.GPIO_MISSING: Text(_("no GPIO found"), _REPLACE),
    Code.LINE_LOST: Text(_("%(name)s does not work (GPIO %(pin)s)"), _REPLACE),
    Code.LINE_IN_USE: Text(_("%(name)s is used by another program (GPIO %(pin)s)"), _("Stop that program.")),
    Code.LINES_LOST: Text(_("several controls do not work: %(lines)s"), _REPLACE),
    Code.BUS_MISSING: Text(_("screen: no bus %(bus)s"), _("Set dtparam=i2c_arm=on. The music plays on.")),
    Code.BUS_REFUSED: Text(_("screen: no access to its bus"), _("Add its user to the group i2c. The music plays on.")),
    Code.SCREEN_NO_ANSWER: Text(_("screen does not answer"), _WIRES),
    Code.SCREEN_NO_POWER: Text(_("screen lost power"), _WIRES),
    Code.SCREEN_HANGS: Text(_("screen is stuck"), _WIRES),
    Code.SCREEN_BROKEN: Text(_("screen driver failed"), _("Install Nightingale again. The music plays on.")),
    Code.NO_SOUND: Text(_("no sound"), _("Check the speaker plug.")),
    Code.PLAYER_FAILED: Text(_("player failed"), _("It starts again by itself.")),
    Code.TRACK_UNREADABLE: Text(_("track cannot be played"), _GOOD_FILE),
    Code.TRACK_DAMAGED: Text(_("track is damaged"), _GOOD_FILE),
    Code.TRACK_TOO_QUIET: Text(_("track is too quiet"), _GOOD_FILE),
    Code.NO_TRACKS: Text(_("no tracks on this box"), _("Its tracks are missing. Send them again.")),
    Code.NO_PLAYABLE_TRACKS: Text(
        _("no track can be played"), _("Its tracks are too quiet or unreadable. Put good files on its card.")
    ),
    Code.NO_INDEX: Text(_("no list of music"), _("Replace its memory card.")),
    Code.DISK_NO_ANSWER: Text(_("memory card does not answer"), _("Replace its memory card.")),
    Code.TRACKS_UNPLAYABLE: Text(
        _("tracks cannot be played"), _("They are too quiet or unreadable. Put good files on its card.")
    ),
    Code.PLAYLIST_UNPLAYABLE: Text(_("no track of %(playlist)s plays"), _("Send its tracks to the box again.")),
    Code.MUSIC_TOO_LARGE: Text(_("assigned music is too large for this box"), _("Assign fewer playlists.")),
    Code.CARD_FULL: Text(_("memory card is full"), _("No more tracks fit. Use a larger card.")),
    Code.TRACK_ARRIVES_WRONG: Text(_("track arrives damaged"), _("Upload it again.")),
    Code.INDEX_COPY: Text(_("list of music cannot be read"), _("It uses its last good copy.")),
    Code.CONFIG_COPY: Text(_("configuration cannot be read"), _("It uses its last good copy.")),
    Code.LOG_OF_ANOTHER_BOX: Text(
        _("this card was made on another box"), _("Give each box its own card and id. Then calibrate this one.")
    ),
    Code.LOG_SET_ASIDE: Text(_("log set aside as %(file)s"), _("A new log began.")),
    Code.LOG_NOT_WRITTEN: Text(_("log cannot be written (%(what)s)"), _("Check the card's space and rights.")),
    Code.LOG_IN_USE: Text(_("log is open in another program"), _("End the program that has it open.")),
    Code.LOG_FILE_REPLACED: Text(_("log file was deleted or replaced"), _("It was written again.")),
    Code.LOG_OPENED_AGAIN: Text(_("log was damaged (%(what)s)"), _("It was opened again.")),
    Code.ENTRIES_LEFT_OUT: Text(
        _("%(number)s track entries left out in %(seconds)s s"), _("Check the tracks of the playlist.")
    ),
    Code.ASSIGNMENT_OLDER: Text(_("older than the one on this box")),
    Code.ASSIGNMENT_DIFFERS: Text(_("not the one that this box has under its number")),
    Code.ASSIGNMENT_TOO_FAR: Text(_("its number is too far ahead of the one on this box")),
    Code.NIGHT_EMPTY: Text(_("its night begins and ends at the same minute"), _("Change the ward's night hours.")),
    Code.TOO_LATE: Text(_("too late by %(seconds)s s")),
    Code.VERB_UNKNOWN: Text(_("this box does not know %(verb)s"), _("Update the box.")),
    Code.MUSIC_PLAYS: Text(_("music plays, %(minutes)s min left")),
    Code.MUSIC_ENDLESS: Text(_("music plays without an end")),
    Code.NIGHT: Text(_("it is night until %(until)s"), _("The light may wake someone.")),
    Code.TEST_RUNS: Text(_("a self-test is running"), _("Wait for its result.")),
    Code.NOT_CALIBRATED: Text(_("not calibrated"), _("Calibrate it with a sound level meter.")),
    Code.CARD_TROUBLE: Text(_("memory card cannot be written or is nearly full"), _("Replace the card.")),
    Code.CLOCK_NOT_SET: Text(_("clock not set"), _("Night limits apply.")),
    Code.NOT_TESTED: Text(_("could not be tested")),
}


def reason_of(data: Fault | AssignmentRefused | Reply) -> Kept:
    """What a row keeps of what the box gave as its reason."""
    return {"reason": storable(data.reason)} | coded(data)


def coded(data: Fault | AssignmentRefused | Reply) -> Kept:
    """Code and arguments alone, for a row that keeps the line in a column of its own; empty without a code."""
    if data.code is None:
        return {}
    args = {storable(name): storable(value) for name, value in data.args.items()}
    return {"code": storable(data.code), "args": args}


def said(kept: Mapping[str, Any]) -> Said:
    """A reason in the language that is active now: what is wrong, and what to do."""
    try:
        text = WORDS[kept["code"]]
        args = {name: tidy(value) for name, value in kept["args"].items()}
        return Said(str(text.what) % args, str(text.look) % args)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Said(_line(kept), is_known=False)


def fault_since(fault: Mapping[str, Any]) -> datetime | None:
    """When a fault of Device.faults began; None where the box did not say."""
    try:
        since = datetime.fromisoformat(fault["since"])
    except (KeyError, TypeError, ValueError):
        return None
    return since if since.tzinfo else None


def _line(kept: Mapping[str, Any]) -> str:
    """The box's own; where it sent a code alone, that it gave none, because something is wrong all the same."""
    line = tidy(str(kept.get("reason") or ""), LONGEST_LINE)
    return line or (str(WORDS[NOT_TOLD].what) if kept.get("code") else "")


def words(kept: Mapping[str, Any]) -> str:
    """A reason in one line; empty where there is none."""
    found = said(kept)
    return f"{found.what}. {found.look}" if found.look else found.what
