"""What is said of a file that someone brings: one line for each verdict, with what to do. One table. Knows no row."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from playlists.preparing.verdicts import Reason, Refused, Remark

REFUSED: Mapping[str, Promise] = {
    Refused.EMPTY: gettext_lazy("The file is empty. Copy it again and upload the new copy."),
    Refused.ARCHIVE: gettext_lazy(
        "This is a packed folder, not music. Unpack it on your computer and upload the music files in it."
    ),
    Refused.PICTURE: gettext_lazy("This is a picture, not music. Choose the music file."),
    Refused.DOCUMENT: gettext_lazy("This is a document or a web page, not music. Choose the music file."),
    Refused.PLAYLIST: gettext_lazy("This is a list of tracks without the music. Upload the music files themselves."),
    Refused.MIDI: gettext_lazy("This is a MIDI file: it holds notes but no sound. Upload a recording."),
    Refused.PROTECTED: gettext_lazy(
        "The shop that sold this file has locked it. Ask the shop for a copy without copy protection."
    ),
    Refused.VIDEO: gettext_lazy("This is a film. Decide whether to use its sound."),
    Refused.UNKNOWN: gettext_lazy(
        "This file is in no format that Nightingale knows. Save it as MP3, FLAC or WAV and upload it again."
    ),
    Refused.NO_SOUND: gettext_lazy("There is no sound in this file. Choose the music file."),
    Refused.BROKEN: gettext_lazy(
        "Too much of this file is damaged. Copy it from its source again and upload the new copy."
    ),
    Refused.TOO_SHORT: gettext_lazy("There is less than one second of sound in this file. Choose a longer recording."),
    Refused.TOO_LONG: gettext_lazy("This recording is longer than %(hours)s hours. Split it and upload the parts."),
    Refused.SILENT: gettext_lazy(
        "There is only silence in this file. Listen to it on your computer and upload the right file."
    ),
    Refused.NOT_NUMBERS: gettext_lazy(
        "The sound in this file was saved wrongly and would be far too loud. Save it again as FLAC or as a 16-bit WAV."
    ),
}
REMARKS: Mapping[str, Promise] = {
    Remark.CUT_SHORT: gettext_lazy(
        "This recording may be cut short: it says %(says)s s and has %(seconds)s s. Listen to its end."
    ),
    Remark.DAMAGED: gettext_lazy("Parts of this file are damaged and were left out. Listen to it before you use it."),
    Remark.THIN: gettext_lazy("This recording sounds thin because it has no high tones. Look for a better copy."),
    Remark.DOWNMIXED: gettext_lazy(
        "This recording has %(channels)s channels and was made stereo. Listen to the balance of voices."
    ),
    Remark.ONE_SIDED: gettext_lazy(
        "Nearly all sound is on one side. Listen with headphones, and look for a better copy."
    ),
    Remark.OUT_OF_PHASE: gettext_lazy(
        "Much of this recording is lost on a box with one speaker. Look for a better copy."
    ),
    Remark.LONG_SILENCE: gettext_lazy(
        "There is a silence of %(seconds)s s inside. A patient may think that the music has ended."
    ),
    Remark.LONG_EDGES: gettext_lazy(
        "About %(seconds)s s of silence are left at one end. If they disturb, cut them off and upload it again."
    ),
    Remark.SOFTER: gettext_lazy(
        "This track is softer than the others (%(lufs)s LUFS). Place it where a soft track is right."
    ),
    Remark.EASED: gettext_lazy("The loudest moments were made softer. Listen to them before you use the track."),
    Remark.BOOST_LIMITED: gettext_lazy(
        "This is a very quiet recording. It was made only %(db)s dB louder, because more would bring up noise."
    ),
}
CRASHED: Mapping[str, Promise] = {
    Reason.TIME: gettext_lazy("Preparing this file took too long. Try again, or split the recording."),
    Reason.MEMORY: gettext_lazy("This file needs too much memory. Save it again without its pictures and upload it."),
    Reason.DISK: gettext_lazy(
        "There was no room to store the track. Ask who runs the server to make room, then try again."
    ),
    Reason.DIED: gettext_lazy(
        "Preparing this file failed. Try again; if it fails again, save it as FLAC or WAV and upload that."
    ),
}
VERDICTS: Mapping[str, Promise] = {**REFUSED, **REMARKS, **CRASHED}


def verdict_words(code: str, args: Mapping[str, Any]) -> str:
    """The line for a code and its numbers; of one that a later version wrote, the code itself."""
    return str(VERDICTS[code]) % args if code in VERDICTS else code.replace("_", " ").capitalize()
