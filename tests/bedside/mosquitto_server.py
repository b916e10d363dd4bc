"""A real Mosquitto on a free port of 127.0.0.1, for one test; ended by its process id."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Mosquitto:
    """One broker that can be frozen, killed and started again on its port; it keeps nothing on disk."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self._config = folder / f"mosquitto-{self.port}.conf"
        me = f"user {getpass.getuser()}"  # else root's broker becomes another user, who may not read a test's folder
        lines = [f"listener {self.port} 127.0.0.1", me, "persistence false", *(options or ("allow_anonymous true",))]
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return when it answers."""
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(1000):
            assert self._process.poll() is None, "Mosquitto ended: is its configuration right?"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise AssertionError("Mosquitto does not answer")

    def freeze(self) -> None:
        """Stop it in place: its sockets stay open, nothing is read."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    def _signal(self, number: int) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)


@contextmanager
def mosquitto(folder: Path, *options: str) -> Iterator[Mosquitto]:
    """A running broker, ended with the block; `options`: lines of its configuration in place of anonymous access."""
    broker = Mosquitto(folder, *options)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()
