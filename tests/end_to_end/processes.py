"""The real processes of a small ward: broker, server, mqttd and boxes; who starts one ends it, by its id."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.servers import MOSQUITTO, free_port, listens

ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 60.0  # far more than anything here takes; a test fails when it never comes


def until(what: str, condition: Callable[[], Any], within_s: float = WITHIN_S) -> Any:
    """What the condition answers as soon as it is true; fails with `what` when it never is."""
    ends = time.monotonic() + within_s
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > ends:
            raise AssertionError(f"never: {what} (last seen: {found!r})")
        time.sleep(0.01)


@dataclass
class Process:
    """One program, its words in a log file. `start` may be called again after `kill`."""

    name: str
    command: list[str]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    running: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it; its words are added to `<name>.log`."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("NIGHTINGALE_", "DATABASE_URL"))}
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.running = subprocess.Popen(
                self.command, cwd=ROOT, env=kept | self.environment, stdout=log, stderr=subprocess.STDOUT
            )

    def signal(self, number: int) -> None:
        """Send a signal, to this process only."""
        assert self.running is not None
        self.running.send_signal(number)

    def kill(self) -> None:
        """As a power cut would."""
        if self.running is not None:
            self.running.send_signal(signal.SIGCONT)
            self.running.kill()
            self.running.wait()
            self.running = None

    def end(self) -> int | None:
        """Politely; returns its exit status."""
        if self.running is None:
            return None
        self.running.send_signal(signal.SIGCONT)
        self.running.terminate()
        try:
            status = self.running.wait(timeout=15)
        finally:
            self.kill()
        return status

    @property
    def said(self) -> str:
        """Everything it wrote."""
        return (self.folder / f"{self.name}.log").read_text(errors="replace")


class Broker(Process):
    """A broker on loopback: "amqtt" in Python or a real "mosquitto"."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.port = free_port()
        if kind == "mosquitto":
            config = folder / "mosquitto.conf"
            config.write_text(
                f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n"
            )
            command = [MOSQUITTO, "-c", str(config)]
        else:
            command = [sys.executable, "deploy/demo/broker.py", f"--port={self.port}"]
        super().__init__(kind, command, folder)

    def start(self) -> None:
        """Start and wait until it listens."""
        super().start()
        until(f"{self.name} listens", lambda: listens(self.port))


class Ward:
    """The ward's database, its mqttd and its pages."""

    def __init__(self, folder: Path, music: Path, broker_port: int) -> None:
        self.folder = folder
        self.music = music
        self.port = free_port()
        self.data = folder / "ward"
        self.database = self.data / "ward.sqlite3"
        self.environment = {
            "NIGHTINGALE_DATA": str(self.data),
            "NIGHTINGALE_MUSIC": str(music),
            "NIGHTINGALE_BROKER": f"127.0.0.1:{broker_port}",
        }
        ward = [sys.executable, "-m", "ward"]
        self.mqttd = Process("mqttd", [*ward, "mqttd"], folder, self.environment)
        self.pages = Process("pages", [*ward, "serve", f"--listen=127.0.0.1:{self.port}"], folder, self.environment)

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    def prepare(self, devices: dict[str, str]) -> None:
        """Tables, people, beds and boxes (number by id)."""
        self.do("migrate", "--verbosity=0")
        self.do("demo-data", "--password=nightingale", *(f"--device={key}:{number}" for key, number in devices.items()))

    def do(self, *arguments: str) -> str:
        """One of the ward's commands; returns what it printed."""
        command = [sys.executable, "-m", "ward", *arguments]
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("NIGHTINGALE_", "DATABASE_URL"))}
        done = subprocess.run(
            command, cwd=ROOT, env=kept | self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds in the ward's database, read only."""
        uri = f"file:{urllib.parse.quote(str(self.database))}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
            return connection.execute(query, values).fetchall()

    def entries(self, device_id: str) -> list[tuple[str, int, str]]:
        """(log, seq, kind) of a box, in order."""
        return self.rows(
            "SELECT l.log_id, e.seq, e.kind FROM usage_entry e JOIN usage_boxlog l ON l.id = e.log_id"
            " WHERE l.device_id = ? ORDER BY l.id, e.seq",
            device_id.replace("-", ""),
        )

    def end(self) -> None:
        """End both processes."""
        self.pages.end()
        self.mqttd.end()


class Bedside(Process):
    """A simulated box, by day whatever the hour is here; pressed and turned through its panel."""

    def __init__(
        self,
        folder: Path,
        device_id: str,
        music: Path,
        broker_port: int | None,
        sound: str = "silent",
        content: str = "",
    ) -> None:
        """`content`: from where it fetches the tracks that it lacks."""
        self.device_id = device_id
        self._pressed = ("", 0.0)
        self.port = free_port()
        self.data = folder / f"box-{device_id[-4:]}"
        config = folder / f"box-{device_id[-4:]}.toml"
        brokers = f'["127.0.0.1:{broker_port}"]' if broker_port else "[]"
        config.write_text(
            f'[box]\nid = "{device_id}"\nname = "{device_id[-4:]}"\ndata = "{self.data}"\nmusic = "{music}"\n\n'
            f'[sound]\noutput = "{sound}"\n\n[link]\nbrokers = {brokers}\n\n'
            f'[content]\nurl = "{content}"\n'
        )
        panel = f"--panel=127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "device", "simulate", f"--config={config}", panel]
        super().__init__(f"box-{device_id[-4:]}", command, folder, {"TZ": _where_it_is_noon()})

    def start(self) -> None:
        """Start and wait until it is ready for a press."""
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        """Start, without waiting."""
        super().start()

    def await_ready(self) -> None:
        """Wait until it is ready for a press."""
        until(f"{self.name} is ready", lambda: listens(self.port) and self.state()["ready"])

    def press(self, button: str) -> None:
        """Press a button as a person does: sooner after the last press the box would take it for tremor."""
        last, at = self._pressed
        pause_s = 0.45 if last == button else 0.1
        until("a human moment has passed", lambda: time.monotonic() >= at + pause_s)
        self._post(f"press?button={button}")
        self._pressed = (button, time.monotonic())

    @property
    def last_pressed(self) -> str:
        """The button that was pressed last."""
        return self._pressed[0]

    def turn(self, knob: str, steps: int) -> None:
        """Turn a knob."""
        self._post(f"turn?knob={knob}&steps={steps}")

    def state(self) -> dict[str, Any]:
        """What the panel says of the box."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/state", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def screen(self) -> bytes:
        """The screen as PNG."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/screen.png", timeout=10) as answer:
            return bytes(answer.read())

    def _post(self, action: str) -> None:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{action}", method="POST")
        urllib.request.urlopen(request, timeout=10).close()


def _where_it_is_noon() -> str:
    """A time zone of the present hour's noon, in POSIX's words: hours to add to local time for UTC."""
    return f"NOON{datetime.now(UTC).hour - 12:+d}"
