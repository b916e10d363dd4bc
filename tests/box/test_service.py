"""`nightingale-device run` as a process on a machine without a board: what it leaves behind, and how it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import box_log
from tests.end_to_end.processes import until

CONFIG = """\
[box]
id = "6f1c2a34-9b1e-4d2f-8c55-0d7c1f2e3a40"
data = "data"
[sound]
output = "silent"
"""


class Service:
    """One run of it, in a working directory of its own."""

    def __init__(self, folder: Path) -> None:
        self.works_in, self._said = folder / "cwd", folder / "said"
        self.works_in.mkdir()
        self._data = folder / "data"
        config = folder / "device.toml"
        config.write_text(CONFIG)
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "device", "run", "--config", config],
                cwd=self.works_in,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
                stdout=said,
                stderr=said,
            )

    @property
    def said(self) -> str:
        return self._said.read_text()

    def faults(self) -> list[str]:
        """The reasons of the faults of its controls."""
        bodies = box_log.rows(self._data, "SELECT body FROM entry ORDER BY seq")
        entries = [json.loads(body) for (body,) in bodies]
        return [entry["data"]["reason"] for entry in entries if entry["data"].get("part") == "controls"]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path)
    yield service
    service.process.kill()
    service.process.wait()


def test_a_service_without_its_lines_says_so_and_ends_clean_and_leaves_no_file_where_it_works(service: Service) -> None:
    """It ended in a traceback at each stop; its log said ready and nothing of dead buttons; it left a FIFO."""
    until("it is ready", lambda: "ready=yes" in service.said)
    until("its lines are missed", lambda: "controls=lost reason=no GPIO of a Pi in /dev" in service.said)
    until("that is in its log", service.faults)
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(20) == 0
    assert "Traceback" not in service.said
    assert service.said.count("controls=lost") == 1, "it is tried again and told once"
    assert service.faults() == ["no GPIO of a Pi in /dev: elsewhere use the simulator"]
    assert list(service.works_in.iterdir()) == []
