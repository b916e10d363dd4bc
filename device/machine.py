"""Which machine this is, by marks of its hardware, to notice that a card was copied to another box.

A mark is stored as a digest, so that no serial number is on the card. A mark that cannot be read is ignored: machines
differ only if a mark known on both sides differs.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

Marks = Mapping[str, tuple[str, ...]]
"""Digests by where they were read, the surest first."""

# Where a mark is read, the surest first. A Pi's serial number is burnt into its processor; /etc/machine-id is copied
# with the card and tells two machines apart only where nothing else is known.
SERIAL = "serial"
_FILES = {
    SERIAL: ("sys/firmware/devicetree/base/serial-number", "proc/device-tree/serial-number"),
    "product": ("sys/class/dmi/id/product_uuid",),
    "network": (),
    "system": ("etc/machine-id",),
}
SOURCES = tuple(_FILES)
LEAST_LETTERS = 3  # "0000000000000000" and "ffffffff-ffff-..." are what makers use instead of a real number


def marks(root: Path = Path("/")) -> Marks:
    """The marks of this machine. Reads a few small files, starts no process, raises nothing."""
    network = tuple(sorted(_mark("network", address) for address in _addresses(root)))
    found = {source: (_mark(source, value),) for source in SOURCES if (value := _value(root, source))}
    return (found | {"network": network}) if network else found


def is_other(kept: Marks, here: Marks) -> bool:
    """Whether `kept` was written on another machine than `here`; if unknown, False."""
    for source in SOURCES:
        if kept.get(source) and here.get(source):
            return not set(kept[source]) & set(here[source])
    return False


def to_texts(found: Marks) -> list[str]:
    """The marks as texts for a file, one each."""
    return [f"{source}:{mark}" for source, values in found.items() for mark in values]


def from_texts(texts: Iterable[str]) -> Marks:
    """Reads what `to_texts` wrote; ignores anything else."""
    found: dict[str, tuple[str, ...]] = {}
    for source, _, mark in (text.partition(":") for text in texts):
        found[source] = (*found.get(source, ()), mark)
    return found


def _value(root: Path, source: str) -> str:
    values = [_text(root / file) for file in _FILES[source]]
    if source == SERIAL:
        values.append(_cpu_serial(root))
    return next((value for value in values if _is_a_number(value)), "")


def _cpu_serial(root: Path) -> str:
    """Older Pi kernels have it only here."""
    lines = (line.partition(":") for line in _text(root / "proc/cpuinfo").splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == "Serial"), "")


def _addresses(root: Path) -> Iterable[str]:
    """Addresses of physical network cards as set by the maker; changed or virtual ones are ignored."""
    folder = root / "sys/class/net"
    try:
        cards = sorted(folder.iterdir())
    except OSError:
        return
    for card in cards:
        address = _text(card / "address")
        given_by_maker = _text(card / "addr_assign_type") == "0"  # NET_ADDR_PERM in linux/netdevice.h
        if given_by_maker and (card / "device").exists() and _is_a_number(address):
            yield address


def _is_a_number(value: str) -> bool:
    return len(set(value) & set("0123456789abcdefABCDEF")) >= LEAST_LETTERS


def _mark(source: str, value: str) -> str:
    return hashlib.sha256(f"nightingale {source} {value.lower()}".encode()).hexdigest()[:16]


def _text(path: Path) -> str:
    try:
        return path.read_bytes()[:100_000].decode("ascii", "replace").strip("\0 \n\t")
    except OSError:
        return ""
