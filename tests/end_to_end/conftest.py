"""A ward of three beds, made for each test that asks for it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.processes import MOSQUITTO, ROOT, Bedside, Broker, Ward

IDS = {
    "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0401": "0401",
    "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0402": "0402",
    "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0403": "0403",
}


@pytest.fixture(scope="session")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter music, a few seconds of each piece, rendered by the real program."""
    folder = tmp_path_factory.mktemp("music")
    command = [sys.executable, "-m", "playlists.starter", f"--to={folder}", "--minutes=0.2"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def _brokers() -> list[object]:
    if Path(MOSQUITTO).exists():
        return ["amqtt", "mosquitto"]
    if os.environ.get("CI") == "true":
        pytest.fail("Mosquitto is missing: apt-get install mosquitto", pytrace=False)
    missing = pytest.mark.skip(reason="Mosquitto is missing: apt-get install mosquitto")
    return ["amqtt", pytest.param("mosquitto", marks=missing)]


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


@pytest.fixture(params=_brokers())
def house(request: pytest.FixtureRequest, tmp_path: Path, music: Path) -> Iterator[House]:
    """Everything joined, on each broker."""
    with ExitStack() as running:
        yield build(request.param, tmp_path, music, running)


@pytest.fixture
def mosquitto_house(tmp_path: Path, music: Path) -> Iterator[House]:
    """Everything joined, on a real Mosquitto only."""
    if not Path(MOSQUITTO).exists():
        pytest.skip("Mosquitto is missing: apt-get install mosquitto")
    with ExitStack() as running:
        yield build("mosquitto", tmp_path, music, running, boxes=1)


def build(kind: str, folder: Path, music: Path, running: ExitStack, *, boxes: int = 2) -> House:
    """Start broker, ward and boxes; `running` ends them in reverse."""
    broker = Broker(kind, folder)
    running.callback(broker.kill)
    broker.start()
    ward = Ward(folder, music, broker.port)
    ward.prepare(IDS)
    running.callback(ward.end)
    ward.mqttd.start()
    ward.pages.start()
    made = []
    for device_id, number in list(IDS.items())[:boxes]:
        box = Bedside(folder, device_id, music, broker.port, f"disk:{folder / f'{number}.raw'}")
        running.callback(box.end)
        box.start()
        made.append(box)
    return House(broker, ward, made, folder)
