"""What the virtual Pi measured, printed together and kept for whoever compares runs."""

import json
import statistics
from collections.abc import Sequence
from pathlib import Path

from tests.pi.layers import KEPT


class Figures:
    """Names with values, in the order in which they were noted."""

    def __init__(self, kept: Path = KEPT / "figures.json") -> None:
        self._kept = kept
        self._noted: dict[str, str] = {}

    def note(self, name: str, value: str) -> None:
        """One figure with its unit."""
        self._noted[name] = value

    def spread(self, name: str, seconds: Sequence[float]) -> None:
        """Median, 99th percentile (nearest rank) and number of some durations."""
        ranked = sorted(seconds)
        p99 = ranked[max(0, -(-99 * len(ranked) // 100) - 1)]
        middle = statistics.median(ranked)
        self.note(name, f"median {middle * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, {len(ranked)} times")

    def tell(self) -> None:
        """Print them and keep them."""
        for name, value in self._noted.items():
            print(f"\nvirtual Pi: {name}: {value}", end="", flush=True)
        self._kept.write_text(json.dumps(self._noted, indent=1) + "\n")
