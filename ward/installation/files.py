"""The files of this installation: who can read them, how much space is left, when they were last backed up."""

import os
import shutil
import stat
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from ward.installation import rules
from ward.installation.finding import Finding, fix, note

STAMP = "last-backup"  # in the data folder; touched after each backup
OF_SQLITE = ("", "-wal", "-shm")


def user(_now: datetime) -> Iterator[Finding]:
    """Which user runs the check: root can read what the ward's own user cannot."""
    if os.geteuid() == 0:
        yield note("checked as root, who can read everything", "check as the ward's user too: sudo -u USER ... check")


def modes(_now: datetime) -> Iterator[Finding]:
    """The data folder and each file that must be private."""
    yield from _mode(settings.DATA, is_folder=True)
    if not settings.SECRET_KEY_FILE.exists():
        what = f"no secret key at {settings.SECRET_KEY_FILE}: a new key ends all sessions and two-step sign-ins"
        yield fix(what, "restore its backup, or check NIGHTINGALE_SECRET_KEY_FILE; for a new ward, migrate creates it")
    for file in dict.fromkeys(_secrets()):
        yield from _mode(file)


def database_file() -> Path | None:
    """SQLite's, None on PostgreSQL."""
    return Path(str(connection.settings_dict["NAME"])) if connection.vendor == "sqlite" else None


def space(_now: datetime) -> Iterator[Finding]:
    """Of the data folder; PostgreSQL's own disk may be anywhere."""
    if settings.DATA.is_dir():
        yield rules.space(str(settings.DATA), shutil.disk_usage(settings.DATA).free)
    else:
        yield fix(f"no folder {settings.DATA}", "check NIGHTINGALE_DATA; for a new ward, migrate creates it")
    if connection.vendor == "postgresql":
        yield note("cannot check the free space of PostgreSQL's disk from here", "monitor it where PostgreSQL runs")


def backup(now: datetime) -> Iterator[Finding]:
    """By the file that is touched after each backup."""
    stamp = settings.DATA / STAMP
    made_at = datetime.fromtimestamp(stamp.stat().st_mtime, UTC) if stamp.is_file() else None
    yield rules.backup(str(stamp), made_at, now)


def _secrets() -> Iterator[Path]:
    yield settings.SECRET_KEY_FILE
    database = database_file()
    if database is not None:
        yield from (Path(f"{database}{end}") for end in OF_SQLITE)
    if settings.BROKER_CA and settings.BROKER_CERT:
        yield Path(settings.BROKER_KEY or settings.BROKER_CERT)
    oidc = os.environ.get("NIGHTINGALE_OIDC", "")
    if oidc:
        yield Path(oidc).parent / str(tomllib.loads(Path(oidc).read_text())["client_secret_file"])


def _mode(path: Path, *, is_folder: bool = False) -> Iterator[Finding]:
    """Nothing for a missing file: the check that needs it says so."""
    try:
        yield rules.mode(str(path), stat.S_IMODE(path.stat().st_mode), is_folder=is_folder)
    except FileNotFoundError:
        return
    except OSError as error:
        yield fix(f"{path} cannot be checked ({error.strerror})", "give the ward's user access to it")
