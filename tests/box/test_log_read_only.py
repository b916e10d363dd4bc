"""A card that cannot be written still tells the last that was remembered, on real file systems."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from device.log.stores import read_memory
from tests.box.recorded import Troubles, a_log, numbered

MARKS = {"serial": ("a" * 16,)}
READ_ONLY = """
import subprocess, sys
from pathlib import Path
from tests.box.recorded import Troubles, a_log, numbered
card, cut = Path(sys.argv[1]), Path(sys.argv[2])
subprocess.run(["mount", "-t", "tmpfs", "none", card], check=True)
subprocess.run(["cp", "-r", f"{cut}/.", card], check=True)
subprocess.run(["mount", "-o", "remount,ro", card], check=True)
log = a_log(card / "log.db", trouble=Troubles())
print((log.open().memory or b"").decode())
log.put([(numbered(1), None)])
assert log.flush()
assert log.unsent().waiting >= 1
log.close()
"""


def cut_off(folder: Path) -> Path:
    """What a pulled plug leaves: the file as of the stay before, the journal with the new one, and no -shm."""
    log = a_log(folder / "running" / "log.db")
    log.open()
    log.put([], b"stay before")
    assert log.flush()
    disk = log._keeper._disk
    assert disk is not None
    disk.scrub()
    log.put([(numbered(0), "stay-2")], b"stay now")
    assert log.flush()
    card = folder / "card"
    card.mkdir()
    for name in ("log.db", "log.db-wal"):
        shutil.copy(folder / "running" / name, card / name)
    log.close()
    return card


def test_what_the_journal_alone_holds_is_remembered_though_the_card_cannot_be_written(tmp_path: Path) -> None:
    card = cut_off(tmp_path)
    before = {file.name: file.read_bytes() for file in card.iterdir()}
    assert read_memory(card / "log.db") == b"stay now"
    assert {file.name: file.read_bytes() for file in card.iterdir()} == before, "a card is only read"


def test_a_box_on_a_read_only_card_begins_with_the_stay_of_its_last_commit(tmp_path: Path) -> None:
    card, mounted = cut_off(tmp_path), tmp_path / "mounted"
    mounted.mkdir()
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a read-only card: run as root")
    command = ["unshare", "-m", sys.executable, "-c", READ_ONLY, str(mounted), str(card)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "stay now"


def test_a_file_without_a_journal_is_read_where_it_lies(tmp_path: Path) -> None:
    log = a_log(tmp_path / "log.db")
    log.open()
    log.put([], b"stay now")
    log.close()
    assert not (tmp_path / "log.db-wal").exists()
    assert read_memory(tmp_path / "log.db") == b"stay now"


def test_a_journal_that_cannot_be_copied_is_not_passed_over_for_what_was_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = cut_off(tmp_path)
    monkeypatch.setattr("device.log.files._IN_MEMORY", tmp_path / "missing")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    assert read_memory(card / "log.db") is None


def test_a_copied_card_that_cannot_be_written_gives_nothing_of_the_other_boxs_stay(tmp_path: Path) -> None:
    log = a_log(tmp_path / "log.db", trouble=Troubles(), here=MARKS)
    log.open()
    log.put([], b"stay of the other bed")
    log.close()
    assert read_memory(tmp_path / "log.db", {"serial": ("b" * 16,)}) is None
    assert read_memory(tmp_path / "log.db", MARKS) == b"stay of the other bed"
