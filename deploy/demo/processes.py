"""The processes of the demo: started, watched while they start, and ended in reverse. Knows no ward."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO

READY_WITHIN_S = 180.0  # each part; the slowest machine that still shows a ward takes a minute for it
ENDING = (signal.SIGINT, signal.SIGTERM)
SAYS_EVERY_S = 10.0  # then it says that it is still waiting


class DemoError(Exception):
    """The demo cannot run; one line."""


class Processes:
    """Those that were started; `running` ends them in reverse. One thread."""

    def __init__(self, folder: Path, root: Path, environment: Mapping[str, str], running: ExitStack) -> None:
        self._folder = folder
        self._root = root
        self._running = running
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        kept = {key: value for key, value in os.environ.items() if not key.startswith("NIGHTINGALE_")}
        kept.pop("DATABASE_URL", None)
        self._environment = {**kept, **environment}

    def do(self, command: list[str]) -> None:
        """Run it to its end. Raises DemoError with its last word."""
        with ExitStack() as its_end:
            with _held_back():
                process = self._start(command, its_end, subprocess.PIPE)
            said, complaint = (stream.decode(errors="replace").strip() for stream in process.communicate())
        if process.returncode:
            last = (complaint or said or "no message").splitlines()[-1]
            raise DemoError(f"{' '.join(command[2:4])}: {last}")

    def spawn(self, name: str, command: list[str]) -> "subprocess.Popen[bytes]":
        """Start it; its words go to `<name>.log`."""
        log = (self._folder / f"{name}.log").open("w")
        self._running.callback(log.close)
        with _held_back():
            process = self._start(command, self._running, log)
        self._processes[name] = process
        return process

    def until(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait, and say so now and then. Raises DemoError at once where a process has failed."""
        began = said = time.monotonic()
        while not condition():
            self._look()
            now = time.monotonic()
            if now - began > READY_WITHIN_S:
                logs = f"See the .log files in {self._folder}"
                raise DemoError(f"{what} is not ready after {READY_WITHIN_S:.0f} s. {logs}")
            if now - said > SAYS_EVERY_S:
                said = now
                tell(f"... still waiting for {what}, {now - began:.0f} s")
            time.sleep(0.05)

    def _start(self, command: list[str], until: ExitStack, out: int | IO[str]) -> "subprocess.Popen[bytes]":
        """A process that ends when `until` does."""
        complaints = out if out == subprocess.PIPE else subprocess.STDOUT
        process = subprocess.Popen(command, cwd=self._root, env=self._environment, stdout=out, stderr=complaints)
        until.callback(_end, process)
        return process

    def _look(self) -> None:
        for name, process in self._processes.items():
            if process.poll():  # one that has done its work ended with 0
                log = self._folder / f"{name}.log"
                lines = log.read_text(errors="replace").split("\n")
                last = next((line.strip() for line in reversed(lines) if line.strip()), "no message")
                raise DemoError(f"{name} stopped ({process.returncode}): {last}. See {log}")


def free_port(port: int, taken: set[int]) -> int:
    """This port, or the next one that is free."""
    while port in taken or not _is_free(port):
        port += 10
    taken.add(port)
    return port


def listens(port: int) -> bool:
    """Whether something answers on this port of this computer."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def tell(line: str) -> None:
    """One line for the person at the terminal."""
    print(f"demo: {line}", flush=True)


@contextlib.contextmanager
def _held_back() -> Iterator[None]:
    """Ctrl+C waits while a process is born: one that nobody knows yet would go on alone. A blocked signal would stay
    blocked in the child."""
    came: list[int] = []
    before = {one: signal.signal(one, lambda number, _frame: came.append(number)) for one in ENDING}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    if came:
        raise KeyboardInterrupt


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=8)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
