"""What facilities ask of a real box over a real Mosquitto: test yourself, send your log, restart."""

import re

import pytest

from tests.end_to_end.conftest import House
from tests.end_to_end.pages import Nurse
from tests.end_to_end.processes import until

pytestmark = pytest.mark.e2e


class Facilities(Nurse):
    """At the page of the one box."""

    def __init__(self, house: House) -> None:
        super().__init__(house.ward.url, "house")
        found = re.search(rf"/devices/[^/]+/{house.boxes[0].device_id}/", self.get("/devices/"))
        assert found
        self.address = found[0]

    def ask(self, verb: str, **more: str) -> None:
        """Press the button."""
        self.post(f"{self.address}ask", self.get(self.address), verb=verb, **more)

    def shows(self, words: str) -> None:
        """Waits until the page says so."""
        until(words, lambda: words in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.get(self.address))))


def test_facilities_test_a_box_read_its_log_and_restart_it(mosquitto_house: House) -> None:
    house, box = mosquitto_house, mosquitto_house.boxes[0]
    until(
        "the box said what it can do",
        lambda: "restart" in str(house.ward.rows("SELECT capabilities FROM fleet_device")),
    )
    facilities = Facilities(house)

    facilities.ask("self_test")
    facilities.shows("Calibration: not calibrated. All else works.")

    box.press("play")
    until("music plays", lambda: box.state()["sounding"])
    title = str(box.state()["track"])
    facilities.ask("restart")
    facilities.shows("Music plays,")
    assert box.state()["playing"], "nothing was disturbed"

    facilities.ask("send_logs")
    facilities.shows("Open the log")
    (link,) = re.findall(rf"{facilities.address}log/\d+", facilities.get(facilities.address))[:1]
    lines = facilities.get(link)
    assert "link=up" in lines
    assert title not in lines

    started = len([kind for _, _, kind in house.ward.entries(box.device_id) if kind == "box_started"])
    facilities.ask("restart", why="It is to be replaced")
    facilities.shows("Back since")
    until(
        "it started again",
        lambda: [kind for _, _, kind in house.ward.entries(box.device_id)].count("box_started") > started,
    )
    assert "session_ended" in [kind for _, _, kind in house.ward.entries(box.device_id)]
    until("it is ready again", lambda: box.state()["ready"])
    assert not box.state()["playing"]
    audit = [row[0] for row in house.ward.rows("SELECT verb FROM audit_row ORDER BY number")]
    assert audit.count("restarted") == 2
    assert audit.count("box_answered") == 4
