"""The bedside service: events in, effects out, one thread that owns the state."""

__version__ = "0.1.0"
