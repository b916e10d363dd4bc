"""What the devices page says of a fault: each code of the box in words of its own, with what to do."""

import string
from collections import Counter
from datetime import datetime

import pytest

from messages import LINES, Code, Part
from tests.ward.saying import told_fault
from ward.devices.status import Trouble, condition
from ward.fleet.models import Device

pytestmark = pytest.mark.django_db
FAULTS: dict[Part, tuple[Code, ...]] = {
    Part.SOUND: (Code.NO_SOUND,),
    Part.PLAYER: (Code.PLAYER_FAILED,),
    Part.SCREEN: tuple(code for code in Code if code.startswith(("bus_", "screen_"))),
    Part.CONTROLS: (Code.BUTTON_HELD, *(code for code in Code if code.startswith(("gpio_", "line")))),
    Part.LOG: (Code.ENTRIES_LEFT_OUT, *(code for code in Code if code.startswith("log_"))),
    Part.MUSIC: (
        Code.NO_TRACKS,
        Code.NO_PLAYABLE_TRACKS,
        Code.NO_INDEX,
        Code.DISK_NO_ANSWER,
        Code.TRACKS_UNPLAYABLE,
        Code.MUSIC_TOO_LARGE,
        Code.CARD_FULL,
        Code.TRACK_ARRIVES_WRONG,
        Code.PLAYLIST_UNPLAYABLE,
    ),
    Part.CONFIG: (Code.INDEX_COPY, Code.CONFIG_COPY),
}
OF_A_TRACK = {Code.TRACK_UNREADABLE, Code.TRACK_DAMAGED, Code.TRACK_TOO_QUIET}
REFUSALS = {
    Code.ASSIGNMENT_OLDER,
    Code.ASSIGNMENT_DIFFERS,
    Code.ASSIGNMENT_TOO_FAR,
    Code.NIGHT_EMPTY,
    Code.TOO_LATE,
    Code.VERB_UNKNOWN,
    Code.MUSIC_PLAYS,
    Code.MUSIC_ENDLESS,
    Code.NIGHT,
    Code.TEST_RUNS,
}
OF_A_SELF_TEST = {Code.NOT_CALIBRATED, Code.CARD_TROUBLE, Code.CLOCK_NOT_SET, Code.NOT_TESTED}


def trouble(device: Device, part: Part, code: Code | None, now: datetime) -> Trouble:
    """What the page lists of a box of which this part has failed."""
    line = LINES[code] if code else ""
    names = [name for _, name, _, _ in string.Formatter().parse(line) if name]
    known = told_fault(code or Code.NO_TRACKS, now, **{name: name for name in names})
    fault = known if code else known | {"code": "of_a_newer_box"}
    Device.objects.update(online=True, contact_at=now, faults={str(part): fault})
    device.refresh_from_db()
    (found,) = condition(device, now).troubles
    return found


def test_every_code_is_of_a_part_a_track_a_self_test_or_a_refusal() -> None:
    of_parts = [code for codes in FAULTS.values() for code in codes]
    assert sorted([*of_parts, *OF_A_TRACK, *OF_A_SELF_TEST, *REFUSALS]) == sorted(Code)


def test_every_code_has_words_of_its_own_and_says_what_to_do(device: Device, now: datetime) -> None:
    found = [trouble(device, part, code, now) for part, codes in FAULTS.items() for code in codes]
    told = Counter(one.word for one in found)
    assert [word for word, times in told.items() if times > 1] == []
    assert all(one.word and one.status and one.first and one.then for one in found)
    assert len({(one.first, one.then, one.word) for one in found}) == len(found)


def test_a_fault_with_a_code_alone_is_still_listed(device: Device, now: datetime) -> None:
    fault = {"code": "of_a_newer_box", "args": {}, "since": now.isoformat()}
    Device.objects.update(online=True, contact_at=now, faults={"log": fault, "sound": {"code": Code.NO_SOUND}})
    device.refresh_from_db()
    sound, log = condition(device, now).troubles
    assert (sound.word, log.word) == ("No sound", "Log fault")
    assert log.since.endswith("no reason given")


@pytest.mark.parametrize("part", FAULTS)
def test_a_code_of_a_newer_box_is_told_by_its_part(part: Part, device: Device, now: datetime) -> None:
    generic = trouble(device, part, None, now)
    assert generic.word
    assert generic.first
    if len(FAULTS[part]) > 1:
        known = {trouble(device, part, code, now).word for code in FAULTS[part]}
        assert generic.word not in known, "no guess at a cause"
