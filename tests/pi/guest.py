"""Commands inside the guest, through its agent. Seconds are the guest's own, unless they are said to be the host's."""

import base64
import itertools
import json
import os
import shlex
import socket
import time
from collections.abc import Callable
from pathlib import Path

SLOWER = 40  # how many seconds of the host one of the guest may take, at most, on a host that does much else


class GuestError(Exception):
    """A command in the guest failed, or the guest does not answer."""


class Guest:
    """The agent behind one socket; for one thread."""

    def __init__(self, agent: Path) -> None:
        self._agent = agent
        self._numbers = itertools.count(time.time_ns())

    def run(self, command: str, within_s: float = 60.0) -> str:
        """What the shell command said. Raises GuestError where it fails."""
        code, said = self.tries(command, within_s)
        if code:
            raise GuestError(f"{command}\nended with {code}:\n{said[-4000:]}")
        return said

    def tries(self, command: str, within_s: float = 60.0) -> tuple[int, str]:
        """Its exit code (124: still running after `within_s`) and what it said."""
        number = next(self._numbers)
        asked = json.dumps({"id": number, "command": command, "within_s": within_s}) + "\n"
        with self._connected() as port:
            port.sendall(asked.encode())
            answer = self._answer(port, number, within_s * SLOWER + 60)
        return answer["code"], answer["said"]

    def wait_until_up(self, is_on: Callable[[], bool], host_s: float = 900.0) -> None:
        """Until its agent answers."""
        ends = time.monotonic() + host_s
        while is_on() and time.monotonic() < ends:
            try:
                with self._connected() as port:
                    number = next(self._numbers)
                    port.sendall(json.dumps({"id": number, "command": "true", "within_s": 5}).encode() + b"\n")
                    self._answer(port, number, 5.0)
                    return
            except (GuestError, OSError):
                time.sleep(0.5)
        raise GuestError("the guest did not come up: console.log has its last words")

    def until(self, condition: str, within_s: float = 30.0) -> None:
        """Wait, inside, until a shell command succeeds. Raises GuestError where it never does."""
        rounds = int(within_s * 10)
        loop = f"for i in $(seq {rounds}); do {condition} && exit 0; sleep 0.1; done; exit 1"
        code, said = self.tries(loop, within_s * 2 + 10)
        if code:
            raise GuestError(f"never in {within_s:.0f} s: {condition}\n{said[-1000:]}")

    def sleep(self, seconds: float) -> None:
        self.run(f"sleep {seconds}", seconds + 30)

    def uptime_s(self) -> float:
        return float(self.run("cut -d' ' -f1 /proc/uptime"))

    def put(self, path: str, content: str) -> None:
        """Write a text file."""
        packed = base64.b64encode(content.encode()).decode()
        self.run(f"base64 -d > {shlex.quote(path)} <<'END'\n{packed}\nEND")

    def bytes_of(self, path: str) -> bytes:
        """A file's content."""
        return base64.b64decode(self.run(f"base64 -w0 {shlex.quote(path)}"))

    def _connected(self) -> socket.socket:
        port = socket.socket(socket.AF_UNIX)
        port.connect(os.fspath(self._agent))
        port.settimeout(1.0)
        return port

    def _answer(self, port: socket.socket, number: int, host_s: float) -> dict:
        """The answer with this number; what comes before it belongs to a time before a snapshot was loaded."""
        held, ends = b"", time.monotonic() + host_s
        while time.monotonic() < ends:
            try:
                chunk = port.recv(1 << 20)
            except TimeoutError:
                continue
            held += chunk
            *whole, held = held.split(b"\n")
            for line in whole:
                answer = _json(line)
                if answer.get("id") == number:
                    return answer
            if not chunk:
                break
        raise GuestError("the guest does not answer")


def _json(line: bytes) -> dict:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
