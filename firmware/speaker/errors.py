"""The speaker's errors, one line each; knows nothing of how they come about."""


class SoundError(Exception):
    """Root of everything that this package raises on purpose."""


class SinkError(SoundError):
    """A sink was described in words that mean nothing; the message says which words do."""


class DeviceError(SoundError):
    """The sound device cannot be opened or has gone."""


class DeviceStuckError(DeviceError):
    """The sound device takes no more sound, and closing it would wait for ever: the end of the process frees it."""


class DecodeError(SoundError):
    """A track cannot be decoded; the message names the file and what is wrong with it."""


class LevelError(SoundError, ValueError):
    """A level or a time is not a finite number."""
