"""The card's own volume, which lies behind the box's cap: saved with the calibration and restored when it changes.

`amixer` is a script of the test's own, run as a real process, whose card is a folder.
"""

from pathlib import Path

import pytest

from device import card_volume
from device.card_volume import CardVolume
from firmware.card_controls import ControlsError, controls_of, restore
from firmware.sound_cards import SoundCard
from firmware.speaker import parse_sink
from tests.end_to_end.processes import until

PCM = "iface=MIXER,name='PCM Playback Volume'"
SWITCH = "iface=MIXER,name='PCM Playback Switch',index=1"
CARD = SoundCard(1, "Headphones", "bcm2835 Headphones", plays=True)
AMIXER = """#!/bin/sh
# amixer -c CARD contents | cset ID VALUES
cd '{folder}' || exit 1
echo "$3" >> asked
[ -e hangs ] && exec sleep 60
[ "$2" = Headphones ] || {{ echo "Invalid card number." >&2; exit 1; }}
case "$3" in
contents)
    printf "numid=1,iface=MIXER,name='PCM Playback Volume'\\n"
    printf "  ; type=INTEGER,access=rw---R--,values=1,min=-10239,max=400,step=0\\n  : values=%s\\n" "$(cat volume)"
    printf "  | dBscale-min=-102.39dB,step=0.01dB,mute=1\\n"
    printf "numid=2,iface=MIXER,name='PCM Playback Switch',index=1\\n"
    printf "  ; type=BOOLEAN,access=rw------,values=1\\n  : values=on\\n"
    printf "numid=3,iface=MIXER,name='PCM Playback Route'\\n"
    printf "  ; type=ENUMERATED,access=r-------,values=1,items=2\\n  ; Item #0 'Auto'\\n  : values=0\\n"
    printf "numid=4,iface=MIXER,name='Mic Capture Volume'\\n"
    printf "  ; type=INTEGER,access=rw------,values=2,min=0,max=9,step=0\\n  : values=1,1\\n"
    printf "numid=5,iface=PCM,name='Playback Channel Map'\\n"
    printf "  ; type=INTEGER,access=rw------,values=1,min=0,max=36,step=0\\n  : values=0\\n" ;;
cset) [ -e stubborn ] || echo "$5" > volume ;;
esac
"""


class Card:
    """What the script's card holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.volume = "-2000"

    @property
    def volume(self) -> str:
        return (self._folder / "volume").read_text().strip()

    @volume.setter
    def volume(self, value: str) -> None:
        (self._folder / "volume").write_text(value)

    def is_now(self, what: str) -> None:
        (self._folder / what).touch()

    @property
    def asked(self) -> list[str]:
        return (self._folder / "asked").read_text().split()


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    folder = tmp_path / "card"
    folder.mkdir()
    amixer = tmp_path / "bin" / "amixer"
    amixer.parent.mkdir()
    amixer.write_text(AMIXER.format(folder=folder))
    amixer.chmod(0o755)
    monkeypatch.setenv("PATH", f"{amixer.parent}:/usr/bin:/bin")
    monkeypatch.setattr(card_volume, "card_of", lambda sink: CARD if sink.target == CARD.name else None)
    return Card(folder)


def test_all_that_makes_it_louder_is_read_and_nothing_else(card: Card) -> None:
    assert controls_of("Headphones") == {PCM: "-2000", SWITCH: "on"}


def test_what_moved_is_set_back(card: Card) -> None:
    before = controls_of("Headphones")
    card.volume = "400"
    assert restore("Headphones", before) == (PCM,)
    assert card.volume == "-2000"
    assert restore("Headphones", before) == ()


def test_a_control_that_does_not_go_back_is_told(card: Card) -> None:
    before = controls_of("Headphones")
    card.volume = "400"
    card.is_now("stubborn")
    with pytest.raises(ControlsError, match="Headphones does not take back iface=MIXER,name='PCM Playback Volume'"):
        restore("Headphones", before)


def test_a_card_that_amixer_does_not_know_is_one_line(card: Card) -> None:
    with pytest.raises(ControlsError, match=r"^Nosuch refuses `amixer contents` \(Invalid card number\.\)$"):
        controls_of("Nosuch")


def test_without_amixer_the_package_is_named(card: Card, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ControlsError, match=r"^no amixer here: apt install alsa-utils$"):
        controls_of("Headphones")


def test_a_lost_asound_state_is_set_back_when_the_card_opens(card: Card, tmp_path: Path) -> None:
    """The cap is worth nothing when the card gives 24 dB more than it was measured with."""
    sink = parse_sink("system:Headphones")
    assert card_volume.keep(tmp_path, sink) == "2 volume controls of Headphones (bcm2835 Headphones) saved with it."
    card.volume = "400"
    assert card_volume.fault(tmp_path, sink) == f"changed since: {PCM}; the service restores them"
    volume = CardVolume(tmp_path, sink)
    volume.start()
    volume.card_opened()
    until("the volume is as it was measured", lambda: card.volume == "-2000")
    volume.close()
    assert volume.holds
    assert card_volume.fault(tmp_path, sink) == ""


def test_a_card_that_was_not_measured_with_makes_the_number_doubtful(card: Card, tmp_path: Path) -> None:
    sink = parse_sink("system:Headphones")
    volume = CardVolume(tmp_path, sink)
    volume.look()
    assert not volume.holds
    assert "were not saved with it: measure again" in card_volume.fault(tmp_path, sink)
    card_volume.keep(tmp_path, sink)
    volume.look()
    assert volume.holds
    file = tmp_path / card_volume.FILE_NAME
    file.write_text(file.read_text().replace("Headphones", "Other"))
    assert "it was made with the card Other, but the box now plays on Headphones" in card_volume.fault(tmp_path, sink)
    for broken in ("", "[]", '{"card": "Headphones"}', "\0" * 10, "[" * 100_000):
        file.write_text(broken)
        assert card_volume.kept(tmp_path) is None


def test_a_stubborn_card_makes_the_number_doubtful_and_ends_nothing(card: Card, tmp_path: Path) -> None:
    sink = parse_sink("system:Headphones")
    card_volume.keep(tmp_path, sink)
    card.volume = "400"
    card.is_now("stubborn")
    volume = CardVolume(tmp_path, sink)
    volume.look()
    assert not volume.holds


def test_an_amixer_that_hangs_keeps_nobody_waiting(card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.card_controls.WITHIN_S", 0.5)
    sink = parse_sink("system:Headphones")
    card_volume.keep(tmp_path, sink)
    card.is_now("hangs")
    volume = CardVolume(tmp_path, sink)
    volume.start()
    volume.card_opened()
    until("amixer is asked", lambda: len(card.asked) == 2)
    until("it is given up", lambda: not volume.holds)
    volume.close()


def test_a_sink_that_is_no_card_has_no_controls(card: Card, tmp_path: Path) -> None:
    sink = parse_sink("silent")
    assert card_volume.fault(tmp_path, sink) == ""
    assert card_volume.keep(tmp_path, sink) == "No sound card on this machine: no volume controls saved."
    assert not (tmp_path / card_volume.FILE_NAME).exists()
