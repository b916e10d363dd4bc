"""The page between player and bedside process."""

import os

from firmware.speaker.heartbeat import Heartbeat
from firmware.speaker.heartbeat_page import HeartbeatPage


def test_what_one_side_writes_the_other_reads() -> None:
    ours = HeartbeatPage.make()
    theirs = HeartbeatPage(os.dup(ours.handle))
    assert ours.read().at == 0.0  # nobody has written: older than any deadline
    for heartbeat in (
        Heartbeat(12.5, 7, 31.25, 48.0, 2, 1, 3, 0.5, 0.25, 15.0, 9),
        Heartbeat(13.0, None, late_rewrites=2, underruns=4),
    ):
        theirs.write(heartbeat)
        assert ours.read() == heartbeat
    ours.close()
    theirs.close()
