"""A ward of three beds, made for each test that asks for it."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.processes import ROOT, Bedside, Broker, Ward, until
from tests.servers import MOSQUITTO, listens, need

IDS = {
    "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0401": "0401",
    "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0402": "0402",
    "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0403": "0403",
}


@pytest.fixture(scope="session")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter music, a few seconds of each track, rendered by the real program."""
    folder = tmp_path_factory.mktemp("music")
    command = [sys.executable, "-m", "playlists.starter", f"--to={folder}", "--minutes=0.2"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@dataclass
class House:
    """Broker, ward and boxes, all running."""

    broker: Broker
    ward: Ward
    boxes: list[Bedside]
    folder: Path

    def box(self, number: str) -> Bedside:
        """The box with this number on its label."""
        return next(box for box in self.boxes if box.device_id.endswith(number))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, music: Path) -> Path:
    """A ward's folder with tables, people, beds and boxes, made by its own commands; each test works on a copy."""
    folder = tmp_path_factory.mktemp("prepared")
    ward = Ward(folder, music, broker_port=1883)
    ward.prepare(IDS)
    return ward.data


@pytest.fixture
def build(tmp_path: Path, music: Path, prepared: Path) -> Iterator[Callable[..., House]]:
    """Starts broker, ward and boxes when it is called; ended in reverse after the test."""
    with ExitStack() as running:

        def start(kind: str, boxes: int = 2) -> House:
            if kind == "mosquitto":
                need(MOSQUITTO)
            broker = Broker(kind, tmp_path)
            running.callback(broker.kill)
            broker.start()
            ward = Ward(tmp_path, music, broker.port)
            shutil.copytree(prepared, ward.data)
            running.callback(ward.end)
            ward.mqttd.start()
            ward.pages.start()
            made = []
            for device_id, number in list(IDS.items())[:boxes]:
                box = Bedside(tmp_path, device_id, music, broker.port, f"disk:{tmp_path / f'{number}.raw'}")
                running.callback(box.end)
                box.launch()
                made.append(box)
            for box in made:
                box.await_ready()
            until("the pages are there", lambda: listens(ward.port))
            return House(broker, ward, made, tmp_path)

        yield start


@pytest.fixture(params=["amqtt", "mosquitto"])
def house(request: pytest.FixtureRequest, build: Callable[..., House]) -> House:
    """Everything joined, on each broker."""
    return build(request.param)


@pytest.fixture
def mosquitto_house(build: Callable[..., House]) -> House:
    """Everything joined with one box, on a real Mosquitto only."""
    return build("mosquitto", boxes=1)
