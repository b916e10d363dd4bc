"""Keeps the sound card's own controls as they were during calibration, because they are part of the measurement."""

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Flag
from threading import Thread

from firmware.card_controls import ControlsError, controls_of, restore
from firmware.sound_cards import SoundCard, card_for_all, card_named, sound_cards
from firmware.speaker import Sink, SinkKind
from playlists.files import read_small
from playlists.index import write_atomically
from playlists.parsing import parse_json

log = logging.getLogger(__name__)

FILE_NAME = "card-controls.json"
MOST_BYTES = 100_000
MEASURE = "measure again with `nightingale-device calibrate`"


@dataclass(frozen=True, slots=True)
class Kept:
    """One card's controls during the measurement."""

    card: str
    controls: Mapping[str, str]


def card_of(sink: Sink) -> SoundCard | None:
    """The card that a sink plays on; None if it is not a card of this machine."""
    if sink.kind is not SinkKind.SYSTEM:
        return None
    cards = sound_cards()
    return card_named(sink.target, cards) if sink.target else card_for_all(cards)


def forget(data: Path) -> None:
    """Delete them before a new calibration, so that the card is never set to the old values with the new result."""
    with suppress(FileNotFoundError):
        (data / FILE_NAME).unlink()


def keep(data: Path, sink: Sink) -> str:
    """Save the card's controls beside the calibration; returns a line about it. Raises OSError and ControlsError."""
    card = card_of(sink)
    if card is None:
        return "No sound card on this machine: no volume controls saved."
    controls = controls_of(card.name)
    write_atomically(data / FILE_NAME, json.dumps({"card": card.name, "controls": controls}, indent=1).encode())
    return f"{len(controls)} volume controls of {card} saved with it."


def kept(data: Path) -> Kept | None:
    """What was saved; None if there is nothing or it cannot be read."""
    try:
        values = parse_json(read_small(data / FILE_NAME, MOST_BYTES))
        controls = {str(name): str(value) for name, value in values["controls"].items()}
        return Kept(str(values["card"]), controls)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def fault(data: Path, sink: Sink) -> str:
    """Why the calibration is not valid for the card as it is now; empty if it is valid. Changes nothing."""
    found = kept(data)
    card = card_of(sink)
    if card is None:
        return ""
    if found is None:
        return f"the volume controls of {card.name} were not saved with it: {MEASURE}"
    if found.card != card.name:
        return f"it was made with the card {found.card}, but the box now plays on {card.name}: {MEASURE}"
    try:
        now = controls_of(card.name)
    except ControlsError as error:
        return str(error)
    moved = [name for name, values in found.controls.items() if now.get(name) != values]
    return f"changed since: {', '.join(moved)}; the service restores them" if moved else ""


class CardVolume:
    """Restores the card's controls whenever the card was opened, on a thread of its own, because amixer may hang.

    `holds` says whether the calibration is valid, as far as is known. Does nothing for a box that is not calibrated.
    """

    def __init__(self, data: Path, sink: Sink) -> None:
        self._data, self._sink = data, sink
        self._opened = Flag()
        self._is_over = False
        self.holds = True
        self._thread = Thread(target=self._run, name="card volume", daemon=True)

    def start(self) -> None:
        """Start; nothing happens before the card is opened."""
        self._thread.start()

    def card_opened(self) -> None:
        """Any thread; returns at once."""
        self._opened.set()

    def close(self, timeout_s: float = 1.0) -> None:
        """End, waiting no longer than this for an amixer that hangs. May be called twice."""
        self._is_over = True
        self._opened.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def look(self) -> None:
        """Restore what has changed. Never raises."""
        try:
            self._restore()
            reason = fault(self._data, self._sink)
        except Exception as error:  # noqa: BLE001  # the music plays on, with the loudness known so far
            reason = " ".join(str(error).split())
        self.holds = not reason
        if reason:
            log.warning("the calibration may not be valid: %s", reason)

    def _restore(self) -> None:
        found, card = kept(self._data), card_of(self._sink)
        if found is None or card is None or found.card != card.name:
            return
        moved = restore(card.name, found.controls)
        if moved:
            log.warning("the sound card's own volume had changed and was restored: %s", ", ".join(moved))

    def _run(self) -> None:
        while True:
            self._opened.wait()
            self._opened.clear()
            if self._is_over:
                return
            self.look()
