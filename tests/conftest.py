"""The database that the tests run on, always a real one, and a real broker for whoever asks."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import dj_database_url
import pytest
from django.conf import settings
from django.db import connections
from hypothesis import settings as settings_of_properties

from tests.hostile import tally
from tests.servers import MOSQUITTO, Mosquitto, Postgres, need, postgresql_programs
from tests.servers import mosquitto as mosquitto_on

settings_of_properties.register_profile("ci", derandomize=True)  # there the same examples each time, elsewhere new ones
if os.environ.get("CI") == "true":
    settings_of_properties.load_profile("ci")
POSTGRES = pytest.StashKey[Postgres]()
FOLDER = pytest.StashKey[Path]()
MISSING = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help="what the ward stands on")


def pytest_configure(config: pytest.Config) -> None:
    """Before any connection is made: the settings' own options (WAL, FULL, IMMEDIATE) on a database of this run."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has it ignored, and our children with us
    folder = config.stash[FOLDER] = Path(tempfile.mkdtemp(prefix="nightingale-tests-"))
    os.environ["NIGHTINGALE_DATA"] = str(folder)  # for the processes that tests start
    settings.DATA = folder
    database = cast("dict[str, Any]", settings.DATABASES["default"])
    if config.getoption("--database") == "postgresql":
        programs = postgresql_programs()
        if programs is not None:
            config.stash[POSTGRES] = server = Postgres(programs)
            server.start()
            os.environ["DATABASE_URL"] = server.url
            database.clear()
            database.update(dj_database_url.parse(server.url))
            connections.configure_settings(connections.databases)
            del connections["default"]  # made at set-up, for the other kind of database
            return
        config.stash[MISSING] = "PostgreSQL is missing: apt-get install postgresql"
    database["NAME"] = str(folder / "ward.sqlite3")
    database["TEST"] = {**database.get("TEST", {}), "NAME": str(folder / "test.sqlite3")}  # a file: WAL needs one


def pytest_unconfigure(config: pytest.Config) -> None:
    if POSTGRES in config.stash:
        config.stash[POSTGRES].stop()
    if FOLDER in config.stash:
        shutil.rmtree(config.stash[FOLDER], ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browsers first: several workers then have what waits beside what computes, and nothing long at the end.

    A missing PostgreSQL skips what needs it, in so many words; on the build machine it fails.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)
    missing = config.stash.get(MISSING, None)
    if missing is None:
        return
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(missing)
    for item in items:
        if item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.skip(reason=missing))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the hostile tests tried, and how it was answered."""
    reports = (one for found in terminalreporter.stats.values() for one in found if isinstance(one, pytest.TestReport))
    told = tally.lines(one for report in reports if report.when == "teardown" for one in report.user_properties)
    if told:
        terminalreporter.section("hostile")
    for line in told:
        terminalreporter.write_line(line)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A real broker, running."""
    need(MOSQUITTO)
    with mosquitto_on(tmp_path) as broker:
        yield broker
