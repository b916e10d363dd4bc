"""A log belongs to one machine: a copied or moved card begins a new one, and nothing of the old one is lost."""

import os
import shutil
from pathlib import Path

from device.log.log import Log
from tests.box.recorded import Troubles, a_log, numbered, waiting

HERE, THERE = {"serial": ("a" * 16,), "system": ("c" * 16,)}, {"serial": ("b" * 16,), "system": ("c" * 16,)}


def write(log: Log, *numbers: int) -> None:
    for number in numbers:
        log.put([(numbered(number), "stay-1")], b"a stay's music")
    assert log.flush()


def a_used_card(folder: Path, *numbers: int) -> str:
    log = a_log(folder / "log.db", here=HERE)
    log_id = log.open().log_id
    write(log, *numbers)
    log.close()
    return log_id


def test_a_copied_card_begins_a_log_of_its_own_without_the_other_beds_stay(tmp_path: Path) -> None:
    old_id = a_used_card(tmp_path, 0)
    troubles = Troubles()
    log = a_log(tmp_path / "log.db", here=THERE, trouble=troubles)
    opened = log.open()
    assert opened.log_id != old_id
    assert opened.memory is None
    assert opened.of_another_machine
    assert opened.set_aside is not None
    assert opened.set_aside.line.startswith("this card was made on another box: ")
    assert troubles == []
    log.close()


def test_what_the_other_machine_wrote_goes_out_first_under_its_own_numbers_and_is_then_removed(tmp_path: Path) -> None:
    old_id = a_used_card(tmp_path, 0, 1)
    log = a_log(tmp_path / "log.db", here=THERE)
    new_id = log.open().log_id
    write(log, 7)
    assert waiting(log) == [(old_id, 1, 0), (old_id, 2, 1)]
    assert log.span().log_id == old_id
    assert log.receipt(old_id, 2)
    assert log.flush()
    assert waiting(log) == [(new_id, 1, 7)]
    assert [file.name for file in tmp_path.glob("*.of-*")] == []
    log.close()


def test_what_was_not_sent_before_a_restart_is_sent_after_it(tmp_path: Path) -> None:
    old_id = a_used_card(tmp_path, 0)
    log = a_log(tmp_path / "log.db", here=THERE)
    new_id = log.open().log_id
    log.close()
    again = a_log(tmp_path / "log.db", here=THERE)
    opened = again.open()
    assert (opened.log_id, opened.set_aside) == (new_id, None), "told once"
    assert waiting(again) == [(old_id, 1, 0)]
    again.close()


def test_a_machine_that_cannot_be_known_keeps_its_log(tmp_path: Path) -> None:
    old_id = a_used_card(tmp_path, 0)
    for here in ({}, {"system": ("c" * 16,)}, HERE):
        log = a_log(tmp_path / "log.db", here=here)
        assert log.open().log_id == old_id
        log.close()
    log = a_log(tmp_path / "log.db", here=THERE)
    assert log.open().log_id != old_id, "a start without a serial number forgets none"
    log.close()


def test_a_log_that_was_written_before_logs_were_bound_is_bound_by_the_next_start(tmp_path: Path) -> None:
    log = a_log(tmp_path / "log.db")
    old_id = log.open().log_id
    log.close()
    for here, same in ((HERE, True), (THERE, False)):
        log = a_log(tmp_path / "log.db", here=here)
        assert (log.open().log_id == old_id) is same
        log.close()


def test_entries_that_the_ward_holds_otherwise_go_out_under_new_numbers(tmp_path: Path) -> None:
    log = a_log(tmp_path / "log.db", here=HERE)
    old_id = log.open().log_id
    write(log, 0, 1, 2)
    log.begin_again(old_id, 1)
    assert log.flush()
    new_id = log.span().log_id
    assert new_id != old_id
    assert waiting(log) == [(new_id, 1, 1), (new_id, 2, 2)]
    write(log, 3)
    log.close()
    again = a_log(tmp_path / "log.db", here=HERE)
    assert again.open().memory == b"a stay's music"
    assert waiting(again) == [(new_id, n, n) for n in (1, 2, 3)]
    again.close()


def test_a_copied_cards_own_entries_join_the_new_log_where_the_ward_holds_others(tmp_path: Path) -> None:
    old_id = a_used_card(tmp_path, 0, 1, 2)
    log = a_log(tmp_path / "log.db", here=THERE)
    new_id = log.open().log_id
    assert log.receipt(old_id, 1)
    log.begin_again(old_id, 1)
    assert log.flush()
    assert waiting(log) == [(new_id, 1, 1), (new_id, 2, 2)]
    log.close()


def test_a_log_is_private_to_the_service_and_so_is_what_lay_there_before(tmp_path: Path) -> None:
    folder = tmp_path / "box"
    log = a_log(folder / "log.db")
    log.open()
    write(log, 0)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert modes(folder) == {"log.db": 0o600, "log.db-wal": 0o600, "log.db.lock": 0o600}
    shutil.copy(folder / "log.db", folder / "log.db.broken-20260101T000000-abcd")
    log.close()
    for file in folder.iterdir():
        file.chmod(0o644)
    old_umask = os.umask(0)
    try:
        log = a_log(folder / "log.db")
        log.open()
        write(log, 1)
    finally:
        os.umask(old_umask)
    assert set(modes(folder).values()) == {0o600}
    log.close()


def modes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


def test_one_connection_holds_the_file_alone_and_needs_no_shared_memory(tmp_path: Path) -> None:
    log = a_log(tmp_path / "log.db")
    log.open()
    write(log, *range(600))
    assert len(waiting(log)) == 500
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log.db", "log.db-wal", "log.db.lock"]
    disk = log._keeper._disk
    assert disk is not None
    assert disk._connection.execute("PRAGMA locking_mode").fetchone() == ("exclusive",)
    held = [handle.readlink() for handle in Path("/proc/self/fd").iterdir() if handle.is_symlink()]
    assert held.count(tmp_path / "log.db") == 1, "one connection to the file"
    log.close()
