"""How many examples a run tries: the same ones each time, HOSTILE=n of them n times as many."""

import os
import zlib
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, seed, settings

Tried = TypeVar("Tried", bound=Callable[..., Any])

SEED = 20261123
TIMES = int(os.environ.get("HOSTILE", "") or "1")


def examples(number: int, of: str) -> Callable[[Tried], Tried]:
    """So many, times HOSTILE; others for each thing that they are tried `of`. Nobody judges how long it takes."""
    kept = settings(
        max_examples=number * TIMES,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    return lambda test: seed(zlib.crc32(f"{SEED} {of}".encode()))(kept(test))
