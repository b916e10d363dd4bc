"""The self-test that the ward asks for: a result for each part, and nothing raised."""

from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from device.check.in_service import CODES, SelfTester, results
from device.config.settings import default_settings
from device.rules.events import Event, SelfTested
from messages import Code, Part, PartResult


def test_each_part_has_a_result_and_what_the_service_lost_has_its_code(tmp_path: Path) -> None:
    found = {one.part: one for one in results(default_settings(tmp_path), frozenset({Part.SOUND}), on_board=False)}
    assert set(found) == set(CODES)
    assert found["sound"] == PartResult(part="sound", well=False, code=Code.NO_SOUND)
    assert found["screen"] == PartResult(part="screen", well=True)
    assert found["level"].code == Code.NOT_CALIBRATED


def test_a_card_that_is_not_there_is_found(tmp_path: Path) -> None:
    made = default_settings(tmp_path)
    settings = replace(made, box=replace(made.box, data=tmp_path / "gone"))
    (card,) = (one for one in results(settings, frozenset(), on_board=False) if one.part == "disk")
    assert card.code == Code.CARD_TROUBLE


def test_on_a_board_the_kernel_is_asked_and_nothing_raises_where_there_is_none(tmp_path: Path) -> None:
    found = {one.part: one for one in results(default_settings(tmp_path), frozenset(), on_board=True)}
    assert not found["controls"].well
    assert not found["screen"].well


def test_the_tester_answers_with_the_command_that_asked(tmp_path: Path) -> None:
    inbox: SimpleQueue[Event] = SimpleQueue()
    SelfTester(default_settings(tmp_path), on_board=False, put=inbox.put).run("c1", frozenset())
    told = inbox.get(timeout=20.0)
    assert isinstance(told, SelfTested)
    assert told.command_id == "c1"
