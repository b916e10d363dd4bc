"""The guest's system: a Debian of the same generation as a Pi's, with the modules, the accounts and an agent.

Nothing of Nightingale and of its board is in it. Root and apt are needed. lgpio comes from the package
index and goes to the system's packages, as python3-lgpio of Raspberry Pi OS does.
"""

import shutil
from pathlib import Path

from tests.pi.commands import in_root, run
from tests.pi.kernel import Kernel
from tests.pi.layers import key, layer

INSIDE = Path(__file__).parent / "inside"
SUITE = "bookworm"  # Python 3.11
PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "udev", "kmod", "procps", "util-linux", "python3",
    "python3-venv", "ca-certificates", "libglib2.0-0", "alsa-utils", "gpiod", "iproute2", "usbutils"
)  # fmt: skip
LGPIO = "lgpio==0.2.2.0"
# Without them the guest is up in half the time, and nothing turns up in the middle of a measurement.
NOT_STARTED = (
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "fstrim.timer", "e2scrub_all.timer",
    "e2scrub_reap.service", "systemd-timesyncd.service", "systemd-networkd.service", "getty@tty1.service",
    "systemd-update-utmp.service", "systemd-random-seed.service", "systemd-logind.service", "alsa-restore.service",
    "alsa-state.service", "systemd-hwdb-update.service", "systemd-pstore.service", "systemd-binfmt.service"
)  # fmt: skip


class Root:
    """A folder `root` with the whole system."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        versions = run("apt-cache", "policy", "libc6", "systemd", "python3.11", "libglib2.0-0", "alsa-utils")
        self.base_key = key(SUITE, *PACKAGES, versions)
        self.key = key(self.base_key, kernel.key, LGPIO, INSIDE, Path(__file__))
        self.folder = layer("system", self.key, self._build) / "root"

    def _build(self, to: Path) -> None:
        base = layer("debian", self.base_key, _debian)
        root = to / "root"
        root.mkdir()
        run("tar", "-xf", base / "debian.tar", "-C", root)
        shutil.copytree(self._kernel.folder / "lib/modules", root / "usr/lib/modules", dirs_exist_ok=True)
        _lgpio(to, root)
        _agent(root)
        _accounts(root)


def _debian(to: Path) -> None:
    """By mmdebstrap, from where this machine's own packages come from."""
    sources = Path("/etc/apt/sources.list.d/debian.sources")
    source = sources if sources.exists() else Path("/etc/apt/sources.list")
    run("mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, to / "debian.tar", source)


def _lgpio(to: Path, root: Path) -> None:
    wheels = to / "lgpio"
    run("python3", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--python-version=3.11",
        "--platform=manylinux_2_34_x86_64", "--dest", wheels, LGPIO)  # fmt: skip
    run("python3", "-m", "zipfile", "-e", next(wheels.glob("*.whl")), root / "usr/lib/python3/dist-packages")


def _agent(root: Path) -> None:
    (root / "opt/agent").mkdir()
    shutil.copy(INSIDE / "agent.py", root / "opt/agent")
    shutil.copy(INSIDE / "agent.service", root / "etc/systemd/system")
    in_root(root, "systemctl", "--quiet", "enable", "agent.service")
    in_root(root, "systemctl", "--quiet", "mask", *NOT_STARTED)
    (root / "etc/fstab").write_text("/dev/vda / ext4 defaults,noatime 0 1\n")
    (root / "etc/hostname").write_text("bedside\n")
    (root / "etc/machine-id").write_text("5ba1de0c0ffee0f0a11bed51de000001\n")  # else its first boot sets itself up


def _accounts(root: Path) -> None:
    """The service's user, in the groups that Raspberry Pi OS has for its devices."""
    for group in ("gpio", "i2c"):
        in_root(root, "groupadd", "--force", "--system", group)
    home = "/var/lib/nightingale"
    in_root(
        root, "useradd", "--system", "--home-dir", home, "--create-home", "--groups", "gpio,i2c,audio", "nightingale"
    )
    in_root(root, "useradd", "--system", "--groups", "gpio", "somebody")
