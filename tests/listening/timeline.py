"""What the box said at a time, out of what was asked now and then. Knows no sound."""

from bisect import bisect_left
from collections.abc import Callable, Iterator

from tests.listening.records import Record, Sample


class Timeline:
    """The samples of a record, by time."""

    def __init__(self, record: Record) -> None:
        self._samples = record.samples

    def within(self, begin: float, end: float) -> list[Sample]:
        """The samples from `begin` to `end`."""
        first = bisect_left(self._samples, begin, key=lambda one: one.at)
        found = []
        for sample in self._samples[first:]:
            if sample.at > end:
                break
            found.append(sample)
        return found

    def around(self, begin: float, end: float) -> list[Sample]:
        """The same, and the ones just before and after: nobody looked between, it may have been so all along."""
        first = bisect_left(self._samples, begin, key=lambda one: one.at)
        last = bisect_left(self._samples, end, key=lambda one: one.at)
        return self._samples[max(0, first - 1) : last + 1]

    def steady(self, begin: float, end: float, holds: Callable[[Sample], bool], least: int = 2) -> bool:
        """Whether so many samples at least lie there and all of them hold, the ones just before and after it, too."""
        first = bisect_left(self._samples, begin, key=lambda one: one.at)
        last = bisect_left(self._samples, end, key=lambda one: one.at)
        found = self._samples[max(0, first - 1) : last + 1]
        return last - first >= least and last < len(self._samples) and all(holds(one) for one in found)

    def values(self, begin: float, end: float, key: str) -> Iterator[float]:
        """The numbers that were told under a key."""
        for sample in self.around(begin, end):
            value = sample.told.get(key)
            if isinstance(value, int | float):
                yield float(value)
