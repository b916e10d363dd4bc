"""Why something failed or was refused, as a code with arguments; the words for a reader are made where they are read.

Each code has one English line here, for logs and for readers that do not know the code. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MOST_ARGUMENTS, MOST_LETTERS, LONGEST_LINE = 8, 120, 200


class Code(StrEnum):
    """A reason, by the word by which it travels."""

    BUTTON_HELD = "button_held"
    GPIO_BROKEN = "gpio_broken"
    GPIO_REFUSED = "gpio_refused"
    GPIO_MISSING = "gpio_missing"
    LINE_LOST = "line_lost"
    LINE_IN_USE = "line_in_use"
    LINES_LOST = "lines_lost"
    BUS_MISSING = "bus_missing"
    BUS_REFUSED = "bus_refused"
    SCREEN_NO_ANSWER = "screen_no_answer"
    SCREEN_NO_POWER = "screen_no_power"
    SCREEN_HANGS = "screen_hangs"
    SCREEN_BROKEN = "screen_broken"
    NO_SOUND = "no_sound"
    PLAYER_FAILED = "player_failed"
    TRACK_UNREADABLE = "track_unreadable"
    TRACK_DAMAGED = "track_damaged"
    TRACK_TOO_QUIET = "track_too_quiet"
    NO_TRACKS = "no_tracks"
    NO_PLAYABLE_TRACKS = "no_playable_tracks"
    NO_INDEX = "no_index"
    DISK_NO_ANSWER = "disk_no_answer"
    TRACKS_UNPLAYABLE = "tracks_unplayable"
    PLAYLIST_UNPLAYABLE = "playlist_unplayable"
    MUSIC_TOO_LARGE = "music_too_large"
    CARD_FULL = "card_full"
    TRACK_ARRIVES_WRONG = "track_arrives_wrong"
    INDEX_COPY = "index_copy"
    CONFIG_COPY = "config_copy"
    LOG_OF_ANOTHER_BOX = "log_of_another_box"
    LOG_SET_ASIDE = "log_set_aside"
    LOG_NOT_WRITTEN = "log_not_written"
    LOG_IN_USE = "log_in_use"
    LOG_FILE_REPLACED = "log_file_replaced"
    LOG_OPENED_AGAIN = "log_opened_again"
    ENTRIES_LEFT_OUT = "entries_left_out"
    ASSIGNMENT_OLDER = "assignment_older"
    ASSIGNMENT_DIFFERS = "assignment_differs"
    ASSIGNMENT_TOO_FAR = "assignment_too_far"
    NIGHT_EMPTY = "night_empty"
    TOO_LATE = "too_late"
    VERB_UNKNOWN = "verb_unknown"
    MUSIC_PLAYS = "music_plays"
    MUSIC_ENDLESS = "music_endless"
    NIGHT = "night"
    TEST_RUNS = "test_runs"
    NOT_CALIBRATED = "not_calibrated"
    CARD_TROUBLE = "card_trouble"
    CLOCK_NOT_SET = "clock_not_set"
    NOT_TESTED = "not_tested"


LINES: dict[Code, str] = {
    Code.BUTTON_HELD: "{button} held down: is something lying on it?",
    Code.GPIO_BROKEN: "the GPIO does not work ({what}): install Nightingale again",
    Code.GPIO_REFUSED: "the GPIO does not open ({what}): is this user in the group gpio?",
    Code.GPIO_MISSING: "no GPIO of a Pi in {folder}: elsewhere use the simulator",
    Code.LINE_LOST: "{name} on GPIO {pin} does not open ({what}): look at `gpioinfo` and at the group gpio",
    Code.LINE_IN_USE: "{name} on GPIO {pin} does not open ({what}): stop what uses it, see `gpioinfo` and config.txt",
    Code.LINES_LOST: "several lines do not open ({what}): {lines}; look at `gpioinfo` and at the group gpio",
    Code.BUS_MISSING: "no I2C bus {bus}: on a Pi set dtparam=i2c_arm=on, elsewhere use the simulator",
    Code.BUS_REFUSED: "the I2C bus {bus} does not open ({what}): is this user in the group i2c?",
    Code.SCREEN_NO_ANSWER: "the screen at {address} on {bus} does not answer ({what}): look at its four wires",
    Code.SCREEN_NO_POWER: "the screen at {address} was without power for a moment: look at its four wires",
    Code.SCREEN_HANGS: "the bus of the screen hangs: look at its four wires; the music plays on",
    Code.SCREEN_BROKEN: "the screen's driver does not work ({what}): install Nightingale again",
    Code.NO_SOUND: "no sound ({what}): look at the sound card and its plug",
    Code.PLAYER_FAILED: "the player {what}: restarted",
    Code.TRACK_UNREADABLE: "the track does not play: {what}",
    Code.TRACK_DAMAGED: "the track is damaged: {what}",
    Code.TRACK_TOO_QUIET: "the track is too quiet: no gain makes it heard, put a louder file in its place",
    Code.NO_TRACKS: "no music on this box: none of its tracks is there",
    Code.NO_PLAYABLE_TRACKS: "no music on this box: its tracks are too quiet or unreadable, put good files there",
    Code.NO_INDEX: "no music on this box: {what}",
    Code.DISK_NO_ANSWER: "no music on this box: its disk does not answer",
    Code.TRACKS_UNPLAYABLE: "tracks cannot be played: too quiet or unreadable, put good files in their place",
    Code.PLAYLIST_UNPLAYABLE: "no track of {playlist} plays: send its tracks to the box again",
    Code.MUSIC_TOO_LARGE: "the assigned music is larger than this box may store: assign less, or raise content.most_mb",
    Code.CARD_FULL: "no more tracks fit on the memory card: delete files from it, or use a larger one",
    Code.TRACK_ARRIVES_WRONG: "a track arrives damaged each time: upload it to the ward again",
    Code.INDEX_COPY: "plays by the last good copy of its music index: {what}",
    Code.CONFIG_COPY: "plays by the last good copy of its configuration: {what}",
    Code.LOG_OF_ANOTHER_BOX: (
        "this card was made on another box: give each box its own card and id, then calibrate this one"
    ),
    Code.LOG_SET_ASIDE: "the log {what}: it was set aside as {file}, a new log begins",
    Code.LOG_NOT_WRITTEN: "the log cannot be written ({what}): see to the card's space and rights",
    Code.LOG_IN_USE: "the log cannot be written ({what}): end the program that has it open",
    Code.LOG_FILE_REPLACED: "the log's file was deleted or replaced: it was written again",
    Code.LOG_OPENED_AGAIN: "the log broke ({what}) and was opened again",
    Code.ENTRIES_LEFT_OUT: "entries of tracks left out: {number} within {seconds} s, look at the playlist",
    Code.ASSIGNMENT_OLDER: "older than the one on this box",
    Code.ASSIGNMENT_DIFFERS: "not the one that this box holds under its number",
    Code.ASSIGNMENT_TOO_FAR: "its number is too far ahead of the one on this box",
    Code.NIGHT_EMPTY: "its night begins and ends at the same minute: set the ward's night",
    Code.TOO_LATE: "too late by {seconds} s",
    Code.VERB_UNKNOWN: "this box does not know {verb}: update it",
    Code.MUSIC_PLAYS: "music plays, {minutes} min left: ask again when it is over",
    Code.MUSIC_ENDLESS: "music plays without an end: ask again when someone has ended it",
    Code.NIGHT: "it is night until {until}: the light may wake someone",
    Code.TEST_RUNS: "a self-test is running: wait for its result",
    Code.NOT_CALIBRATED: "not calibrated: calibrate it with a sound level meter",
    Code.CARD_TROUBLE: "its memory card cannot be written or is nearly full",
    Code.CLOCK_NOT_SET: "its clock is not set, so night limits apply",
    Code.NOT_TESTED: "this part could not be tested",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A code, its arguments, and its English line of 200 letters at most."""

    code: Code
    args: Mapping[str, str] = field(hash=False)
    line: str

    def __str__(self) -> str:
        return self.line


def because(code: Code, **args: object) -> Reason:
    """The reason with these arguments: short, one line each. Raises KeyError where its line names one that is not
    there."""
    told = {name: tidy(str(value)) for name, value in args.items()}
    return Reason(code, told, shortened(LINES[code].format_map(told), LONGEST_LINE))


def tidy(text: str, most: int = MOST_LETTERS) -> str:
    """One line of `most` letters at most, without anything that a terminal or a page could take for an order."""
    whole = "".join(letter if letter.isprintable() else " " for letter in text)
    return shortened(" ".join(whole.split()), most)


def shortened(text: str, most: int) -> str:
    """At most so many letters; what was cut is seen."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
