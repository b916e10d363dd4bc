"""One box under the listener: hands that use it, eyes and an ear on it, judges over them. One thread a box."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.listening.box import Box
from tests.listening.ear import Ear
from tests.listening.hands import Action
from tests.listening.judge_level import LevelJudge
from tests.listening.judge_log import LogJudge
from tests.listening.judge_looks import ScreenJudge, TileJudge
from tests.listening.judge_music import MusicJudge
from tests.listening.judge_press import PressJudge
from tests.listening.panel import PanelError
from tests.listening.records import RATE_HZ, WINDOW_S, Act, Disagreement, Look, Record, Sample
from tests.listening.story import story

STATE_EVERY_S, SCREEN_EVERY_S, LOG_EVERY_S, JUDGE_EVERY_S = 0.2, 1.3, 0.7, 1.0
TURN_S = 0.04
JUDGED_AFTER_S = 3.0  # the ear tells a window 1.5 s later, and what the box said after it counts, too
CUT_BEFORE_S, CUT_AFTER_S = 5.0, 3.0
QUIET_AT_END_S = 10.0  # nobody touches the box at the end, so that all that was done is judged
PRESSES_TOLD = 8


class Listener(threading.Thread):
    """Drives and judges one box until its time is over. Read `found` and `presses` after `join`."""

    def __init__(self, name: str, box: Box, ear: Ear, actions: Iterator[Action], *, seconds: float, cuts: Path) -> None:
        """`cuts`: the folder for cuts of the sound."""
        super().__init__(daemon=True, name=name)
        self.found: list[Disagreement] = []
        self.presses: Counter[str] = Counter()
        self.failure: BaseException | None = None
        self.record = Record()
        self.ask_ward: Callable[[str], None] = lambda _: None
        self.watch_ward: Callable[[Record], None] = lambda _: None
        self.read_entries = box.new_entries
        self._box = box
        self._ear = ear
        self._actions = actions
        self._seconds = seconds
        self._cuts = cuts
        self._clock_lead_s = time.time() - time.monotonic()
        tracks = ear.tracks
        self._judges = (
            MusicJudge(self.record, tracks),
            LevelJudge(self.record, tracks),
            LogJudge(self.record, tracks),
            ScreenJudge(self.record),
            TileJudge(self.record),
            PressJudge(self.record),
        )
        self._due = dict.fromkeys(("state", "screen", "log", "ward", "judge"), 0.0)

    @property
    def heard_s(self) -> float:
        """Seconds of sound or silence that the ear has heard."""
        return self._ear.frames / RATE_HZ

    @property
    def music_s(self) -> float:
        """Seconds of it that were not silent."""
        return WINDOW_S * sum(not one.is_zero for one in self.record.heard)

    def run(self) -> None:
        """The whole life."""
        try:
            self._listen()
        except BaseException as error:  # noqa: BLE001 - told by the main thread
            self.failure = error

    def _listen(self) -> None:
        begins = time.monotonic()
        ends, action = begins + self._seconds, next(self._actions)
        lag_s = 0.0  # a listener that is late leaves the pauses as they are
        while (now := time.monotonic()) < ends:
            if action.at + lag_s <= now - begins and now < ends - QUIET_AT_END_S:
                lag_s = now - begins - action.at
                self._do(action)
                action = next(self._actions)
            self._look(now)
            if self._box.has_died:
                raise AssertionError(f"the box has ended: {self._box.said[-2000:]}")
            time.sleep(TURN_S)
        self._judge(time.monotonic() - JUDGED_AFTER_S)
        if self.found:
            (self._cuts / f"{self.name.replace(' ', '-')}-box.log").write_text(self._box.said)

    def _do(self, action: Action) -> None:
        self.presses[action.kind] += 1
        for pause_s, request in action.requests:
            time.sleep(pause_s)
            self.record.acts.append(Act(time.monotonic(), action.kind, request))
            try:
                if request.startswith("ward:"):
                    self.ask_ward(request.removeprefix("ward:"))
                else:
                    self._box.panel.do(request)
            except PanelError as error:
                self._tell(Disagreement("panel", time.monotonic(), str(error)))

    def _look(self, now: float) -> None:
        self._hear()
        if self._is_due("state", now, STATE_EVERY_S):
            self._sample()
        if self._is_due("screen", now, SCREEN_EVERY_S):
            before = self._sample()
            lit, word = self._box.panel.screen()
            self.record.looks.append(Look(time.monotonic(), before, self._sample(), lit, word))
        if self._is_due("log", now, LOG_EVERY_S):
            self.record.entries += self.read_entries(self._clock_lead_s)
        if self._is_due("ward", now, SCREEN_EVERY_S):
            self.watch_ward(self.record)
        if self._is_due("judge", now, JUDGE_EVERY_S):
            self._judge(now - JUDGED_AFTER_S)

    def _is_due(self, what: str, now: float, every_s: float) -> bool:
        if now < self._due[what]:
            return False
        self._due[what] = now + every_s
        return True

    def _hear(self) -> None:
        for at, frames in self._box.sink.take():
            self.record.heard += self._ear.feed(frames, at)
        self.record.heard += self._ear.settle(time.monotonic())

    def _sample(self) -> Sample:
        asked_at = time.monotonic()
        told = self._box.panel.state()
        sample = Sample((asked_at + time.monotonic()) / 2, told)
        self.record.samples.append(sample)
        return sample

    def _judge(self, until: float) -> None:
        """Only what the ear has told: a listener that is late judges later."""
        heard = self.record.heard
        stands_still = not heard or self.record.samples[-1].at - heard[-1].ends_at > JUDGED_AFTER_S
        until = min(until, self.record.samples[-1].at - JUDGED_AFTER_S / 3)
        until = until if stands_still else min(until, heard[-1].ends_at)
        for judge in self._judges:
            for found in judge.judge(until):
                self._tell(found)

    def _tell(self, found: Disagreement) -> None:
        """Print it with the last presses; cut the sound round it, and write down what was said meanwhile."""
        self.found.append(found)
        name = re.sub(r"[^a-z0-9]+", "-", f"{self.name} {len(self.found):02d} {found.kind}")
        file = self._cuts / f"{name}.wav"
        first = self._frame_at(found.at - CUT_BEFORE_S)
        self._cuts.mkdir(parents=True, exist_ok=True)
        is_cut = self._box.sink.cut(first, first + round((CUT_BEFORE_S + CUT_AFTER_S) * RATE_HZ), file)
        began = self.record.samples[0].at
        file.with_suffix(".txt").write_text(story(found, self.record, self._ear.tracks, began))
        presses = [act for act in self.record.acts if act.at <= found.at + 1][-PRESSES_TOLD:]
        told = ", ".join(f"{act.at - found.at:+.2f} s {act.kind} ({act.words})" for act in presses)
        print(
            f"{found.kind.upper()}: {self.name}, {found.at - began:.1f} s: {found.words}\n"
            f"  before: {told or 'nothing'}\n  see {file.with_suffix('.*' if is_cut else '.txt')}",
            flush=True,
        )

    def _frame_at(self, at: float) -> int:
        for heard in reversed(self.record.heard):
            if heard.at <= at:
                return heard.frame + round((at - heard.at) * RATE_HZ)
        return 0
