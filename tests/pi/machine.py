"""The virtual Pi with a tree's wheel installed: made where it has to be, copied for each run, reset for each case."""

import fcntl
import shutil
import time
from pathlib import Path
from typing import IO

from tests.pi import image, wheels
from tests.pi.box import Box
from tests.pi.commands import run
from tests.pi.guest import Guest
from tests.pi.initrd import initrd
from tests.pi.kernel import Kernel
from tests.pi.layers import KEPT, key, layer
from tests.pi.qemu import Qemu
from tests.pi.root import PYTHONS, Root

HERE = Path(__file__).parent
INSTALLED, STARTED = "installed", "started"  # the snapshots


class Machine:
    """One running machine for a session of tests; `reset` makes it what it was after the installation."""

    def __init__(self, tree: Path, suite: str) -> None:
        self._alone = _alone()
        self._kernel = Kernel()
        wheel = wheels.built(tree)
        needed = wheels.needed(wheel, tree, PYTHONS[suite])
        disk = image.disk(Root(self._kernel, suite), needed)
        music = _music(tree)
        made_by = (image.BOARD, image.SETTINGS, HERE / "qemu.py", HERE / "machine.py", initrd(self._kernel).parent.name)
        of = key(disk.parent.name, wheel, music / "index.json", *made_by)
        self._installed = layer("installed", of, lambda to: self._install(disk, wheel, music, to))
        self._folder = KEPT / "run"
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        copy = self._folder / "disk.qcow2"
        run("cp", "--sparse=always", self._installed / "disk.qcow2", copy)
        run("qemu-img", "rebase", "-u", "-F", "raw", "-b", self._installed / "disk.img", copy)
        self._qemu = Qemu(self._kernel, copy, self._folder)
        self.guest = Guest(self._qemu.agent_socket)

    @property
    def qemu(self) -> Qemu:
        return self._qemu

    def reset(self, *, started: bool = False) -> None:
        """What it was when it had come up, at noon; `started`: with the box running since ten seconds, untouched."""
        if not self._qemu.is_as_saved:
            self._qemu.cut_power()
            self._qemu.start(halted=True)
        self._qemu.load(STARTED if started else INSTALLED)

    def cut_and_boot(self) -> None:
        """Pull the plug, put it back, and wait until the machine is up."""
        self._qemu.cut_power()
        self._qemu.start()
        self.guest.wait_until_up(lambda: self._qemu.is_running)

    def end(self) -> None:
        self._qemu.cut_power()
        self._alone.close()

    def _install(self, disk: Path, wheel: Path, music: Path, to: Path) -> None:
        """Install on a copy of the disk, boot it, and keep the running machine, without and with the box running."""
        image.install(disk, wheel, music, to / "disk.img")
        run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", to / "disk.img", to / "disk.qcow2")
        qemu = Qemu(self._kernel, to / "disk.qcow2", to)
        guest = Guest(qemu.agent_socket)
        try:
            began = time.monotonic()
            qemu.start()
            guest.wait_until_up(lambda: qemu.is_running)
            print(f"virtual Pi: up after {guest.uptime_s():.1f} s, {time.monotonic() - began:.0f} s here", flush=True)
            guest.run("python3 /opt/board/board.py day")
            qemu.save(INSTALLED)
            Box(guest).start()
            guest.sleep(10)
            qemu.save(STARTED)
        finally:
            qemu.cut_power()


def _music(tree: Path) -> Path:
    """The tree's starter music, or this checkout's where that tree has not rendered any."""
    return next(
        found / "build/music" for found in (tree, HERE.parents[1]) if (found / "build/music/index.json").exists()
    )


def _alone() -> IO[str]:
    """A lock on what is kept: a second run waits."""
    KEPT.mkdir(parents=True, exist_ok=True)
    lock = (KEPT / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("virtual Pi: another run uses it; waiting", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock
