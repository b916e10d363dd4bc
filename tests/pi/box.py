"""The installed box in the guest: its service, what its board and card show, what its log holds."""

import base64
import io
import json
import re
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tests.pi import hands
from tests.pi.guest import Guest
from tests.pi.image import CONFIG, DATA, ENVIRONMENT, SETTINGS

PROGRAM = f"{ENVIRONMENT}/bin/nightingale-device"
UNIT = "nightingale"
SAID = "/run/nightingale.log"
HEARD = "/run/heard"
WATCHED = "/run/watched"
CGROUP = f"/sys/fs/cgroup/system.slice/{UNIT}.service"
COUNT_SWITCHES = f"grep -HE '^(Name|voluntary)' $(sed 's#.*#/proc/&/task/*/status#' {CGROUP}/cgroup.procs)"
FILES = "log.sqlite3 $(ls log.sqlite3-wal 2>/dev/null)"
# Again where the box wrote meanwhile: such a copy is of no moment.
COPY_THE_LOG = f"""for i in $(seq 50); do was=$(stat -c '%n %s %y' {FILES}); tar -cf /run/log.tar {FILES} 2>/dev/null
[ "$was" = "$(stat -c '%n %s %y' {FILES})" ] && break; sleep 0.07; done"""
CHIP = "/sys/kernel/debug/ssd1306"


class Entry(NamedTuple):
    """One entry of the box's log."""

    seq: int
    at: str
    kind: str
    data: dict[str, Any]


class Heard(NamedTuple):
    """What the loopback's other side took: sound began (or ended, with zeros) at this monotonic second."""

    is_sound: bool
    at: float


class Watched(NamedTuple):
    """When, in monotonic seconds, the card started again (it had run dry), and the whole machine had stood still."""

    started: list[float]
    late: list[float]


class Log(NamedTuple):
    """What lies on the disk."""

    entries: list[Entry]
    memory: dict[str, Any]
    is_sound: bool

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.entries]

    def faults(self) -> list[str]:
        """Part and reason of each fault entry."""
        faults = (entry.data for entry in self.entries if entry.kind == "fault")
        return [f"{fault['part']}: {fault['reason']}" for fault in faults]

    def lost(self, words: str) -> bool:
        """Whether a fault entry has these words; all entries are printed where none has."""
        found = any(words in fault for fault in self.faults())
        if not found:
            print(*self.entries, sep="\n")
        return found


class Box:
    """One box on one guest; nothing runs until `start`."""

    def __init__(self, guest: Guest) -> None:
        self.guest = guest

    # -- its service

    def configure(self, *changes: tuple[str, str], more: str = "") -> None:
        """The settings with texts replaced, and tables added."""
        text = SETTINGS
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.guest.put(CONFIG, text + more)

    def start(self, *, folder: str = DATA, properties: Iterable[str] = (), ready: bool = True) -> None:
        """Start it as a service of its own user, in this working directory; wait until it says that it is ready."""
        self.guest.run(f"systemctl stop {UNIT} 2>/dev/null; systemctl reset-failed {UNIT} 2>/dev/null; : > {SAID}")
        said = (f"StandardOutput=append:{SAID}", f"StandardError=append:{SAID}")
        wishes = ("RemainAfterExit=yes", f"WorkingDirectory={folder}", *said, *properties)
        options = " ".join(f"-p {wish}" for wish in wishes)
        starts = f"systemd-run --quiet --no-ask-password --unit={UNIT} --uid=nightingale {options}"
        self.guest.run(f"{starts} {PROGRAM} run --config {CONFIG}")
        if ready:
            self.wait_for("ready=yes")

    def wait_for(self, words: str, within_s: float = 30.0) -> None:
        """Until it has said these words. Raises GuestError."""
        self.guest.until(f"grep -q '{words}' {SAID}", within_s)

    def stop(self, number: str = "TERM") -> str:
        """Send a signal and wait for its end: "exited 0", "killed 9"."""
        pid = self.pid
        self.guest.run(f"kill -s {number} {pid}")
        self.guest.until(f"! kill -0 {pid} 2>/dev/null")
        return self.ended_with()

    def ended_with(self) -> str:
        """How the last run ended."""
        shown = self.guest.run(f"systemctl show {UNIT} -p ExecMainCode -p ExecMainStatus")
        code, status = (int(found) for found in re.findall(r"=(\d+)", shown))
        return f"{ {0: 'running', 1: 'exited', 2: 'killed', 3: 'dumped'}[code] } {status}"

    @property
    def pid(self) -> int:
        return int(self.guest.run(f"systemctl show {UNIT} -p MainPID").split("=")[1])

    @property
    def is_running(self) -> bool:
        return self.pid > 0

    def said(self) -> str:
        """All that the service wrote."""
        return self.guest.run(f"cat {SAID}")

    def ready_at(self) -> float:
        """When it said that it is ready, in seconds of the wall's clock; its lines begin with the time, in UTC."""
        line = next(line for line in self.said().splitlines() if "ready=yes" in line)
        return datetime.strptime(f"{line[:23]} +0000", "%Y-%m-%d %H:%M:%S,%f %z").timestamp()

    def check(self, *, user: str = "nightingale", within_s: float = 60.0) -> tuple[int, str]:
        """The self-test as staff run it: its exit code and its lines."""
        command = f"cd {DATA}; runuser -u {user} -- {PROGRAM} check --config {CONFIG}"
        return self.guest.tries(command, within_s)

    def pss_mb(self) -> list[float]:
        """The proportional share of memory of each of its processes, the largest first."""
        said = self.guest.run(f"for pid in $(cat {CGROUP}/cgroup.procs); do grep ^Pss: /proc/$pid/smaps_rollup; done")
        return sorted((int(line.split()[1]) / 1000 * 1.024 for line in said.splitlines()), reverse=True)

    def wake_ups_per_s(self, seconds: float) -> dict[str, float]:
        """How often its threads woke up after they had waited, by name, in a second of this time."""
        before, after = (_switches(text) for text in self.guest.run(
            f"{COUNT_SWITCHES}; echo --; sleep {seconds}; {COUNT_SWITCHES}", seconds + 30
        ).split("--"))  # fmt: skip
        rates: dict[str, float] = {}
        for thread, (name, count) in after.items():
            rates[name] = rates.get(name, 0.0) + (count - before.get(thread, (name, 0))[1]) / seconds
        return rates

    # -- its board

    def press(self, line: int, then_s: float = 0.0) -> float:
        """Press a button; when its contact first closed, in monotonic seconds."""
        return self.pull(hands.press(line), then_s)

    def turn(self, knob: tuple[int, int], detents: int, edge_us: int = 10_000, then_s: float = 0.5) -> float:
        return self.pull(hands.turn(knob, detents, edge_us), then_s)

    def pull(self, pulls: Iterable[hands.Pull], then_s: float = 0.0) -> float:
        """Do it, then wait; when it began."""
        said = self.guest.run(f"{hands.command(pulls)}; sleep {then_s}", 60 + then_s)
        return float(said.split()[2])

    def pressing(self, line: int) -> str:
        """The shell command that presses a button, for a hand that goes on by itself."""
        return hands.command(hands.press(line))

    def fail_the_bus(self, fault: int) -> None:
        """0: no more; 1: nobody answers; 2: it hangs; 3: the display's power was lost."""
        self.guest.run(f"echo {fault} > {CHIP}/fault")

    def level(self, line: int) -> int:
        """What the box drives an output to."""
        return int(self.guest.run(f"cat /run/lines/sim_gpio{line}/value"))

    def chip(self, name: str) -> int:
        """A register or counter of the display's chip."""
        return int(self.guest.run(f"cat {CHIP}/{name}"), 0)

    def pixels(self) -> bytes:
        """The display's memory."""
        return self.guest.bytes_of(f"{CHIP}/ram")

    # -- its sound

    def listen(self, silence_ms: int = 50, rate: int = 48_000) -> None:
        """Begin to hear what the card is given; `heard` tells."""
        hear = f"arecord -q -D hw:Headphones,1 -f S16_LE -r {rate} -c 2 -t raw --period-size=240 --buffer-size=9600"
        command = f"{hear} 2>/run/arecord.err | exec /opt/board/ear {silence_ms} > {HEARD}"
        self.guest.run(f"systemd-run --quiet --unit=ear bash -c {_quoted(command)}")
        self.guest.until("grep -q RUNNING /proc/asound/Headphones/pcm1c/sub0/status")

    def heard(self) -> list[Heard]:
        """Since `listen`."""
        lines = (line.split() for line in self.guest.run(f"cat {HEARD}").splitlines())
        return [Heard(words[0] == "sound", float(words[1])) for words in lines if words[0] in ("sound", "silent")]

    def until_heard(self, what: str, within_s: float) -> None:
        """Until "sound" or "silent" is the last that `listen` heard."""
        self.guest.until(f"tail -n 1 {HEARD} | grep -q ^{what}", within_s)

    def watch_the_card(self) -> None:
        """Begin to watch for underruns; `watched` tells."""
        command = f"exec /opt/board/witness /proc/asound/Headphones/pcm0p/sub0/status > {WATCHED}"
        self.guest.run(f"systemd-run --quiet --unit=witness bash -c {_quoted(command)}")
        self.guest.until(f"grep -q started {WATCHED}")

    def watched(self) -> Watched:
        """Since `watch_the_card`; that the card runs is not told as a start."""
        lines = [line.split() for line in self.guest.run(f"cat {WATCHED}").splitlines()]
        started, late = ([float(line[1]) for line in lines if line[0] == kind] for kind in ("started", "late"))
        return Watched(started[1:], late)

    def wait_until_sound_is_back(self, within_s: float = 60.0) -> None:
        """Until the fault of its sound is over."""
        self.until_logged("fault_over", 1, within_s)

    def card_state(self, card: str = "Headphones") -> str:
        """ "RUNNING", "closed" or what else the kernel says of the card's playback."""
        said = self.guest.run(f"head -1 /proc/asound/{card}/pcm0p/sub0/status")
        return said.replace("state:", "").strip()

    # -- its log

    def until_logged(self, kind: str, count: int, within_s: float = 30.0) -> None:
        """Until the log has so many entries of this kind."""
        for _ in range(int(within_s)):
            if self.log().kinds().count(kind) >= count:
                return
            self.guest.sleep(1)
        raise AssertionError(f"{kind} is not {count} times in the log: {self.log().kinds()}")

    def log(self) -> Log:
        """As it lies on the disk now; the files are read here, where it costs the guest nothing."""
        packed = self.guest.run(f"cd {DATA} && {COPY_THE_LOG} && base64 -w0 /run/log.tar")
        with tempfile.TemporaryDirectory() as folder:
            with tarfile.open(fileobj=io.BytesIO(base64.b64decode(packed))) as archive:
                for member in archive:
                    Path(folder, member.name).write_bytes(archive.extractfile(member).read())
            with closing(sqlite3.connect(Path(folder) / "log.sqlite3")) as database:
                return _log(database)


def _log(database: sqlite3.Connection) -> Log:
    rows = database.execute("SELECT seq, at, body FROM entry ORDER BY seq")
    bodies = ((seq, at, json.loads(body)) for seq, at, body in rows)
    entries = [Entry(seq, at, body["kind"], body["data"]) for seq, at, body in bodies]
    memory = database.execute("SELECT value FROM fact WHERE name = 'memory'").fetchone()
    is_sound = database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    return Log(entries, json.loads(memory[0]) if memory else {}, is_sound)


def _switches(said: str) -> dict[str, tuple[str, int]]:
    """For each thread's file: its name, and how often it was switched to."""
    found: dict[str, tuple[str, int]] = {}
    for line in said.split("\n"):
        path, _, told = line.partition(":")
        what, _, value = told.partition(":")
        name, count = found.get(path, ("", 0))
        if what == "Name":
            found[path] = (value.strip(), count)
        elif what.startswith("voluntary"):
            found[path] = (name, count + int(value))
    return found


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
