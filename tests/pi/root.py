"""The guest's system: the Debian that a Raspberry Pi OS is made from, with the modules, the accounts and an agent.

Nothing of Nightingale and of its board is in it. Root and apt are needed.
"""

import shutil
from pathlib import Path

from tests.pi.commands import in_root, run
from tests.pi.kernel import Kernel
from tests.pi.layers import key, layer

INSIDE = Path(__file__).parent / "inside"
PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
"""Debian's releases under Raspberry Pi OS 12 and 13, each with its Python."""
PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "udev", "kmod", "procps", "util-linux", "python3",
    "python3-venv", "ca-certificates", "libglib2.0-0", "alsa-utils", "iproute2", "usbutils"
)  # fmt: skip
# Without them the guest is up in half the time, and nothing turns up in the middle of a measurement.
NOT_STARTED = (
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "fstrim.timer", "e2scrub_all.timer",
    "e2scrub_reap.service", "systemd-timesyncd.service", "systemd-networkd.service", "getty@tty1.service",
    "systemd-update-utmp.service", "systemd-random-seed.service", "systemd-logind.service", "alsa-restore.service",
    "alsa-state.service", "systemd-hwdb-update.service", "systemd-pstore.service", "systemd-binfmt.service"
)  # fmt: skip


class Root:
    """A folder `root` with the whole system."""

    def __init__(self, kernel: Kernel, suite: str) -> None:
        self._kernel = kernel
        self._suite = suite
        versions = run("apt-cache", "policy", "libc6", "systemd", "python3.11", "libglib2.0-0", "alsa-utils")
        self.base_key = key(suite, *PACKAGES, versions)
        self.key = key(self.base_key, kernel.key, INSIDE, Path(__file__))
        self.folder = layer("system", self.key, self._build) / "root"

    def _build(self, to: Path) -> None:
        base = layer("debian", self.base_key, self._debian)
        root = to / "root"
        root.mkdir()
        run("tar", "-xf", base / "debian.tar", "-C", root)
        shutil.copytree(self._kernel.folder / "lib/modules", root / "usr/lib/modules", dirs_exist_ok=True)
        _agent(root)
        _accounts(root)

    def _debian(self, to: Path) -> None:
        """By mmdebstrap, from where this machine's own packages come from."""
        found = Path("/etc/apt/sources.list.d/debian.sources")
        found = found if found.exists() else Path("/etc/apt/sources.list")
        sources = to / found.name
        sources.write_text(found.read_text().replace("bookworm", self._suite))
        run(
            "mmdebstrap",
            "--variant=minbase",
            f"--include={','.join(PACKAGES)}",
            self._suite,
            to / "debian.tar",
            sources,
        )


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
