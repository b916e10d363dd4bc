"""Tracks that a box lacks come from the ward's content server: assign -> fetch -> held and needed -> PLAY."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.box.content_server import ContentServer
from tests.end_to_end.conftest import IDS, House
from tests.end_to_end.processes import Bedside, until

pytestmark = pytest.mark.e2e

HELD = (
    "SELECT a.held, a.needed FROM assignments_assignment a JOIN fleet_device d ON d.bed_id = a.bed_id"
    " WHERE d.id = ? ORDER BY a.version DESC LIMIT 1"
)


def test_a_box_with_an_empty_card_fetches_what_is_assigned_tells_how_far_it_is_and_plays_it(
    build: Callable[..., House], music: Path, tmp_path: Path
) -> None:
    house = build("mosquitto", boxes=1)
    device_id = next(key for key, number in IDS.items() if number == "0402")
    tracks = {path.stem: path.read_bytes() for path in (music / "tracks").iterdir()}
    with ContentServer(tracks).running() as server:
        server.slow_s = 0.5
        box = Bedside(tmp_path, device_id, tmp_path / "card", house.broker.port, content=server.url)
        box.launch()
        try:
            box.await_ready()
            seen: list[tuple[int, int]] = []

            def is_whole() -> bool:
                ((held, needed),) = house.ward.rows(HELD, device_id.replace("-", ""))
                seen.append((held or 0, needed or 0))
                return bool(needed) and held == needed

            until("the ward knows that all are there", is_whole)
            assert seen == sorted(seen), "it only counts up"
            assert len({held for held, _ in seen}) > 2, "step by step"
            box.press("play")
            until("it plays", lambda: box.state()["sounding"])
        finally:
            box.end()
    fetched = {path.stem for path in (tmp_path / "card" / "tracks").iterdir()}
    assert fetched <= set(tracks)
    assert len(server.asked) == len(fetched), "each once"
