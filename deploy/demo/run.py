"""A demo ward on one computer: broker, server, mqttd and three boxes, started in order and stopped together.

The first box is for the person at the keyboard; a script uses the other two, so that the board shows changes.
"""

import argparse
import contextlib
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BOXES = (
    ("0401", "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0401"),
    ("0402", "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0402"),
    ("0403", "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0403"),
)
READY_WITHIN_S = 180.0  # each part; the slowest machine that still shows a ward takes a minute for it
SAYS_EVERY_S = 10.0  # then it says that it is still waiting
LOOKS_EVERY_S = 0.05  # how often it looks whether something is ready, or the end is asked for
DAY_HOURS = range(7, 21)
SHOWN_BY_NIGHT = 10  # what the boxes' clocks show then
# A laptop's speakers reach about this at arm's length; taken to be as loud as a box, they could hardly be heard.
LAPTOP = "uncalibrated_dba = 70.0\n"


@dataclass(frozen=True)
class Place:
    """Where the demo keeps its files and listens."""

    folder: Path
    music: Path
    broker: int
    ward: int
    panels: tuple[int, ...]


def main() -> int:
    """The command line."""
    options = _options()
    place = _place(options)
    end = End()
    with ExitStack() as running:
        try:
            Demo(place, running, end).start(options.password, _sound(options.sound))
        except DemoError as error:
            print(f"demo: {error}", file=sys.stderr)
            return 2
        except EndedError:
            print("\nStopping.", flush=True)
            return 1
        _say(place, options)
        stopping = threading.Event()
        for port in place.panels[1:]:
            Hands(port, stopping).start()
        _wait(end, options.seconds)
        stopping.set()
        print("\nStopping.", flush=True)
    return 0


class DemoError(Exception):
    """The demo cannot run; one line."""


class EndedError(Exception):
    """Someone has asked for the end while the demo starts."""


class End:
    """Whether SIGINT or SIGTERM has asked for the end.

    Only noted, and looked at between two steps: an exception in the middle of a start would leave a process that no one
    knows of. A plain attribute, because a handler must not wait for a lock that its own thread may hold.
    """

    def __init__(self) -> None:
        self.is_asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, *_: object) -> None:
        self.is_asked = True


class Hands(threading.Thread):
    """A simulated patient: presses and turns now and then, through the panel as a person would."""

    def __init__(self, port: int, stopping: threading.Event) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._stopping = stopping
        self._chance = random.Random(port)

    def run(self) -> None:
        """Until the demo ends."""
        self._ask("press?button=play")
        while not self._stopping.wait(self._chance.uniform(8, 25)):
            actions = ("press?button=play", "press?button=next", "press?button=sleep", "turn?knob=volume&steps=1",
                     "turn?knob=volume&steps=-1", "turn?knob=choose&steps=1")  # fmt: skip
            self._ask(self._chance.choices(actions, weights=(3, 3, 1, 2, 2, 1))[0])

    def _ask(self, action: str) -> None:
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}/{action}", method="POST")
        with contextlib.suppress(urllib.error.URLError, OSError):  # the box was stopped: the board shows it
            urllib.request.urlopen(request, timeout=5).close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Demo ward on this computer. Press Ctrl+C to stop.")
    parser.add_argument("--sound", default="auto", help="sound of the first box: auto, system, silent or disk:FILE")
    parser.add_argument("--ward-port", type=int, default=8000)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "demo")
    parser.add_argument("--music", type=Path, default=ROOT / "build" / "music")
    parser.add_argument("--password", default=None, help="password of the demo accounts; created if not set")
    parser.add_argument("--seconds", type=float, default=None, help="stop after this many seconds")
    options = parser.parse_args()
    options.password = options.password or _kept_password(options.folder)
    return options


def _kept_password(folder: Path) -> str:
    """Made once and kept, so that no demo has a password that everyone knows."""
    file = folder / "password"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text("-".join(secrets.choice(("harp", "tide", "moss", "lamp", "rain", "wren")) for _ in range(2))
                        + f"-{secrets.randbelow(9000) + 1000}")  # fmt: skip
    return file.read_text().strip()


def _place(options: argparse.Namespace) -> Place:
    taken: set[int] = set()
    ports = [_free(port, taken) for port in (options.ward_port, 1883, 8101, 8102, 8103)]
    return Place(options.folder.resolve(), options.music.resolve(), ports[1], ports[0], tuple(ports[2:]))


def _free(port: int, taken: set[int]) -> int:
    """This port, or the next one that is free."""
    while port in taken or not _is_free(port):
        port += 10
    taken.add(port)
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Demo:
    """The processes of a ward; `running` ends them in reverse."""

    def __init__(self, place: Place, running: ExitStack, end: End) -> None:
        self._place = place
        self._running = running
        self._end = end
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        kept = {key: value for key, value in os.environ.items() if not key.startswith("NIGHTINGALE_")}
        kept.pop("DATABASE_URL", None)
        self._environment = {
            **kept,
            "NIGHTINGALE_DATA": str(place.folder / "ward"),
            "NIGHTINGALE_BROKER": f"127.0.0.1:{place.broker}",
            "NIGHTINGALE_MUSIC": str(place.music),
        }

    def start(self, password: str, sound: str) -> None:
        """Start everything and wait until it listens. Raises DemoError, EndedError."""
        place = self._place
        ward = [sys.executable, "-m", "ward"]
        _tell("Starting a ward and three boxes. This can take a few minutes.")
        _tell("Database ...")
        self._do([*ward, "migrate", "--verbosity", "0"])
        _tell("Accounts, beds and music ...")
        devices = [f"--device={box_id}:{number}" for number, box_id in BOXES]
        self._do([*ward, "demo-data", f"--password={password}", *devices])
        _tell("Broker, ward and boxes ...")
        self._spawn("broker", [sys.executable, str(HERE / "broker.py"), f"--port={place.broker}"])
        self._until("the broker", lambda: _listens(place.broker))
        self._spawn("ward", [*ward, "serve", f"--listen=127.0.0.1:{place.ward}"])
        self._spawn("mqttd", [*ward, "mqttd"])
        for (number, box_id), port in zip(BOXES, place.panels, strict=True):
            self._box(number, box_id, port, sound if port == place.panels[0] else "silent")
        self._until("the ward", lambda: _listens(place.ward))
        for (number, _), port in zip(BOXES, place.panels, strict=True):
            self._until(f"box {number}", lambda port=port: _is_ready(port))

    def _box(self, number: str, box_id: str, port: int, sound: str) -> None:
        place = self._place
        config = place.folder / f"box-{number}.toml"
        config.write_text(
            f'[box]\nid = "{box_id}"\nname = "{number}"\ndata = "{place.folder / number}"\nmusic = "{place.music}"\n\n'
            f'[sound]\noutput = "{sound}"\n{LAPTOP}\n[link]\nbrokers = ["127.0.0.1:{place.broker}"]\n'
        )
        command = [sys.executable, "-m", "device", "simulate", "--config", str(config), f"--panel=127.0.0.1:{port}"]
        if _is_night():
            command.append(f"--at={datetime.now().astimezone().date()}T{SHOWN_BY_NIGHT:02}:00")
        self._spawn(f"box-{number}", command)

    def _do(self, command: list[str]) -> None:
        """One step that ends by itself. Raises DemoError where it fails."""
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=pipe, stderr=pipe)
        self._running.callback(_end, process)
        said, wrong = self._said_by(process)
        if process.returncode:
            last = (wrong.strip() or said.strip() or b"no message").decode(errors="replace").splitlines()[-1]
            raise DemoError(f"{' '.join(command[2:4])}: {last}")

    def _said_by(self, process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
        while True:
            self._go_on()
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.communicate(timeout=LOOKS_EVERY_S)

    def _go_on(self) -> None:
        if self._end.is_asked:
            raise EndedError

    def _spawn(self, name: str, command: list[str]) -> None:
        self._go_on()
        log = (self._place.folder / f"{name}.log").open("w")
        self._running.callback(log.close)
        process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT)
        self._running.callback(_end, process)
        self._processes[name] = process

    def _until(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait, and say so now and then. Raises DemoError at once where a process has ended, EndedError."""
        began = said = time.monotonic()
        while not condition():
            self._go_on()
            self._look_at_processes()
            now = time.monotonic()
            if now - began > READY_WITHIN_S:
                logs = f"See the .log files in {self._place.folder}"
                raise DemoError(f"{what} is not ready after {READY_WITHIN_S:.0f} s. {logs}")
            if now - said > SAYS_EVERY_S:
                said = now
                _tell(f"... still waiting for {what}, {now - began:.0f} s")
            time.sleep(LOOKS_EVERY_S)

    def _look_at_processes(self) -> None:
        for name, process in self._processes.items():
            if process.poll() is not None:
                log = self._place.folder / f"{name}.log"
                lines = log.read_text(errors="replace").split("\n")
                last = next((line.strip() for line in reversed(lines) if line.strip()), "no message")
                raise DemoError(f"{name} stopped ({process.returncode}): {last}. See {log}")


def _is_night() -> bool:
    """Whether the boxes would be dark now, as they should be at a bed; for a demo the day is more useful."""
    return datetime.now().astimezone().hour not in DAY_HOURS


def _sound(wanted: str) -> str:
    """The laptop's own sound where it has a card; on a machine without one the box plays in silence."""
    cards = Path("/proc/asound/cards")
    if wanted != "auto":
        return wanted
    return "silent" if sys.platform == "linux" and (not cards.exists() or "no sound" in cards.read_text()) else "system"


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=8)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(end: End, seconds: float | None) -> None:
    """Until the end is asked for, or so many seconds have passed."""
    began = time.monotonic()
    while not end.is_asked and (seconds is None or time.monotonic() - began < seconds):
        time.sleep(LOOKS_EVERY_S)


def _tell(line: str) -> None:
    print(f"demo: {line}", flush=True)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_ready(port: int) -> bool:
    """Whether a press at this box would act: its page is there a moment before its pins."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/state", timeout=5) as answer:
            return bool(json.load(answer)["ready"])
    except (urllib.error.URLError, OSError):
        return False


def _say(place: Place, options: argparse.Namespace) -> None:
    sound = _sound(options.sound)
    heard = {"system": "with sound", "silent": "no sound card found: plays without sound"}.get(sound, sound)
    hour = f"It is night now, so the box clocks show {SHOWN_BY_NIGHT}:00 in the morning. " if _is_night() else ""
    print(
        f"""
  Nightingale: a ward on this machine. A music player for relaxation and rest.
  Not a medical device, not a monitor, not an alarm.

  The ward    http://127.0.0.1:{place.ward}/       sign in as km (nurse), rt (therapist), house (facilities) or admin
                                           password {options.password}
  Bed 1       http://127.0.0.1:{place.panels[0]}/       your bed: press PLAY ({heard})
  Bed 2       http://127.0.0.1:{place.panels[1]}/       simulated patient
  Bed 3       http://127.0.0.1:{place.panels[2]}/       simulated patient

  Try: press PLAY at bed 1 and watch its tile. Assign another playlist to bed 2, then press PLAY there.
  {hour}"Training" on a box's page has exercises, and changes its clock and plugs.
  Press Ctrl+C to stop.""",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
