"""The guest's kernel: Debian's own, with gpio-sim (which Debian leaves out) and the display's chip as modules.

Only the modules that the guest uses are kept. gpio-sim comes from Debian's linux-source of the same version.
"""

import shutil
import subprocess
from pathlib import Path

from tests.pi.commands import CommandError, run
from tests.pi.layers import key, layer

SOURCES = Path(__file__).parent / "modules"
FROM_DEBIAN = ("drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib.h", "kernel/irq/irq_sim.c")
FOR_THE_DISK = ("virtio_pci", "virtio_blk", "crc32c_generic", "ext4")
FOR_THE_BOX = (
    "virtio_console", "virtio_rng", "configfs", "autofs4", "xhci_pci", "i2c-dev",
    "snd-aloop", "snd-dummy", "snd-usb-audio"
)  # fmt: skip
OURS = ("gpio-sim", "ssd1306sim")


class Kernel:
    """A folder with `vmlinuz`, `lib/modules/<version>`, and a static busybox for the initrd."""

    def __init__(self) -> None:
        self.version = _version()
        debian = run("apt-cache", "policy", f"linux-image-{self.version}", "linux-source-6.1")
        self.key = key(debian, SOURCES, Path(__file__))
        self.folder = layer("kernel", self.key, self._build)

    def _build(self, to: Path) -> None:
        scratch = to / "scratch"
        scratch.mkdir()
        names = (f"linux-image-{self.version}", "linux-source-6.1", "busybox-static")
        run("apt-get", "update", "-qq")  # a list from yesterday names packages that are gone
        run("apt-get", "download", "-o", "APT::Sandbox::User=root", *names, folder=scratch)
        for package in scratch.glob("linux-image*.deb"), scratch.glob("busybox*.deb"):
            run("dpkg-deb", "-x", next(package), scratch / "debian")
        _build_ours(self.version, scratch)
        whole, few = scratch / "debian/lib/modules" / self.version, to / "lib/modules" / self.version
        shutil.copytree(
            scratch / "ours", whole / "extra", ignore=lambda _, names: [n for n in names if n[-3:] != ".ko"]
        )
        run("depmod", "-b", scratch / "debian", self.version)
        _keep_few(scratch / "debian", whole, few, self.version)
        run("depmod", "-b", to, self.version)
        shutil.copy(scratch / f"debian/boot/vmlinuz-{self.version}", to / "vmlinuz")
        shutil.copy(scratch / "debian/bin/busybox", to)
        shutil.rmtree(scratch)


def _version() -> str:
    """The version that linux-image-amd64 stands for, whose headers are installed."""
    for line in run("apt-cache", "show", "linux-image-amd64").splitlines():
        if line.startswith("Depends: linux-image-"):
            version = line.removeprefix("Depends: linux-image-").split(" ", 1)[0]
            if Path(f"/lib/modules/{version}/build").exists():
                return version
    raise CommandError("no kernel headers: apt-get install linux-headers-amd64 (Debian 12)")


def _build_ours(version: str, scratch: Path) -> None:
    """gpio-sim with the two symbols that the kernel does not export replaced, and the display's chip."""
    ours = shutil.copytree(SOURCES, scratch / "ours")
    archive = "./usr/src/linux-source-6.1.tar.xz"
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", next(scratch.glob("linux-source*.deb"))], stdout=subprocess.PIPE
    ) as package:
        subprocess.run(["tar", "-x", "-C", scratch, archive], stdin=package.stdout, check=True)
    run("tar", "-xf", archive, *(f"linux-source-6.1/{name}" for name in FROM_DEBIAN), folder=scratch)
    for name in FROM_DEBIAN:
        shutil.copy(scratch / "linux-source-6.1" / name, ours)
    (ours / "gpio-sim.c").rename(ours / "gpio-sim-main.c")
    irq = (ours / "irq_sim.c").read_text()
    irq = irq.replace("irq_to_desc(irqnum)", "irq_data_to_desc(irq_get_irq_data(irqnum))").replace(
        "EXPORT_SYMBOL", "//"
    )
    (ours / "irq_sim.c").write_text(irq)
    run("make", "-C", f"/lib/modules/{version}/build", f"M={ours}", "modules")


def needed(base: Path, version: str, *modules: str) -> list[Path]:
    """The files of these modules and of all that they depend on, in the order in which they load."""
    lines = [line for name in modules for line in run("modprobe", "-d", base, "-S", version, "-D", name).splitlines()]
    return list(dict.fromkeys(Path(line.split()[1]) for line in lines if line.startswith("insmod")))


def _keep_few(base: Path, whole: Path, few: Path, version: str) -> None:
    for module in needed(base, version, *FOR_THE_DISK, *FOR_THE_BOX, *OURS):
        kept = few / module.relative_to(whole)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(module, kept)
    for index in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copy(whole / index, few)
