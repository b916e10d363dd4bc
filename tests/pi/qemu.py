"""One machine of QEMU whose second is a thousand million instructions, however busy the host is.

`-icount shift=0` counts one nanosecond for an instruction. While the guest idles its clock follows the host's
(`sleep=off` would let it run ahead of its disk), so a host that is late may still show as a late wake-up in the guest.
"""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.pi.initrd import initrd
from tests.pi.kernel import Kernel

MEMORY_MB = 512  # a Zero 2 W has as much
CPU = "Nehalem"  # the least that NumPy's wheels ask for
BOOT = "console=ttyS0 root=/dev/vda rw quiet mitigations=off systemd.show_status=false audit=0 panic=-1"
NOON = "2026-11-30T12:00:00"


class QemuError(Exception):
    """The machine does not start or does not do as asked."""


class Qemu:
    """A machine on one qcow2 disk; its files (sockets, console) lie in `folder`. Whoever starts it ends it."""

    def __init__(self, kernel: Kernel, disk: Path, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._has_usb_card = False
        self.agent_socket = folder / "agent"
        self._monitor_socket = folder / "monitor"
        self._command = _command(kernel, disk, folder)
        self._command += ["-chardev", f"socket,id=agent,path={self.agent_socket},server=on,wait=off"]
        self._command += ["-qmp", f"unix:{self._monitor_socket},server=on,wait=off"]

    def start(self, *, halted: bool = False) -> None:
        """Power on; `halted`: wait for `load`. Returns when its monitor answers."""
        for left in (self.agent_socket, self._monitor_socket):
            left.unlink(missing_ok=True)
        with (self._folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self._command, *(["-S"] if halted else [])],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        os.setpriority(os.PRIO_PROCESS, self._process.pid, 10)
        for _ in range(600):
            if self._monitor_socket.exists():
                return
            if self._process.poll() is not None:
                raise QemuError(f"QEMU ended:\n{(self._folder / 'qemu.log').read_text()[-2000:]}")
            time.sleep(0.05)
        raise QemuError("QEMU does not answer")

    @property
    def is_running(self) -> bool:
        """Whether the machine is on: a kernel that panics turns it off."""
        return self._process is not None and self._process.poll() is None

    @property
    def is_as_saved(self) -> bool:
        """Whether it is on and has the devices that it had when it was saved, so that it can be loaded."""
        return self.is_running and not self._has_usb_card

    def cut_power(self) -> None:
        """At once, with whatever was not on the disk yet lost."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        self._process, self._has_usb_card = None, False

    def save(self, name: str) -> None:
        """Keep the whole machine, memory and disk, under this name in its disk's file."""
        self._told("human-monitor-command", **{"command-line": f"savevm {name}"})

    def load(self, name: str) -> None:
        """Be again what was kept, and go on from there."""
        self._told("human-monitor-command", **{"command-line": f"loadvm {name}"})
        self._told("cont")

    def pause(self) -> None:
        """Stop the guest's time."""
        self._told("stop")

    def go_on(self) -> None:
        self._told("cont")

    def plug_usb_card(self) -> None:
        """A USB sound card appears."""
        self._has_usb_card = True
        self._told("device_add", driver="usb-audio", id="card", bus="usb.0", audiodev="nowhere")

    def pull_usb_card(self) -> None:
        self._told("device_del", id="card")

    def _told(self, verb: str, **arguments: Any) -> Any:
        """What the monitor answers. Raises QemuError for what it refuses."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(os.fspath(self._monitor_socket))
            lines = monitor.makefile("rw")
            lines.readline()
            for asked in ({"execute": "qmp_capabilities"}, {"execute": verb, "arguments": arguments}):
                lines.write(json.dumps(asked) + "\n")
                lines.flush()
                answer = _answer(lines)
        if "error" in answer or "rror" in str(answer["return"]):
            raise QemuError(f"{verb} {arguments}: {answer}")
        return answer["return"]


def _answer(lines: Any) -> dict[str, Any]:
    """The next line that is not about an event."""
    while True:
        answer: dict[str, Any] = json.loads(lines.readline())
        if "event" not in answer:
            return answer


def _command(kernel: Kernel, disk: Path, folder: Path) -> list[str]:
    return [
        "qemu-system-x86_64", "-accel", "tcg,thread=single", "-icount", "shift=0", "-cpu", CPU, "-smp", "1",
        "-M", "q35", "-m", str(MEMORY_MB), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
        "-rtc", f"base={NOON},clock=vm",
        "-kernel", str(kernel.folder / "vmlinuz"), "-initrd", str(initrd(kernel)), "-append", BOOT,
        "-serial", f"file:{folder}/console.log",
        "-drive", f"file={disk},format=qcow2,if=virtio,cache=writeback",
        "-device", "virtio-rng-pci", "-device", "virtio-serial", "-device", "virtserialport,chardev=agent,name=agent",
        "-audiodev", "none,id=nowhere", "-device", "qemu-xhci,id=usb",
    ]  # fmt: skip
