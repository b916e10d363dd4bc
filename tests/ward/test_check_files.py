"""The check looks at the files of an installation, and what the ward makes is private."""

import os
import shutil
import socket
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.servers import free_port
from tests.ward.checked import lines, started
from tests.ward.papers import papers
from tests.ward.test_main import environment, ward
from ward.installation import files
from ward.installation.finding import Word


def test_all_that_the_ward_makes_is_private_also_in_a_folder_that_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "ward"
    folder.mkdir(mode=0o755)
    assert ward(tmp_path, "migrate", "--verbosity=0")[0] == 0
    made = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert made.keys() >= {"ward.sqlite3", "secret-key"}
    assert set(made.values()) == {0o600}
    _, found = lines(tmp_path)
    assert f"FIX   {folder} is not private: everyone on this computer can enter it  chmod 700 {folder}" in found


def test_while_it_serves_the_journals_are_private_too(tmp_path: Path) -> None:
    assert ward(tmp_path, "migrate", "--verbosity=0")[0] == 0
    folder, port = tmp_path / "ward", free_port()
    with started("serve", f"--listen=127.0.0.1:{port}", env=environment(tmp_path)):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as asked:
            asked.sendall(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            assert asked.recv(9) == b"HTTP/1.1 "
        with closing(sqlite3.connect(folder / "ward.sqlite3")) as beside:  # holds the journals open
            beside.execute("SELECT count(*) FROM django_session").fetchall()
            made = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert made["ward.sqlite3-wal"] == made["ward.sqlite3-shm"] == 0o600


def test_a_new_folder_and_those_above_it_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "above" / "ward"
    assert ward(tmp_path, "migrate", "--verbosity=0", NIGHTINGALE_DATA=str(folder))[0] == 0
    assert [one.stat().st_mode & 0o777 for one in (folder, folder.parent)] == [0o700, 0o700]


@pytest.mark.parametrize("name", ["secret-key", "ward.sqlite3"])
def test_a_file_that_others_may_read_is_named(name: str, tmp_path: Path) -> None:
    assert ward(tmp_path, "migrate", "--verbosity=0")[0] == 0
    file = tmp_path / "ward" / name
    file.chmod(0o644)
    _, found = lines(tmp_path)
    assert f"FIX   {file} is not private: everyone on this computer can read it  chmod 600 {file}" in found


def test_the_brokers_key_and_the_log_ins_secret_are_looked_at(tmp_path: Path) -> None:
    secret, described = tmp_path / "secret", tmp_path / "oidc.toml"
    secret.write_text("s")
    secret.chmod(0o640)
    said = ['issuer = "https://login.example"', 'client_id = "ward"', 'client_secret_file = "secret"']
    said += ['groups_claim = "groups"', "[[roles]]", 'group = "g"', 'ward = "w"', 'role = "nurse"']
    described.write_text("\n".join(said))
    made = papers(tmp_path, "ward")
    made.key.chmod(0o604)
    tls = {"CA": made.cert, "CERT": made.cert, "KEY": made.key}
    more = {f"NIGHTINGALE_BROKER_{name}": str(file) for name, file in tls.items()}
    _, found = lines(tmp_path, NIGHTINGALE_OIDC=str(described), **more)
    open_to = [line for line in found if " is not private: " in line]
    assert [str(made.key) in open_to[0], str(secret) in open_to[1]] == [True, True], open_to


def test_a_backups_stamp_counts_from_when_it_was_touched(tmp_path: Path, settings: Any, now: datetime) -> None:
    settings.DATA = tmp_path
    stamp = tmp_path / "last-backup"
    assert [one.word for one in files.backup(now)] == [Word.FIX]
    stamp.touch()
    for hours, word in ((25, Word.OK), (27, Word.FIX)):
        os.utime(stamp, times=((now - timedelta(hours=hours)).timestamp(),) * 2)
        assert [one.word for one in files.backup(now)] == [word]


def test_what_cannot_be_looked_at_is_a_line_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    """The data folder is gone, as after a mount that failed; key and database are elsewhere."""
    more = {"NIGHTINGALE_DATA": str(tmp_path / "gone"), "NIGHTINGALE_SECRET_KEY_FILE": str(tmp_path / "key")}
    more["DATABASE_URL"] = f"sqlite:///{tmp_path}/ward.sqlite3"
    assert ward(tmp_path, "migrate", "--verbosity=0", **more)[0] == 0
    shutil.rmtree(tmp_path / "gone", ignore_errors=True)
    _, found = lines(tmp_path, **more)
    assert [line for line in found if line.startswith(f"FIX   no folder {tmp_path / 'gone'}")]
    assert found[-1].startswith("NOTE  the proxy")
