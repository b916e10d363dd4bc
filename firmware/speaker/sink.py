"""Where the sound goes, as the command line says it; opens nothing and knows no pygame."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from firmware.sound_cards import card_for_all, sound_cards
from firmware.speaker import environment
from firmware.speaker.errors import DeviceError, SinkError

_CARD_NAME = re.compile(r"[A-Za-z0-9_-]+")
_EXPECTED = 'say "disk:FILE", "silent", "system" or "system:CARD"'


class SinkKind(StrEnum):
    """The kinds of sink; the words of the command line."""

    DISK = "disk"
    SILENT = "silent"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Sink:
    """One sound device. `target` is the file of a disk sink or the card of a system sink, else empty."""

    kind: SinkKind
    target: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.target}" if self.target else str(self.kind)

    @property
    def variables(self) -> dict[str, str]:
        """What SDL and ALSA must find in the environment to open this sink and no other.

        To be asked before each opening: cards come and go. Raises DeviceError where no card may be chosen.
        """
        match self.kind:
            case SinkKind.DISK:
                return {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": self.target}
            case SinkKind.SILENT:
                return {"SDL_AUDIODRIVER": "dummy"}
            case SinkKind.SYSTEM:
                device = self._alsa_device if self.target else _systems_own()
                return {"SDL_AUDIODRIVER": "alsa", "AUDIODEV": device} if device else {}

    @property
    def _alsa_device(self) -> str:
        # A name, not a number: the order of cards changes from boot to boot.
        return self.target if ":" in self.target else _by_name(self.target)


def _by_name(card: str) -> str:
    return f"plughw:CARD={card}"


def _systems_own() -> str:
    """The ALSA device of `system`; empty where someone else chooses: a sound server, the caller's environment or SDL.

    ALSA's own default is card 0, which may be an HDMI without a screen: it takes all sound, and nobody hears any.
    """
    if environment.chooses_itself() or not (cards := sound_cards()):
        return ""
    card = card_for_all(cards)
    if card is None:
        names = ", ".join(str(card) for card in cards)
        raise DeviceError(
            f'nothing but HDMI can play here ({names}), which is silent without a screen: write output = "system:CARD"'
        )
    return _by_name(card.name)


def parse_sink(text: str) -> Sink:
    """Read `disk:FILE`, `silent`, `system` or `system:CARD`.

    CARD is an ALSA card's name ("Headphones") or a whole ALSA device ("plughw:CARD=Headphones").
    Raises SinkError with one line that says what would have been right.
    """
    word, colon, target = text.partition(":")
    match word:
        case "disk":
            return Sink(SinkKind.DISK, _checked_file(target))
        case "silent" if not colon:
            return Sink(SinkKind.SILENT)
        case "system" if not colon:
            return Sink(SinkKind.SYSTEM)
        case "system":
            return Sink(SinkKind.SYSTEM, _checked_card(target))
        case _:
            raise SinkError(f"unknown sink {text!r}: {_EXPECTED}")


def _checked_file(target: str) -> str:
    if not target:
        raise SinkError(f"the disk sink needs a file: {_EXPECTED}")
    if Path(target).is_dir():
        raise SinkError(f"the disk sink {target!r} is a folder: name a file in it")
    if not Path(target).absolute().parent.is_dir():
        raise SinkError(f"the disk sink's folder {str(Path(target).parent)!r} does not exist: create it first")
    return target


def _checked_card(target: str) -> str:
    if not target or (":" not in target and not _CARD_NAME.fullmatch(target)):
        raise SinkError(f"{target!r} is no sound card's name: `aplay -L` lists them (system:CARD)")
    return target
