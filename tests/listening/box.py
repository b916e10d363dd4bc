"""A whole box as users have it, as a process of its own, with its sound in our pipe and its log under our eyes."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from tests import box_log
from tests.listening.panel import Panel, PanelError
from tests.listening.records import FULL_SCALE_DBA, Entry
from tests.listening.sink import PipeSink
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 60.0  # far more than it takes, on a busy machine too
END_WITHIN_S = 15.0
NOON = "2026-11-10T12:00"


class Box:
    """One simulated box. `folder` is its own; whoever starts it ends it."""

    def __init__(self, folder: Path, device_id: str, music: Path, broker_port: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.device_id = device_id
        self.sink = PipeSink(folder / "sound")
        self.port = free_port()
        self.panel = Panel(self.port)
        self._folder = folder
        self._data = folder / "data"
        self._seen: dict[str, int] = {}
        self._running: subprocess.Popen[bytes] | None = None
        brokers = json.dumps([f"127.0.0.1:{broker_port}"] if broker_port else [])
        self._config = folder / "box.toml"
        self._config.write_text(
            f'[box]\nid = "{device_id}"\nname = "{device_id[-4:]}"\ndata = "{folder / "data"}"\nmusic = "{music}"\n\n'
            f"[sound]\nuncalibrated_dba = {FULL_SCALE_DBA}\n\n[link]\nbrokers = {brokers}\n"
        )

    def start(self) -> None:
        """Start it, and wait until it is ready for a press."""
        command = [sys.executable, "-m", "device", "simulate", f"--config={self._config}", f"--at={NOON}"]
        command += [f"--panel=127.0.0.1:{self.port}", f"--sound=disk:{self.sink.path}"]
        kept = {key: value for key, value in os.environ.items() if not key.startswith("NIGHTINGALE_")}
        with (self._folder / "box.log").open("ab") as log:
            self._running = subprocess.Popen(command, cwd=ROOT, env=kept, stdout=log, stderr=subprocess.STDOUT)
        ends = time.monotonic() + READY_WITHIN_S
        while not self._is_ready():
            if time.monotonic() > ends or self._running.poll() is not None:
                raise AssertionError(f"the box does not start: {self.said[-2000:]}")
            time.sleep(0.1)

    def end(self) -> None:
        """End it, politely at first."""
        if self._running is not None:
            self._running.send_signal(signal.SIGTERM)
            try:
                self._running.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._running.kill()
                self._running.wait()
        self.sink.close()

    @property
    def has_died(self) -> bool:
        """Whether its process is gone."""
        return self._running is None or self._running.poll() is not None

    @property
    def said(self) -> str:
        """Everything that it wrote to its console."""
        return (self._folder / "box.log").read_text(errors="replace")

    def new_entries(self, clock_lead_s: float) -> list[Entry]:
        """What its log holds and we have not seen. `clock_lead_s`: the wall's clock (Unix) less the monotonic one."""
        facts = box_log.rows(self._data, "SELECT value FROM fact WHERE name = 'log_id'")
        log_id = str(facts[:1])
        rows = box_log.rows(self._data, "SELECT seq, body FROM entry ORDER BY seq")
        rows = [row for row in rows if row[0] > self._seen.get(log_id, 0)]
        if rows:
            self._seen[log_id] = rows[-1][0]
        return [entry_of(seq, json.loads(body), clock_lead_s) for seq, body in rows]

    def _is_ready(self) -> bool:
        try:
            state = self.panel.state()
        except PanelError:
            return False
        return bool(state.get("ready") and state.get("sound_ready"))


def entry_of(seq: int, told: dict[str, object], clock_lead_s: float) -> Entry:
    """An entry as it travels."""
    at = datetime.fromisoformat(str(told["at"])).timestamp() - clock_lead_s
    data = told["data"]
    assert isinstance(data, dict)
    return Entry(at, time.monotonic(), seq, str(told["kind"]), data)
