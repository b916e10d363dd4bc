"""The service as the system sees it: how it ends, what it takes, and that it needs no network."""

import pytest

from tests.pi.box import Box
from tests.pi.figures import Figures
from tests.pi.hands import PLAY, UNMUTE

pytestmark = pytest.mark.pi
WAKE_UPS_AT_MOST = 150.0
SESSION_S = 20 * 60  # a session ends by itself after 24 min


@pytest.mark.quick
@pytest.mark.parametrize("playing", [False, True])
def test_sigterm_ends_it_dark_and_silent_with_code_0(box: Box, playing: bool) -> None:
    box.guest.sleep(4)
    if playing:
        box.press(PLAY, 2)
    assert box.stop() == "exited 0", box.said()
    assert "Traceback" not in box.said()
    assert box.level(UNMUTE) == 0
    assert box.chip("on") == 0, "the display is dark"
    assert box.guest.tries("pgrep -u nightingale")[1] == "", "no process is left"


def test_kill_9_is_silence_and_the_next_start_plays(stopped_box: Box) -> None:
    stopped_box.start(properties=["KillMode=process"])  # the system must not end the player for us
    stopped_box.listen()
    stopped_box.press(PLAY, 2)
    stopped_box.guest.run(f"kill -9 {stopped_box.pid}; sleep 1")
    assert [heard.is_sound for heard in stopped_box.heard()] == [True, False]
    assert stopped_box.guest.tries("pgrep -u nightingale")[1] == "", "no player is left"
    assert stopped_box.level(UNMUTE) == 0
    stopped_box.guest.run("systemctl stop nightingale")
    stopped_box.start()
    stopped_box.press(PLAY, 2)
    assert [heard.is_sound for heard in stopped_box.heard()] == [True, False, True]


def test_what_it_takes_while_idle_and_while_playing(box: Box, figures: Figures) -> None:
    by_day = box.wake_ups_per_s(20)  # nobody listens to the loopback: the card itself must not keep SDL awake
    figures.note("wake-ups idle by day", f"{sum(by_day.values()):.0f}/s ({_most(by_day)})")
    box.listen()
    pss = box.pss_mb()
    figures.note("memory (PSS)", f"{sum(pss):.0f} MB ({' + '.join(f'{one:.0f}' for one in pss)})")
    box.press(PLAY, 10)
    playing = box.wake_ups_per_s(10)
    figures.note("wake-ups playing", f"{sum(playing.values()):.0f}/s ({_most(playing)})")
    box.press(PLAY)
    box.guest.run("date -u -s '2026-12-01 03:00' > /dev/null; python3 /opt/board/board.py synchronised; sleep 30")
    assert box.chip("on") == 0, "by night it is dark"
    by_night = box.wake_ups_per_s(20)
    figures.note("wake-ups idle by night", f"{sum(by_night.values()):.0f}/s ({_most(by_night)})")
    assert max(sum(by_day.values()), sum(by_night.values())) < WAKE_UPS_AT_MOST


def test_music_plays_without_an_underrun(box: Box, figures: Figures, minutes: int) -> None:
    """By the kernel's word. A host that is late makes the whole machine stand still: those are counted apart."""
    box.watch_the_card()
    box.listen(silence_ms=4)
    pauses = -(-60 * minutes // SESSION_S) - 1
    for _ in range(pauses):
        box.press(PLAY, SESSION_S)
        box.press(PLAY, 2.0)
    box.press(PLAY, 60.0 * minutes - pauses * SESSION_S)
    watched = box.watched()
    gaps = sum(not heard.is_sound for heard in box.heard()) - pauses
    own = [at for at in watched.started if not any(-0.05 < at - late < 0.5 for late in watched.late)]
    figures.note(
        f"underruns in {minutes} min of music",
        f"{len(own)} of the box, {len(watched.started) - len(own)} of the {len(watched.late)} times when the host was "
        f"over 10 ms late; {gaps} gaps of over 4 ms heard",
    )
    assert own == []
    assert box.log().kinds()[-1] != "session_ended", "it plays on"


def test_without_any_network_it_plays_and_its_log_waits(stopped_box: Box) -> None:
    stopped_box.configure(more='\n[link]\nbrokers = ["broker.hospital.example:8883"]\n')
    stopped_box.start()
    stopped_box.listen()
    stopped_box.press(PLAY, 3)
    assert [heard.is_sound for heard in stopped_box.heard()] == [True]
    assert "session_started" in stopped_box.log().kinds()
    assert "Traceback" not in stopped_box.said()


def _most(wake_ups: dict[str, float]) -> str:
    most = sorted(wake_ups.items(), key=lambda item: -item[1])[:3]
    return ", ".join(f"{name} {rate:.0f}" for name, rate in most)
