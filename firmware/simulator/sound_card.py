"""The sound card's plug of a simulated box. Knows how to do without a speaker, not how one sounds."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from firmware.speaker import Failed, GlitchCounts, Lost, Report, Speaker

Listener = Callable[[Report], None]
PULLED = "the sound card is unplugged"


class SoundCard:
    """What the loop asks of a speaker, and a plug: unplugged there is no speaker, plugged in again a fresh one.

    `make` builds a speaker that reports to its listener; it is called in `plug`, too. The speaker's
    methods may be called from one thread, the plug's from any; reports come from the threads of either.
    """

    def __init__(self, make: Callable[[Listener], Speaker], report: Listener) -> None:
        self._make, self._tell = make, report
        self._cap_dba: float | None = None
        self._counted = GlitchCounts()  # by speakers that are no more
        self._has_started = self._is_closed = False
        self._hand = Lock()  # one pull or push at a time
        self._guard = Lock()
        self._speaker: Speaker | None = self._fresh()

    @property
    def is_plugged(self) -> bool:
        """Whether there is a sound card."""
        return self._speaker is not None

    @property
    def counts(self) -> GlitchCounts:
        """What went wrong since the start, of all speakers; any thread."""
        with self._guard:
            return self._counted + self._speaker.counts if self._speaker else self._counted

    def start(self) -> None:
        """As the speaker's; unplugged it is told as lost."""
        with self._hand:
            self._has_started = True
            if self._speaker:
                self._speaker.start()
            else:
                self._tell(Lost(PULLED))

    def unplug(self) -> None:
        """Silence at once: reports Lost, and nothing more of what played. Waits up to two seconds for the players."""
        with self._hand:
            if (speaker := self._taken()) is not None:
                if self._has_started:
                    self._tell(Lost(PULLED))
                self._end(speaker)

    def plug(self) -> None:
        """A fresh speaker under the cap that was told last; it reports Ready when it is. After `close` there is none:
        it would sound beside the speaker of the box's next life."""
        with self._hand:
            if self._speaker is not None or self._is_closed:
                return
            speaker = self._fresh()
            with self._guard:
                self._speaker = speaker
                if self._cap_dba is not None:
                    speaker.set_cap(self._cap_dba)
            if self._has_started:
                speaker.start()

    def play(self, play_id: int, path: Path, **options: Any) -> None:
        """As the speaker's; unplugged it is reported Failed."""
        self._ask(lambda speaker: speaker.play(play_id, path, **options), failing=play_id)

    def cue(self, play_id: int, path: Path, **options: Any) -> None:
        """As the speaker's; unplugged it is reported Failed."""
        self._ask(lambda speaker: speaker.cue(play_id, path, **options), failing=play_id)

    def set_gain(self, play_id: int, gain_db: float) -> None:
        """As the speaker's."""
        self._ask(lambda speaker: speaker.set_gain(play_id, gain_db))

    def set_level(self, level_dba: float) -> None:
        """As the speaker's."""
        self._ask(lambda speaker: speaker.set_level(level_dba))

    def set_cap(self, cap_dba: float) -> None:
        """As the speaker's; a speaker that is plugged in later begins under it."""
        with self._guard:
            self._cap_dba = cap_dba
        self._ask(lambda speaker: speaker.set_cap(cap_dba))

    def fade(self, seconds: float) -> None:
        """As the speaker's."""
        self._ask(lambda speaker: speaker.fade(seconds))

    def stop(self, ramp_s: float = 0.15) -> None:
        """As the speaker's."""
        self._ask(lambda speaker: speaker.stop(ramp_s))

    def close(self) -> None:
        """As the speaker's: for good."""
        with self._hand:
            self._is_closed = True
            if (speaker := self._taken()) is not None:
                self._end(speaker)

    def _taken(self) -> Speaker | None:
        with self._guard:
            speaker, self._speaker = self._speaker, None
            return speaker

    def _end(self, speaker: Speaker) -> None:
        speaker.close()
        with self._guard:
            self._counted += speaker.counts

    def _ask(self, act: Callable[[Speaker], None], failing: int | None = None) -> None:
        with self._guard:
            speaker = self._speaker
            if speaker is not None:
                act(speaker)
        if speaker is None and failing is not None:
            self._tell(Failed(failing, PULLED))

    def _fresh(self) -> Speaker:
        def report(told: Report) -> None:
            if self._speaker is speaker:  # the last words of one that was pulled would be taken for the next one's
                self._tell(told)

        speaker = self._make(report)
        return speaker
