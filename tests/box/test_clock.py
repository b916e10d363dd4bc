"""What the clock shows on the wall, in its zone and over the changes of summer time."""

import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from device.clock.clock import SystemClock, local_now, wall_at, wall_by, zone_named
from device.clock.kernel_clock import was_set
from tests.end_to_end.processes import until
from tests.rules.bed import wall

BERLIN, KOLKATA, CHATHAM = (ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Kolkata", "Pacific/Chatham"))
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "minute", "days"), [(BERLIN, 780, 0), (KOLKATA, 1050, 0), (CHATHAM, 105, 1)])
def test_the_hour_is_the_zones_and_not_utc(zone: ZoneInfo, minute: int, days: int) -> None:
    shown = wall_at(NOON, zone)
    assert (shown.day, shown.minute) == (wall("12:00").day + days, minute)
    assert shown.utc_s == wall("12:00").utc_s
    assert local_now().utcoffset() is not None


def test_in_spring_an_hour_is_left_out_and_in_autumn_one_comes_twice() -> None:
    spring = [wall_at(datetime(2026, 3, 29, 0, 59, tzinfo=UTC) + timedelta(minutes=m), BERLIN).minute for m in range(2)]
    autumn = [wall_at(datetime(2026, 10, 25, 0, 59, tzinfo=UTC) + timedelta(hours=h), BERLIN).minute for h in range(2)]
    assert spring == [119, 180]
    assert autumn == [179, 179]


def test_a_clock_that_is_not_to_be_trusted_shows_nothing() -> None:
    assert wall_by(lambda: False, UTC, lambda: NOON)() is None
    assert wall_by(lambda: True, UTC, lambda: NOON)() == wall("12:00")


def test_a_zone_that_does_not_exist_is_refused_in_one_line() -> None:
    assert zone_named("") is None
    for name in ("Europe/Berlim", "../etc/passwd", "Europe"):
        with pytest.raises(ValueError, match="is not a time zone: use a name like Europe/Berlin"):
            zone_named(name)


@dataclass
class Machine:
    """A machine's clocks, moved by the test; `kept`: a time server keeps the clock."""

    folder: Path
    boot: str = "boot-1"
    up_s: float = 20.0
    utc_s: float = NOON.timestamp()
    kept: bool = False
    asked: int = 0

    def starts(self, *, was_set: bool = False) -> SystemClock:
        """The service starts on it."""
        return SystemClock(
            self.folder / "clock.json",
            was_set=lambda: was_set,
            is_kept=self.is_kept,
            utc_s=lambda: self.utc_s,
            since_boot_s=lambda: self.up_s,
            boot=self.boot,
        )

    def is_kept(self) -> bool:
        self.asked += 1
        return self.kept

    def passes(self, seconds: float) -> None:
        self.up_s += seconds
        self.utc_s += seconds

    def reboots(self) -> None:
        self.boot, self.up_s = f"{self.boot}+", 3.0


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def written(machine: Machine) -> None:
    """Wait until what it knows is on the disk."""
    until("it is kept", lambda: not any(thread.name == "clock-keeper" for thread in threading.enumerate()))
    assert (machine.folder / "clock.json").exists()


def test_a_clock_that_a_time_server_set_stays_known_for_days_without_one(machine: Machine) -> None:
    clock = machine.starts()
    assert not clock.known()
    machine.kept = True
    machine.passes(1)
    assert clock.known()
    machine.kept = False
    machine.passes(9 * 3600)
    assert clock.known(), "noon is no night because a server went away"
    machine.passes(30 * 86_400)
    assert clock.known()
    assert clock.utcnow() == NOON + timedelta(days=30, hours=9, seconds=1)


def test_a_service_that_starts_again_in_this_boot_still_knows_the_time(machine: Machine) -> None:
    machine.kept = True
    machine.starts()
    written(machine)
    machine.kept = False
    machine.passes(9 * 3600)
    again = machine.starts()
    assert again.known()
    assert again.utcnow() == NOON + timedelta(hours=9)


def test_after_a_reboot_nobody_knows_the_time_until_it_is_set(machine: Machine) -> None:
    machine.kept = True
    machine.starts()
    written(machine)
    machine.kept = False
    machine.reboots()
    clock = machine.starts()
    assert not clock.known()
    assert clock.utcnow() == NOON, "what the machine shows, for want of a better one"


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"\0" * 4096,
        b"null",
        b"[" * 100_000,
        b'{"boot": "boot-1", "ahead_s": 1e999}',
        b'{"boot": "boot-1", "ahead_s": "x"}',
        b'{"boot": "boot-1", "ahead_s": 1' + b"0" * 5000 + b"}",
        b'{"boot": "boot-1", "ahead_s": 0}',
        b'{"boot": "boot-1"}',
    ],
)
def test_what_a_power_cut_left_in_the_kept_file_makes_no_clock_known(machine: Machine, kept: bytes) -> None:
    (machine.folder / "clock.json").write_bytes(kept)
    assert not machine.starts().known()


def test_a_hand_that_sets_the_clock_moves_nothing_and_a_time_server_does(machine: Machine) -> None:
    machine.kept = True
    clock = machine.starts()
    machine.kept = False
    machine.utc_s += 5 * 365 * 86_400.0
    machine.passes(1)
    assert clock.known()
    assert clock.utcnow() == NOON + timedelta(seconds=1)
    machine.kept = True
    machine.passes(1)
    assert clock.utcnow().year == 2031, "a clock that a server keeps is believed"


def test_a_time_server_that_says_1970_is_not_believed(machine: Machine) -> None:
    machine.kept, machine.utc_s = True, 86_400.0
    assert not machine.starts().known()


def test_a_clock_that_was_set_before_the_box_started_is_known(machine: Machine) -> None:
    clock = machine.starts(was_set=True)
    machine.passes(3600)
    assert clock.known()
    assert clock.utcnow() == NOON + timedelta(hours=1)


def test_the_kernel_is_asked_once_a_second_at_most(machine: Machine) -> None:
    clock = machine.starts()
    for _ in range(1000):
        machine.passes(0.01)
        clock.known()
        clock.utcnow()
    assert 10 <= machine.asked <= 12


def chip(folder: Path, since_epoch: str, hctosys: str = "1") -> Path:
    """A clock chip as the kernel shows it."""
    (folder / "since_epoch").write_text(since_epoch + "\n")
    (folder / "hctosys").write_text(hctosys + "\n")
    return folder


def test_a_chip_counts_where_it_set_the_clock_and_shows_a_time_that_can_be(tmp_path: Path) -> None:
    now, nowhere = time.time(), tmp_path / "none"
    same = f"{now:.0f}"
    assert was_set(now - 60, mark=nowhere, chip=chip(tmp_path, same))
    assert not was_set(now + 3600, mark=nowhere, chip=chip(tmp_path, same)), "the box was seen alive later than this"
    assert not was_set(0.0, mark=nowhere, chip=chip(tmp_path, same, hctosys="0")), "another hand set the clock"
    assert not was_set(0.0, mark=nowhere, chip=chip(tmp_path, "86400")), "its battery is empty"
    assert not was_set(0.0, mark=nowhere, chip=chip(tmp_path, "9" * 5000))
    assert not was_set(0.0, mark=nowhere, chip=nowhere)
    assert was_set(0.0, mark=tmp_path, chip=nowhere), "timesyncd left its mark in this boot"


def test_a_zone_that_is_set_while_the_box_runs_is_that_of_the_next_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [NOON]
    monkeypatch.setenv("TZ", "UTC0")
    time.tzset()
    shown = wall_by(lambda: True, None, lambda: now[0])
    try:
        assert shown() == wall("12:00")
        monkeypatch.setenv("TZ", "EARLIER-3")
        now[0] += timedelta(minutes=1)
        found = shown()
        assert found is not None
        assert found.minute == 15 * 60 + 1
    finally:
        monkeypatch.undo()
        time.tzset()


TURNS = """
import sys
from pathlib import Path
started = []
def heard(event, arguments):
    if event in {"subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.system", "os.exec"}:
        started.append((event, arguments[:1]))
sys.addaudithook(heard)
from device.clock.clock import system_clock, wall_by
import device.clock
device.clock.clock.LOOK_EVERY_S = 0.0
clock = system_clock(Path(sys.argv[1]))
shown = wall_by(clock.known, None, clock.utcnow)
for _ in range(100):
    shown()
sys.exit(repr(started) if started else 0)
"""


def test_no_look_at_the_clock_starts_a_process(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", TURNS, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
