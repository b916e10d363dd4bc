"""The virtual Pi for a run of tests. It runs where `--tree` names what to install: `make test-pi` does."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pi.box import SAID, Box
from tests.pi.figures import Figures
from tests.pi.machine import Machine
from tests.pi.needs import missing

WHY_NOT = "the virtual Pi was not asked for: make test-pi runs it"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tree", type=Path, help="the checkout that is installed on the virtual Pi")
    parser.addoption("--presses", type=int, default=50, help="how often PLAY is pressed for the figures")
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
    """A failure is shown with what the box itself said."""
    report = yield
    box = next((box for box in getattr(item, "funcargs", {}).values() if isinstance(box, Box)), None)
    if report.when == "call" and report.failed and box:
        report.sections.append(("what the box said", box.guest.tries(f"cat {SAID}")[1]))
    return report


@pytest.fixture(scope="session")
def figures() -> Iterator[Figures]:
    """What is measured; printed at the end and kept in build/pi/figures.json."""
    kept = Figures()
    yield kept
    kept.tell()


@pytest.fixture(scope="session")
def installed(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """One machine for all tests, on which the tree's wheel is installed."""
    machine = Machine(request.config.getoption("--tree").resolve())
    yield machine
    machine.end()


@pytest.fixture
def presses(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--presses"))


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
