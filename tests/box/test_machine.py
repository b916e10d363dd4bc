"""A copied card is not the box that it was made on; what is not known says nothing."""

from pathlib import Path

import pytest

from device.machine import from_texts, is_other, marks, to_texts

A_PI = {"sys/firmware/devicetree/base/serial-number": "10000000a1b2c3d4\0"}
AN_OLD_PI = {"proc/cpuinfo": "processor\t: 0\nModel\t\t: Raspberry Pi\nSerial\t\t: 10000000a1b2c3d4\n"}


def a_machine(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def card(folder: Path, name: str, address: str, *, assigned_by: str = "0", is_hardware: bool = True) -> None:
    place = folder / "sys/class/net" / name
    (place / "device").mkdir(parents=True) if is_hardware else place.mkdir(parents=True)
    (place / "address").write_text(f"{address}\n")
    (place / "addr_assign_type").write_text(f"{assigned_by}\n")


def test_a_pi_is_known_by_its_serial_number_wherever_the_kernel_tells_it(tmp_path: Path) -> None:
    new, old = a_machine(tmp_path / "new", A_PI), a_machine(tmp_path / "old", AN_OLD_PI)
    assert marks(new)["serial"] == marks(old)["serial"]
    assert "a1b2c3d4" not in str(marks(new)), "no serial number travels with a card"


def test_another_serial_number_is_another_machine_though_all_else_was_copied(tmp_path: Path) -> None:
    copied = {"etc/machine-id": "5f0c8f1e2d3b4a59\n"}
    one = marks(a_machine(tmp_path / "one", {**A_PI, **copied}))
    two = marks(a_machine(tmp_path / "two", {"proc/cpuinfo": "Serial : 100000005e6f7a8b\n", **copied}))
    assert is_other(one, two)
    assert not is_other(one, one)


@pytest.mark.parametrize("kept", [{}, {"serial": ("1",)}, {"network": ("2",)}])
def test_what_is_not_known_is_not_another_machine(kept: dict[str, tuple[str, ...]]) -> None:
    assert not is_other(kept, {})
    assert not is_other({}, kept)
    assert not is_other(kept, {"system": ("3",)})


@pytest.mark.parametrize("none", ["", "0000000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "unknown"])
def test_a_number_that_no_maker_gave_is_none(tmp_path: Path, none: str) -> None:
    files = {"proc/cpuinfo": f"Serial : {none}\n", "sys/class/dmi/id/product_uuid": none}
    assert marks(a_machine(tmp_path, files)) == {}


def test_only_addresses_that_a_maker_gave_to_hardware_count(tmp_path: Path) -> None:
    card(tmp_path, "eth0", "dc:a6:32:01:23:45")
    known = marks(tmp_path)
    assert set(known) == {"network"}
    card(tmp_path, "wlan0", "02:11:22:33:44:55", assigned_by="1")
    card(tmp_path, "docker0", "02:42:ac:11:00:02", is_hardware=False)
    card(tmp_path, "usb0", "dc:a6:32:99:88:77")
    assert not is_other(known, marks(tmp_path)), "a plugged-in card does not make another machine"
    assert len(marks(tmp_path)["network"]) == 2


def test_marks_are_kept_as_texts_and_come_back(tmp_path: Path) -> None:
    known = marks(a_machine(tmp_path, {**A_PI, "etc/machine-id": "5f0c8f1e2d3b4a59"}))
    assert from_texts(to_texts(known)) == known
    assert not is_other(from_texts(["nonsense", ":", "a:b:c"]), known)
