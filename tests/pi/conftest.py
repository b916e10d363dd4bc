"""The virtual Pi for a run of tests. It runs where `--tree` names what to install: `make test-pi` does."""

from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.pi.box import HEARD, SAID, Box
from tests.pi.figures import Figures
from tests.pi.machine import Machine
from tests.pi.needs import missing
from tests.pi.root import PYTHONS

TOLD = {"what the box said": f"cat {SAID}", "what was heard": f"tail -n 5 {HEARD} /run/arecord.err"}
WHY_NOT = "the virtual Pi was not asked for: make test-pi runs it"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tree", type=Path, help="the checkout that is installed on the virtual Pi")
    parser.addoption("--suite", choices=PYTHONS, default="bookworm", help="the Debian of the virtual Pi")
    parser.addoption("--presses", type=int, default=50, help="how often PLAY is pressed for the figures")
    parser.addoption("--minutes", type=int, default=1, help="how long music plays for the figure of underruns")
    parser.addoption("--cuts", type=int, default=10, help="how often the power is cut")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is missing is said once, in one line; the tests are shown as skipped, never as passed."""
    virtual = [item for item in items if item.get_closest_marker("pi")]
    if not virtual:
        return
    if config.getoption("--tree", None) is None:
        for item in virtual:
            item.add_marker(pytest.mark.skip(reason=WHY_NOT))
    elif lacks := missing():
        raise pytest.UsageError(lacks)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """A failure is shown with what the box itself said, logged last, and was heard to play."""
    report = yield
    box = next((box for box in getattr(item, "funcargs", {}).values() if isinstance(box, Box)), None)
    if report.when == "call" and report.failed and box:
        for title, command in TOLD.items():
            report.sections.append((title, box.guest.tries(command)[1]))
        with suppress(Exception):  # whatever the case has done to its log
            report.sections.append(("its log's end", "\n".join(map(str, box.log().entries[-12:]))))
    return report


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> Iterator[Figures]:
    """What is measured; printed at the end, also where all passed, and kept in build/pi/figures.json."""
    kept = Figures()
    yield kept
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        kept.tell()


@pytest.fixture(scope="session")
def installed(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """One machine for all tests, on which the tree's wheel is installed."""
    machine = Machine(request.config.getoption("--tree").resolve(), request.config.getoption("--suite"))
    yield machine
    machine.end()


@pytest.fixture
def presses(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--presses"))


@pytest.fixture
def minutes(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--minutes"))


@pytest.fixture
def cuts(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--cuts"))


@pytest.fixture
def machine(request: pytest.FixtureRequest, installed: Machine) -> Iterator[Machine]:
    """Every test begins at the same moment of the same machine: at noon, the box installed, or running already."""
    installed.reset(started="box" in request.fixturenames)
    yield installed
    if installed.qemu.is_running:
        installed.qemu.pause()


@pytest.fixture
def box(machine: Machine) -> Box:
    """The box, running; its home screen is on and nobody has touched it."""
    return Box(machine.guest)


@pytest.fixture
def stopped_box(machine: Machine) -> Box:
    """The box before its first start."""
    return Box(machine.guest)
