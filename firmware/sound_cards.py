"""The machine's sound cards as the kernel names them, and the one to play on where nobody named one. Opens nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ASOUND = Path("/proc/asound")

_LINE = re.compile(r"^\s*(?P<number>\d{1,4}) \[(?P<name>[^\]]*)\]: (?P<driver>\S+) - (?P<title>.*)$", re.MULTILINE)
_OF_A_DEVICE = re.compile(r"(?:CARD=|^(?:plug)?hw:(?!CARD=))(?P<card>[A-Za-z0-9_-]+)")


@dataclass(frozen=True, slots=True)
class SoundCard:
    """One card. `name`: ALSA's, the same at each start, as `system:NAME` takes it; the number is not."""

    number: int
    name: str
    title: str
    plays: bool

    @property
    def is_hdmi(self) -> bool:
        """Whether it sounds in a screen, if there is one; it opens and takes sound without one too."""
        return "hdmi" in f"{self.name} {self.title}".lower()

    def __str__(self) -> str:
        return f"{self.name} ({self.title})"


def sound_cards(asound: Path = ASOUND) -> tuple[SoundCard, ...]:
    """All cards; none where the kernel has no sound."""
    try:
        text = (asound / "cards").read_text(errors="replace")
    except OSError:
        return ()
    return tuple(
        SoundCard(
            int(found["number"]),
            found["name"].strip(),
            found["title"].strip(),
            any((asound / f"card{found['number']}").glob("pcm*p")),
        )
        for found in _LINE.finditer(text)
    )


def card_for_all(cards: Iterable[SoundCard]) -> SoundCard | None:
    """The first card that plays and is no HDMI; None where there is none: HDMI is silent without a screen."""
    return next((card for card in cards if card.plays and not card.is_hdmi), None)


def card_named(target: str, cards: Iterable[SoundCard]) -> SoundCard | None:
    """The card that a sink's target means: a card's name or number, or a whole ALSA device such as `plughw:CARD=X`."""
    found = _OF_A_DEVICE.search(target)
    wanted = found["card"] if found else target
    return next((card for card in cards if wanted in (card.name, str(card.number))), None)


def player_of(card: SoundCard, asound: Path = ASOUND) -> int | None:
    """The process or thread that plays on a card now; None where nobody does."""
    for status in sorted((asound / f"card{card.number}").glob("pcm*p/sub*/status")):
        try:
            found = re.search(r"^owner_pid\s*:\s*(\d{1,9})", status.read_text(errors="replace"), re.MULTILINE)
        except OSError:
            continue
        if found:
            return int(found[1])
    return None
