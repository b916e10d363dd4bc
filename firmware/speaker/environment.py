"""The environment that numpy, SDL and ALSA read; the one place that sets it. Knows no pygame."""

import os
from collections.abc import Mapping
from pathlib import Path

# Read when numpy is loaded, so it is set when this package is imported: OpenBLAS's own thread spins.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_SDL = {
    "SDL_VIDEODRIVER": "dummy",  # events (a lost card is one) need SDL's video, not a screen
    "SDL_NO_SIGNAL_HANDLERS": "1",  # or SDL swallows SIGTERM
}
_CHOOSES_THE_SINK = ("SDL_AUDIODRIVER", "SDL_DISKAUDIOFILE", "AUDIODEV")
_SERVERS = ("heartbeat_page/native", "pipewire-0")
_INHERITED = {name: os.environ[name] for name in _CHOOSES_THE_SINK if name in os.environ}


def chooses_itself() -> bool:
    """Whether the sound's way is chosen outside of us: by what this process inherited, or by a user's sound server."""
    if _INHERITED or os.environ.get("PULSE_SERVER"):
        return True
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return bool(runtime) and any((Path(runtime or "") / server).exists() for server in _SERVERS)


def prepare(sink_variables: Mapping[str, str]) -> None:
    """Set what SDL reads when it opens a device; called on the speaker's thread before each opening.

    What an earlier sink set is put back to what the process inherited.
    """
    for name in _CHOOSES_THE_SINK:
        os.environ.pop(name, None)
    os.environ.update({**_SDL, **_INHERITED, **sink_variables})
