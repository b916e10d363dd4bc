"""The card that the log lies on: full, read-only, and without power; and a clock that jumps."""

import pytest

from tests.pi.box import Box, Log
from tests.pi.figures import Figures
from tests.pi.hands import PLAY, VOLUME
from tests.pi.machine import Machine

pytestmark = pytest.mark.pi


def test_a_clock_that_jumps_leaves_no_gap_in_sound_or_log(box: Box) -> None:
    box.listen(silence_ms=100)
    box.press(PLAY, 2)
    for at in ("1970-01-02 03:00", "2031-05-05 12:00", "2026-11-30 12:10"):
        box.guest.run(f"date -u -s '{at}' > /dev/null; sleep 3")
        box.guest.run("python3 /opt/board/board.py synchronised; sleep 11")
    assert [heard.is_sound for heard in box.heard()] == [True]
    box.press(PLAY, 2)
    assert [heard.is_sound for heard in box.heard()] == [True, False]
    _is_whole(box.log())
    assert "Traceback" not in box.said()


def test_a_full_disk_costs_no_music_and_no_entry(box: Box) -> None:
    box.guest.run("fallocate -l $(df --output=avail -B1 / | tail -1) /fill; dd if=/dev/zero of=/fill2 bs=4k; true", 120)
    box.listen()
    for _ in range(6):
        box.press(PLAY, 1.2)
    assert [heard.is_sound for heard in box.heard()] == [True, False] * 3
    box.guest.run("rm -f /fill /fill2")
    box.until_logged("session_ended", 3, within_s=60)
    _is_whole(box.log())


def test_a_card_that_becomes_read_only_costs_no_music_and_no_entry(box: Box) -> None:
    box.guest.run("sync; echo u > /proc/sysrq-trigger; sleep 2; grep -q '/dev/vda / ext4 ro' /proc/mounts")
    box.listen()
    for _ in range(4):
        box.press(PLAY, 1.2)
    assert [heard.is_sound for heard in box.heard()] == [True, False] * 2
    box.guest.run("mount -o remount,rw /")
    box.until_logged("session_ended", 2, within_s=60)
    _is_whole(box.log())


@pytest.mark.quick
def test_no_power_cut_loses_an_entry_or_the_music(
    stopped_box: Box, machine: Machine, figures: Figures, cuts: int
) -> None:
    """What was committed stays; what a press caused over a second before the cut was committed."""
    known: list[tuple[int, str]] = []
    for cut in range(cuts):
        stopped_box.guest.run("python3 /opt/board/board.py day")
        stopped_box.start()
        stopped_box.press(PLAY, 2)
        assert stopped_box.card_state() == "RUNNING", f"it plays after cut {cut}: {stopped_box.said()}"
        stopped_box.turn(VOLUME, 1 if cut % 2 else -1)
        stopped_box.press(PLAY, 1.0)
        writing = f"for i in $(seq 50); do {stopped_box.pressing(PLAY)} > /dev/null; sleep 0.43; done"
        stopped_box.guest.run(f"systemd-run --quiet --unit=hand bash -c '{writing}'; sleep 2.{cut}")
        known_now = _known(stopped_box.log())
        assert known_now[: len(known)] == known
        assert len(known_now) >= len(known) + 4, "what is a second old: its start, a session, its track, its end"
        known = known_now
        machine.cut_and_boot()
        held = stopped_box.log()
        _is_whole(held)
        assert _known(held)[: len(known)] == known, f"cut {cut}"
        known = _known(held)
    figures.note("power cuts", f"{cuts}, {len(known)} entries, 0 lost, 0 twice")


def _known(log: Log) -> list[tuple[int, str]]:
    return [(entry.seq, entry.kind) for entry in log.entries]


def _is_whole(log: Log) -> None:
    """Not torn, nothing twice, nothing missing."""
    assert log.is_sound
    assert [entry.seq for entry in log.entries] == list(range(1, len(log.entries) + 1))
