"""`python -m tests.benchmarks.ours FIFO`: the speaker by its public names only, as the bedside process uses it."""

import itertools
import sys
import threading
from pathlib import Path

from firmware.speaker import Broke, Died, Failed, Lost, OutputProfile, Ready, Report, Speaker, parse_sink
from tests.benchmarks.commands import serve

FULL_SCALE_DBA = 60.0  # at this level the chain's gain is 0 dB
CAP_DBA = 65.0  # the highest there is: 5 dB over full scale, so the cap takes nothing from these tracks
DB_FOR_VOLUME = {100: 0.0, 80: -2.0, 30: -10.0}  # the peers' percent mean something else in each of them
STOP_S = 0.15


class Runner:
    """The speaker and the number of its next play."""

    def __init__(self, fifo: str) -> None:
        self._ready = threading.Event()
        self._speaker = Speaker(parse_sink(f"disk:{fifo}"), self._hear, OutputProfile(full_scale_dba=FULL_SCALE_DBA))
        self._next_id = itertools.count(1)

    def run(self) -> None:
        """Serve until the bench closes the pipe."""
        self._speaker.start()
        self._ready.wait()
        self._speaker.set_cap(CAP_DBA)
        try:
            serve({"play": self._play, "fade": self._fade, "stop": self._stop})
        finally:
            self._speaker.close()

    def _hear(self, report: Report) -> None:
        if isinstance(report, Ready):
            self._ready.set()
        elif isinstance(report, Broke | Died | Failed | Lost):
            print(report, file=sys.stderr, flush=True)

    def _play(self, arguments: list[str]) -> None:
        volume, first, *others = arguments
        level_dba = FULL_SCALE_DBA + DB_FOR_VOLUME[int(volume)]
        self._speaker.play(next(self._next_id), Path(first), level_dba=level_dba, rise_s=0.0)
        for other in others:
            self._speaker.cue(next(self._next_id), Path(other), crossfade_s=0.0)

    def _fade(self, arguments: list[str]) -> None:
        self._speaker.fade(float(arguments[0]))

    def _stop(self, _arguments: list[str]) -> None:
        self._speaker.stop(STOP_S)


if __name__ == "__main__":
    Runner(sys.argv[1]).run()
