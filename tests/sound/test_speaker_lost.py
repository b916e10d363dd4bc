"""A sound device that is not there, goes, or comes back: told, tried for ever, never a hang."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware.speaker import (
    DeviceError,
    Failed,
    LevelError,
    Lost,
    OutputProfile,
    Ready,
    Report,
    Sink,
    Speaker,
    Started,
    commands,
    parse_sink,
)
from firmware.speaker.channel import Channel, pair
from firmware.speaker.commands import Command, Hello, Opening, Silent, Stopped, Stuck, Word
from firmware.speaker.errors import DeviceStuckError
from firmware.speaker.heartbeat import Heartbeat
from firmware.speaker.heartbeat_page import HeartbeatPage
from firmware.speaker.player.output import Output
from firmware.speaker.player.player import Player
from firmware.speaker.player.ring import PERIOD
from tests.sound.pipe_sink import CardSink, alsa_card
from tests.sound.speaker_bench import PROFILE, DiskBench, HandDevice, first_sound, tone, write_flac

OPEN = commands.Open("silent", 78.0, 65.0, 60.0, mono=False, presence=False)


@pytest.fixture
def track(tmp_path: Path) -> Path:
    """A track of 2 s."""
    return write_flac(tmp_path / "track.flac", tone(2.0))


class Lab:
    """A player whose turns, clock and device are moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.devices: list[HandDevice | str] = []
        self.tried_at: list[float] = []
        self.opens: Callable[[Sink], Output] = self._next_device
        ours, theirs = pair()
        self._channel = Channel[Word](ours, Word)
        self._theirs = Channel[Command](theirs, Command)
        self._heartbeat_page = HeartbeatPage.make()
        self._player = Player(self._theirs, self._heartbeat_page, clock=lambda: self.now, open_output=self._open)

    def _open(self, sink: Sink) -> Output:
        return self.opens(sink)

    def _next_device(self, _sink: Sink) -> Output:
        self.tried_at.append(self.now)
        device = self.devices.pop(0)
        if isinstance(device, str):
            raise DeviceError(device)
        return device

    def asks(self, *asked: Command) -> list[Word]:
        """Ask it, let it take a turn, and hear what it reports."""
        for command in asked:
            self._channel.send(command)
        self._player.turn(0.0)
        return [word for word in self._channel.messages() if not isinstance(word, Hello | Opening)]

    @property
    def is_stuck(self) -> bool:
        """Whether its device hangs."""
        return self._player.is_stuck

    @property
    def heartbeat(self) -> Heartbeat:
        """Its newest."""
        return self._heartbeat_page.read()

    def waits(self, seconds: float) -> list[Word]:
        """Time passes."""
        self.now += seconds
        return self.asks()

    def close(self) -> None:
        """Hang up."""
        self._channel.close()
        self._theirs.close()
        self._heartbeat_page.close()


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab, closed at the end."""
    lab = Lab()
    yield lab
    lab.close()


def play(play_id: int, path: Path) -> commands.Play:
    """Play from the beginning."""
    return commands.Play(play_id, str(path), 0.0, 50.0, 0.0, 0.06, 0.0, in_fade=False)


def test_a_missing_device_is_tried_ever_more_slowly_and_every_play_fails(lab: Lab, track: Path) -> None:
    lab.devices = ["no such card"] * 14
    assert lab.asks(OPEN) == [Lost("no such card")]
    for _ in range(4 * 40):
        reports = lab.waits(0.25) + lab.asks(play(1, track))
        assert Failed(1, "no sound card: no such card") in reports
    assert [at - 100.0 for at in lab.tried_at] == [0.0, 0.5, 1.5, *(3.5 + 4.0 * n for n in range(10))]


def test_a_device_that_comes_back_is_told_and_plays(lab: Lab, track: Path) -> None:
    lab.devices = ["no such card", "no such card", HandDevice()]
    assert lab.asks(OPEN) == [Lost("no such card")]
    assert lab.waits(0.5) == [Lost("no such card")]
    assert lab.waits(1.0) == [Ready()]
    assert lab.asks(play(5, track)) == [Started(5)]


def test_a_device_that_goes_is_closed_told_and_opened_again(lab: Lab, track: Path) -> None:
    first = HandDevice()
    lab.devices = [first, "no such card", HandDevice()]
    lab.asks(OPEN)
    assert lab.asks(play(5, track)) == [Started(5)]
    first.why_gone = "the sound device was removed"
    assert Lost("the sound device was removed") in lab.waits(1.0)
    assert first.closed
    assert lab.waits(0.5) == [Lost("no such card")]
    assert lab.waits(1.0) == [Ready()]


def test_a_device_that_takes_no_more_sound_is_stuck_and_whatever_it_takes_then_is_silence(
    lab: Lab, track: Path
) -> None:
    device = HandDevice()
    lab.devices = [device]
    lab.asks(OPEN)
    lab.asks(play(5, track))
    device.take(20)
    assert lab.waits(0.5) == []
    device.stands_s = 0.75
    assert lab.waits(0.25) == []
    device.stands_s = 0.85
    assert lab.waits(0.11) == [Stuck("the sound device takes no more sound")]
    assert lab.is_stuck
    assert not device.closed  # that would wait for ever
    device.forget()
    device.take(300)
    assert not device.heard.any()
    assert lab.asks(commands.Stop(3, 0.15)) == [Stopped(3), Silent(3)]


def test_a_device_that_is_late_once_is_not_stuck(lab: Lab, track: Path) -> None:
    device = HandDevice()
    lab.devices = [device]
    lab.asks(OPEN)
    lab.asks(play(5, track))
    for stands_s in (0.75, 0.0, 0.75, 0.0):  # the whole machine stood still: the device goes on at once
        device.stands_s = stands_s
        assert lab.waits(0.3) == []
    assert not lab.is_stuck


def test_a_device_that_opens_and_hangs_is_stuck_too(lab: Lab) -> None:
    def hangs(_sink: Sink) -> Output:
        raise DeviceStuckError("opens but takes no sound")

    lab.opens = hangs
    assert lab.asks(OPEN) == [Stuck("opens but takes no sound")]
    assert lab.is_stuck


def test_a_stop_is_told_as_silence_only_when_the_device_has_taken_silence(lab: Lab, track: Path) -> None:
    device = HandDevice()
    lab.devices = [device]
    lab.asks(OPEN)
    lab.asks(play(5, track))
    device.take(20)
    assert Stopped(3) in lab.asks(commands.Stop(3, 0.15))
    device.forget()
    told: list[Word] = []
    while not told:
        device.take()
        told = lab.waits(0.03)
    assert told == [Silent(3)]
    assert device.heard[: 48_000 // 20].any()
    assert not device.heard[-PERIOD:].any()


def test_underruns_are_counted_over_all_devices(lab: Lab) -> None:
    first, second = HandDevice(), HandDevice()
    lab.devices = [first, second]
    lab.asks(OPEN)
    first.underruns, first.why_gone = 3, "gone"
    lab.waits(1.0)
    lab.waits(0.5)
    second.underruns = 2
    lab.waits(0.5)
    assert lab.heartbeat.underruns == 5


def test_a_device_that_opens_and_goes_at_once_is_no_better_than_none(lab: Lab) -> None:
    broken = [HandDevice() for _ in range(4)]
    for device in broken:
        device.why_gone = "gone again"
    lab.devices = list(broken)
    lab.asks(OPEN)
    for _ in range(4 * 20):
        lab.waits(0.25)
        if not lab.devices:
            break
    gaps = [later - sooner for sooner, later in zip(lab.tried_at, lab.tried_at[1:], strict=False)]
    assert gaps == sorted(gaps)
    assert gaps[-1] > gaps[0]


def test_the_newest_cap_holds_on_a_device_that_comes_back(lab: Lab, tmp_path: Path) -> None:
    loud = write_flac(tmp_path / "loud.flac", tone(2.0, peak=0.9))
    device = HandDevice()
    lab.devices = ["no such card", device]
    lab.asks(OPEN, commands.SetCap(40.0))
    lab.waits(0.5)
    lab.asks(play(1, loud))
    device.take(4)
    assert 0 < int(device.heard[2048:].max()) < 32767 * 10 ** ((40 - 78) / 20)


def test_a_listener_that_raises_does_not_end_the_speaker(tmp_path: Path, track: Path) -> None:
    bench = DiskBench(tmp_path / "out.raw")
    bench.speaker.close()
    keep = bench.reports.put

    def listen(report: Report) -> None:
        keep(report)
        raise RuntimeError("listener's own mistake")

    bench.speaker = Speaker(parse_sink(f"disk:{bench.file}"), listen, PROFILE)
    bench.speaker.start()
    assert bench.report() == Ready()
    for play_id in (1, 2):
        bench.play(play_id, track)
        assert bench.report() == Started(play_id)
    bench.speaker.close()


def test_numbers_that_are_none_are_refused_at_the_door(track: Path) -> None:
    speaker = Speaker(parse_sink("silent"), print, PROFILE)
    calls: list[Callable[[], object]] = [
        lambda: speaker.set_level(float("nan")),
        lambda: speaker.fade(float("inf")),
        lambda: speaker.stop(float("nan")),
        lambda: speaker.play(1, track, start_s=0.0, level_dba=float("nan"), rise_s=0.0),
        lambda: speaker.cue(1, track, crossfade_s=float("inf")),
        lambda: speaker.set_cap(float("nan")),
        lambda: Speaker(parse_sink("silent"), print, OutputProfile(float("inf"))),
    ]
    for call in calls:
        with pytest.raises(LevelError, match="must be a finite number"):
            call()
    speaker.close()


def test_a_real_sink_that_breaks_is_noticed_and_plays_again_when_it_is_whole(tmp_path: Path, track: Path) -> None:
    link = tmp_path / "out.raw"
    link.symlink_to("/dev/full")
    bench = DiskBench(link)
    bench.speaker.start()
    assert bench.report() == Ready()
    assert bench.report() == Lost("the sound device was removed")
    link.unlink()
    link.symlink_to(tmp_path / "whole.raw")
    assert bench.report() == Ready()
    bench.run(2048)
    played_at = bench.play(7, track)
    assert bench.report() == Started(7)
    bench.run(9600)
    bench.speaker.close()
    assert first_sound(bench.pcm(), played_at) - played_at <= 4800


def test_a_card_that_does_not_open_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ "No such device" alone sent nobody to the name in device.toml."""
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "none"))
    bench = DiskBench(tmp_path / "out.raw", parse_sink("system:Nosuch"))
    bench.speaker.start()
    lost = bench.report()
    assert isinstance(lost, Lost)
    assert lost.reason.startswith("system:Nosuch does not open (")
    bench.speaker.close()


def test_a_card_that_alsa_does_not_know_and_then_does_is_opened_without_a_restart(
    tmp_path: Path, track: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = tmp_path / "asound.conf"
    cards.write_text("# no card yet\n")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(cards))
    sink = CardSink(tmp_path / "sink")
    bench = DiskBench(sink.path, parse_sink("system:bedside:X=1"))
    bench.speaker.start()
    lost = bench.report()
    assert isinstance(lost, Lost)
    assert "Couldn't open audio device" in lost.reason
    bench.play(3, track)
    assert bench.failure() == Failed(3, f"no sound card: {lost.reason}")
    alsa_card(tmp_path, sink.path)
    assert bench.report() == Ready()
    assert bench.speaker.counts.restarts == 0
    bench.speaker.close()
    sink.close()


def test_a_card_without_a_clock_is_never_said_to_be_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards = alsa_card(tmp_path, tmp_path / "sink")
    cards.write_text('pcm.bedside {\n@args [ X ]\n@args.X { type string default "1" }\ntype null\n}\n')
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(cards))
    bench = DiskBench(tmp_path / "none", parse_sink("system:bedside:X=1"))
    bench.speaker.start()
    assert bench.report() == Lost("the sound device has no clock: it takes sound as fast as it comes")
    for play_id in (1, 2):
        bench.play(play_id, tmp_path / "any.flac")
        assert bench.failure().reason.startswith("no sound card: the sound device has no clock")
    bench.speaker.close()
