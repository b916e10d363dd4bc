"""The service as the system sees it: how it ends, what it takes, and that it needs no network."""

import pytest

from tests.pi.box import Box
from tests.pi.figures import Figures
from tests.pi.hands import PLAY, UNMUTE

pytestmark = pytest.mark.pi
WAKE_UPS_AT_MOST = 150.0


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
    idle = box.wake_ups_per_s(20)
    box.listen(silence_ms=4)
    figures.note("wake-ups idle", f"{sum(idle.values()):.0f}/s ({_most(idle)})")
    pss = box.pss_mb()
    figures.note("memory (PSS)", f"{sum(pss):.0f} MB ({' + '.join(f'{one:.0f}' for one in pss)})")
    box.press(PLAY, 30)
    playing = box.wake_ups_per_s(10)
    figures.note("wake-ups playing", f"{sum(playing.values()):.0f}/s ({_most(playing)})")
    gaps = sum(not heard.is_sound for heard in box.heard())
    figures.note("gaps of over 4 ms in 40 s of music (a busy host makes some)", str(gaps))
    assert sum(idle.values()) < WAKE_UPS_AT_MOST


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
