"""How loud music was over a time: seconds, mean and maximum in dB(A) at the pillow. Pure."""

from dataclasses import dataclass
from math import log10

MOST_DBA = 120.0  # the limit of an entry; below 0 nothing can be heard


@dataclass(frozen=True, slots=True)
class Loudness:
    """An estimate over `seconds`, more than 0. The mean is one of energy, LAeq of IEC 61672-1."""

    seconds: float
    mean_dba: float
    max_dba: float

    def plus(self, other: "Loudness | None") -> "Loudness":
        """Both times together; each mean weighs as much as it lasted."""
        if other is None:
            return self
        seconds, louder_dba = self.seconds + other.seconds, max(self.mean_dba, other.mean_dba)
        energy = sum(part.seconds * 10 ** ((part.mean_dba - louder_dba) / 10) for part in (self, other)) / seconds
        return Loudness(seconds, louder_dba + 10 * log10(energy), max(self.max_dba, other.max_dba))


def measured(seconds: float, mean_dba: float, max_dba: float) -> Loudness | None:
    """What a speaker measured; None while that is nothing yet. Digital silence has no level: it counts as 0 dB(A)."""
    if seconds <= 0:
        return None
    mean_dba, max_dba = (min(MOST_DBA, max(0.0, level_dba)) for level_dba in (mean_dba, max_dba))
    return Loudness(seconds, mean_dba, max_dba)


def together(one: Loudness | None, other: Loudness | None) -> Loudness | None:
    """Both times together, where either may be nothing."""
    return other if one is None else one.plus(other)
