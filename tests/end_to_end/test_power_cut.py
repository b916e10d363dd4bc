"""A box whose plug is pulled at any moment comes back silent, not louder, with its assignment and its log whole."""

import os
import random
import select
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.box.power_cut import Does, Ledger, Life, furnish, read, words
from tests.end_to_end.processes import ROOT, Bedside, until

pytestmark = pytest.mark.e2e
ROUNDS = int(os.environ.get("POWER_CUTS", "15"))  # the figures in docs/endurance.md are for 1,000
SEED = int(os.environ.get("POWER_CUT_SEED", "20261124"))
WHOLE_BOXES = 5
STEP_DB = 2.0  # one detent
IN_FLIGHT = 4  # entries of one press, which the kill may have caught before the disk had them
ID = "6f1d4a52-0c5e-4d0b-9a3e-2f6f5a0b0405"
# From when the program is loaded; it wakes in about 10 ms.
LONGEST_S = {"waking": 0.01, "at once": 0.1, "in use": 0.4, "checkpoints": 0.3, "full card": 2.0}
KINDS = ("waking", "at once", "in use", "in use", "checkpoints")
FULL_CARD_EACH = 20  # rounds
STARTS_WITHIN_S = 60.0


@dataclass(slots=True)
class Toll:
    """What all the lives came to; the lists by whether the card had room."""

    kinds: Counter[str] = field(default_factory=Counter)
    woke: int = 0
    acts: int = 0
    in_checkpoint: int = 0
    lost_acts: int = 0
    lost_ms: dict[str, list[float]] = field(default_factory=lambda: {"card with room": [], "full card": []})
    louder_db: dict[str, list[float]] = field(default_factory=lambda: {"card with room": [], "full card": []})

    def count(self, kind: str, life: Life, ledger: Ledger) -> None:
        self.kinds[kind] += 1
        self.woke += life.woke is not None
        self.acts += len(life.all(Does))
        self.in_checkpoint += life.in_checkpoint
        self.lost_acts += ledger.lost_acts
        card = "full card" if kind == "full card" else "card with room"
        self.lost_ms[card].append(ledger.lost_s * 1000)
        self.louder_db[card].append(ledger.louder_db)

    def lines(self, entries: int) -> Iterator[str]:
        """In words."""
        cuts = sum(self.kinds.values())
        yield f"{cuts} power cuts {dict(self.kinds)}, {self.woke} of them after the box was up"
        yield f"{self.acts} acts, {entries} entries: none torn, none twice, none lost that was kept"
        yield f"{self.in_checkpoint} cuts in the middle of a checkpoint; {self.lost_acts} acts not yet on the disk"
        for card, lost_ms in self.lost_ms.items():
            if lost_ms:
                worst_ms, median_ms = max(lost_ms), statistics.median(lost_ms)
                louder = [louder_db for louder_db in self.louder_db[card] if louder_db > 0]
                yield f"{card}: oldest act not yet on the disk {worst_ms:.1f} ms, {median_ms:.1f} ms in the median"
                yield f"{card}: {len(louder)} times back above the level told last, by {max(louder, default=0):g} dB"


def test_a_box_killed_at_any_moment_wakes_silent_no_louder_and_whole(tmp_path: Path) -> None:
    chance, ledger, toll = random.Random(SEED), Ledger(), Toll()
    box = tmp_path / "box"
    furnish(box)
    for number in range(ROUNDS):
        kind = "full card" if number % FULL_CARD_EACH == FULL_CARD_EACH - 1 else chance.choice(KINDS)
        life = _live(box, chance.randrange(2**32), ledger.next_number, kind, chance.uniform(0.0, LONGEST_S[kind]))
        ledger.hear(life)
        disk = read(box, tmp_path / "scratch")
        if disk is None:
            continue
        ledger.check(life, disk)
        toll.count(kind, life, ledger)
        aside = [path for path in box.glob("*.broken-*") if path.stat().st_size]
        assert not aside, "a log with something in it was set aside"
    assert toll.woke > 0
    assert ledger.rows, "nothing was written"
    print("\n" + "\n".join(toll.lines(max(ledger.rows))))


def _live(folder: Path, seed: int, number: int, kind: str, lives_s: float) -> Life:
    """Start the box, let it be used, pull its plug. The time counts from when the program is loaded."""
    command = [sys.executable, "-m", "tests.box.power_cut_box", str(folder), str(seed), str(number), kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0, cwd=ROOT) as process:
        assert process.stdout is not None
        said, ends_at = b"", time.monotonic() + STARTS_WITHIN_S
        while (left_s := ends_at - time.monotonic()) > 0 and process.poll() is None:
            if select.select([process.stdout], [], [], left_s)[0]:
                is_first, said = not said, said + os.read(process.stdout.fileno(), 1 << 16)
                ends_at = time.monotonic() + lives_s if is_first else ends_at
        assert process.poll() is None, "the box ended by itself"
        process.kill()
        ended_at = time.monotonic()
        said += process.stdout.read()
    return Life(words(said), ended_at)


def test_a_whole_box_killed_while_it_plays_is_silent_and_not_louder_when_it_is_back(
    tmp_path: Path, music: Path
) -> None:
    chance, box = random.Random(SEED), Bedside(tmp_path, ID, music, None)
    try:
        box.start()
        for _ in range(WHOLE_BOXES):
            box.press(chance.choice(["play", "sleep", "next"]))
            until("sound", lambda: box.state()["sounding"])
            detents = chance.choice([-3, -1, 1, 2])
            loudest_dba = box.state()["level_dba"] + max(0, detents) * STEP_DB
            box.turn("volume", detents)
            unsent = box.state()["unsent"]
            box.kill()
            box.start()
            state = box.state()
            assert (state["playing"], state["sounding"]) == (False, False)
            assert state["level_dba"] <= min(loudest_dba, state["cap_dba"])
            assert state["faults"] == []
            assert state["unsent"] >= unsent - IN_FLIGHT
    finally:
        box.end()
    assert "Traceback" not in box.said
