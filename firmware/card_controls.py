"""The sound card's own volume controls, by ALSA's `amixer`: they lie behind our cap, and lift it when they move."""

import re
import subprocess
from collections.abc import Mapping

from firmware import FirmwareError

WITHIN_S = 5.0  # amixer takes milliseconds

_CONTROL = re.compile(
    r"^numid=\d+,(?P<id>iface=MIXER,name='[^'\n]*'(?:,index=\d+)?)\n"
    r"\s*; type=(?P<kind>\w+),access=(?P<access>\S{2})[^\n]*\n(?:\s*;[^\n]*\n)*\s*: values=(?P<values>\S*)$",
    re.MULTILINE,
)
_KINDS = {"INTEGER", "BOOLEAN", "ENUMERATED"}


class ControlsError(FirmwareError):
    """The card's controls cannot be read or set; one line."""


def controls_of(card: str) -> dict[str, str]:
    """Every writable playback control of a card, by the name that `amixer cset` takes, with its values.

    Raises ControlsError.
    """
    found = _CONTROL.finditer(_amixer(card, "contents"))
    return {
        control["id"]: control["values"]
        for control in found
        if control["access"] == "rw" and control["kind"] in _KINDS and "Capture" not in control["id"]
    }


def restore(card: str, kept: Mapping[str, str]) -> tuple[str, ...]:
    """Set back what differs; the names of what did. Raises ControlsError where one does not stay as it was kept."""
    moved = _differing(controls_of(card), kept)
    for name in moved:
        _amixer(card, "cset", name, kept[name])
    stubborn = _differing(controls_of(card), kept) if moved else ()
    if stubborn:
        raise ControlsError(f"{card} does not take back {', '.join(stubborn)}")
    return moved


def _differing(now: Mapping[str, str], kept: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name, values in kept.items() if now.get(name) != values)


def _amixer(card: str, *words: str) -> str:
    try:
        done = subprocess.run(
            ["amixer", "-c", card, *words],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=WITHIN_S,
            check=True,
        )
    except FileNotFoundError:
        raise ControlsError("no amixer here: apt install alsa-utils") from None
    except subprocess.TimeoutExpired:
        raise ControlsError(f"amixer does not come back from {card}") from None
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.split()) or f"exit code {error.returncode}"
        raise ControlsError(f"{card} refuses `amixer {words[0]}` ({said})") from None
    return done.stdout
