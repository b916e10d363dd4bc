"""A monotonic clock that a test moves by hand."""


class HandClock:
    """`at`: seconds."""

    def __init__(self, at: float = 0.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at
