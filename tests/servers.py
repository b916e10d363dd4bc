"""Real servers for tests, on free ports of 127.0.0.1. Whoever starts one ends it; it keeps nothing."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


def need(program: str) -> None:
    """Skips the test where the program is missing, in so many words; with CI=true that is a failure."""
    if Path(program).exists():
        return
    line = f"{Path(program).name} is missing: apt-get install {Path(program).name}"
    if os.environ.get("CI") == "true":
        pytest.fail(line, pytrace=False)
    pytest.skip(line)


def listens(port: int) -> bool:
    """Whether someone listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgresql_programs() -> Path | None:
    """Where the newest PostgreSQL's programs are, None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


class Postgres:
    """A cluster of its own in a temporary folder, with one user and no password."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="nightingale-postgresql-"))
        self.port = free_port()
        if os.geteuid() == 0:  # it refuses to run as root
            shutil.chown(self._folder, "postgres")

    @property
    def url(self) -> str:
        return f"postgres://ward@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Returns when it answers."""
        data = f"{self._folder}/data"
        self._run("initdb", "-D", data, "-A", "trust", "-U", "ward", "-E", "UTF8", "--locale=C.UTF-8")
        self.start_again()

    def start_again(self) -> None:
        """After `kill`: it mends what it finds, and returns when it answers."""
        data = f"{self._folder}/data"
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", "-D", data, "-w", "-l", f"{self._folder}/log", "-o", options, "start")

    def kill(self) -> None:
        """As a power cut would; returns when nothing of it lives."""
        group = [int((self._folder / "data" / "postmaster.pid").read_text().split()[0])]
        group += [int(pid) for pid in Path(f"/proc/{group[0]}/task/{group[0]}/children").read_text().split()]
        for pid in group:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(_lives(pid) for pid in group):
            time.sleep(0.01)
        # Where nobody waits for orphans they keep their numbers, and the server takes its own for one that runs.
        for lock in (self._folder / "data" / "postmaster.pid", *self._folder.glob(".s.PGSQL.*.lock")):
            lock.unlink()

    def stop(self) -> None:
        """Ends it and removes its files."""
        self._run("pg_ctl", "-D", f"{self._folder}/data", "-m", "fast", "-w", "stop")
        shutil.rmtree(self._folder)

    def _run(self, program: str, *arguments: str) -> None:
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*as_user, str(self._programs / program), *arguments]
        # No pipe: the server inherits it and would hold it open.
        subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL)


def _lives(pid: int) -> bool:
    """A process that nobody waited for yet does not."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


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
            if listens(self.port):
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
