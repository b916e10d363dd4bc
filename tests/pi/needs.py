"""What the machine that tests run on must have for the virtual Pi."""

import os
import shutil

PROGRAMS = {
    "mmdebstrap": "mmdebstrap",
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "mkfs.ext4": "e2fsprogs",
    "depmod": "kmod",
    "cpio": "cpio",
    "gcc": "gcc",
    "make": "make",
    "apt-get": "apt",
}


def missing() -> str:
    """One line that says what is missing and what to do; empty where nothing is."""
    if os.geteuid():
        return "The virtual Pi needs root (it builds a Debian in a folder): sudo make test-pi"
    packages = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    return f"The virtual Pi needs: apt-get install {' '.join(packages)}" if packages else ""
