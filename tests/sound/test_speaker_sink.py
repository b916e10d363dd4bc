"""Sinks as the command line says them, the environment they need, and what the kernel says of a card."""

import os
from pathlib import Path

import pytest

from firmware.speaker import Sink, SinkError, SinkKind, SoundError, environment, parse_sink
from firmware.speaker.player.cards import Substream, audio_thread_waits


def test_every_kind_of_sink_is_read(tmp_path: Path) -> None:
    assert parse_sink("silent") == Sink(SinkKind.SILENT)
    assert parse_sink("system") == Sink(SinkKind.SYSTEM)
    assert parse_sink("system:Headphones") == Sink(SinkKind.SYSTEM, "Headphones")
    assert parse_sink(f"disk:{tmp_path}/a:b.raw") == Sink(SinkKind.DISK, f"{tmp_path}/a:b.raw")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "unknown sink '': say \"disk:FILE\""),
        ("loud", "unknown sink 'loud'"),
        ("silent:x", "unknown sink 'silent:x'"),
        ("disk:", "needs a file"),
        ("disk:/", "is a folder"),
        ("disk:/no/such/folder/out.raw", "'/no/such/folder' does not exist"),
        ("system:", "aplay -L"),
        ("system:two words", "aplay -L"),
    ],
)
def test_a_wrong_sink_is_refused_in_one_line_that_helps(text: str, says: str) -> None:
    with pytest.raises(SinkError) as refused:
        parse_sink(text)
    assert isinstance(refused.value, SoundError)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_card_is_opened_by_name_and_a_whole_device_as_it_stands() -> None:
    assert parse_sink("system:Headphones").variables["AUDIODEV"] == "plughw:CARD=Headphones"
    assert parse_sink("system:hw:CARD=X,DEV=1").variables["AUDIODEV"] == "hw:CARD=X,DEV=1"
    assert parse_sink("system").variables == {}


def test_one_sink_leaves_nothing_in_the_environment_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SDL_AUDIODRIVER", "SDL_DISKAUDIOFILE", "AUDIODEV", "SDL_VIDEODRIVER", "SDL_NO_SIGNAL_HANDLERS"):
        monkeypatch.setenv(name, "")
    environment.prepare(parse_sink(f"disk:{tmp_path}/out.raw").variables)
    assert os.environ["SDL_DISKAUDIOFILE"] == f"{tmp_path}/out.raw"
    environment.prepare(parse_sink("silent").variables)
    assert "SDL_DISKAUDIOFILE" not in os.environ
    assert os.environ["SDL_AUDIODRIVER"] == "dummy"
    assert os.environ["SDL_NO_SIGNAL_HANDLERS"] == "1"


RUNNING = "state: RUNNING\nowner_pid   : 4711\ntrigger_time: 1.0\n"


@pytest.fixture
def status(tmp_path: Path) -> Path:
    """A status file as the kernel writes it, its owner one of our threads."""
    file = tmp_path / "asound/card1/pcm0p/sub0/status"
    file.parent.mkdir(parents=True)
    file.write_text(RUNNING)
    (tmp_path / "self/task/4711").mkdir(parents=True)
    return file


def test_our_substream_is_the_one_that_a_thread_of_ours_owns(tmp_path: Path, status: Path) -> None:
    assert Substream.of_this_process(tmp_path) == Substream(status, "4711")
    status.write_text(RUNNING.replace("4711", "1"))
    assert Substream.of_this_process(tmp_path) is None


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (RUNNING, None),
        (RUNNING.replace("RUNNING", "XRUN"), None),
        (RUNNING.replace("RUNNING", "DISCONNECTED"), "the sound card card1 was pulled"),
        ("closed\n", "the sound card card1 was taken away"),
        (None, "the sound card card1 is gone"),
    ],
)
def test_a_card_that_goes_is_noticed(status: Path, content: str | None, fault: str | None) -> None:
    substream = Substream(status, "4711")
    if content is None:
        status.unlink()
    else:
        status.write_text(content)
    assert substream.fault() == fault


def test_a_card_that_was_started_again_after_an_underrun_says_so(status: Path) -> None:
    substream = Substream(status, "4711")
    began = substream.runs_since()
    assert began == "1.0"
    assert substream.runs_since() == began
    status.write_text(RUNNING.replace("trigger_time: 1.0", "trigger_time: 7.25"))
    assert substream.runs_since() == "7.25"
    status.unlink()
    assert substream.runs_since() == ""


def test_a_card_that_is_written_by_calls_is_told_from_one_in_shared_memory(status: Path) -> None:
    """snd_pcm_rate and its kind write the card's memory, and wait by poll."""
    substream = Substream(status, "4711")
    assert not substream.is_written_by_calls
    parameters = status.with_name("hw_params")
    parameters.write_text("access: RW_INTERLEAVED\nformat: S16_LE\nperiod_size: 1024\n")
    assert substream.is_written_by_calls
    parameters.write_text("access: MMAP_INTERLEAVED\nformat: S16_LE\n")
    assert not substream.is_written_by_calls


def test_a_usb_card_is_told_from_one_that_cannot_be_pulled(status: Path) -> None:
    substream = Substream(status, "4711")
    assert not substream.is_usb
    (status.parents[2] / "usbid").write_text("0d8c:0014\n")
    assert substream.is_usb


def test_only_the_open_card_itself_is_asked_to_run_dry(tmp_path: Path, status: Path) -> None:
    """What the kernel does then is seen on the virtual Pi (tests/pi/test_service.py)."""
    substream = Substream(status, "4711")
    assert substream.device == "/dev/snd/pcmC1D0p"
    handles = tmp_path / "self/fd"
    handles.mkdir()
    (handles / "90001").symlink_to("/dev/snd/pcmC0D0p")  # another card; there is no such handle
    assert not substream.run_dry(tmp_path)
    with Path(os.devnull).open() as nothing:
        (handles / str(nothing.fileno())).symlink_to(substream.device)  # a device that does not run
        assert not substream.run_dry(tmp_path)


@pytest.mark.parametrize(("state", "waits"), [("R", True), ("S", False), ("D", False)])
def test_an_audio_thread_that_waits_for_a_processor_is_told_from_one_that_waits_for_its_card(
    tmp_path: Path, state: str, waits: bool
) -> None:
    for number, name in ((1, "python"), (2, "SDLAudioP2")):
        task = tmp_path / f"self/task/{number}"
        task.mkdir(parents=True)
        (task / "comm").write_text(f"{name}\n")
        (task / "stat").write_text(f"{number} ({name}) {state if number == 2 else 'R'} 1 1 0\n")
    assert audio_thread_waits(tmp_path) is waits
