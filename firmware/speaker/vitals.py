"""How a thread is, as the kernel sees it; a plain value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vitals:
    """`state`: the kernel's letter (R runs or waits for a processor, S sleeps, D waits for a disk, T stopped).

    Since it began: `cpu_s` on a processor, `waited_s` for one; a wait that still lasts is not in it.
    """

    state: str
    cpu_s: float
    waited_s: float
