"""The excerpt of the technical log: bounded, newest last, and without anything of a stay."""

import logging

import pytest

from device.technical_log import MOST_BYTES, MOST_LINES, TechnicalLog, excerpt


def test_private_words_hashes_and_entries_are_taken_out() -> None:
    kept = [
        "A link=up broker=ward:1883",
        f"B playable=no track={'a1' * 32} reason=Slow Tide is short, calm",
        "C log=given_up seq=4 entry='{\"score\": 7}'",
        "D the calmest stay-1",
    ]
    assert excerpt(kept, {"Slow Tide", "Tide", "calm", "stay-1", ""}) == (
        "A link=up broker=ward:1883",
        "B playable=no track=… reason=… is short, …",
        "C log=given_up seq=4",
        "D the calmest …",
    )


def test_the_newest_lines_that_have_room_are_sent() -> None:
    found = excerpt([f"{number} {'x' * 190}" for number in range(300)], set())
    assert sum(len(line) for line in found) <= MOST_BYTES
    assert found[-1].startswith("299 ")
    assert len(excerpt([str(number) for number in range(300)], set())) == MOST_LINES


def test_only_our_own_loggers_are_kept_and_an_exception_by_its_kind() -> None:
    log = TechnicalLog()
    log.start()
    try:
        logging.getLogger("paho").warning("secret of a library")
        try:
            int("Slow Tide")
        except ValueError:
            logging.getLogger("device.link").exception("link=unexpected")
        (line,) = log.lines(set())
    finally:
        log.close()
    assert line.endswith("ERROR link=unexpected (ValueError)")
    logging.getLogger("device.link").warning("after")
    assert len(log.lines(set())) == 1


@pytest.mark.parametrize("text", ["\x1b[2Jred", "two\nlines", "z" * 900])
def test_a_line_is_one_line_of_plain_letters(text: str) -> None:
    (line,) = excerpt([text], set())
    assert line.isprintable()
    assert len(line) <= 200
