"""Holds each press of PLAY against what the box then says: music, or none. Pure.

The other judges hold what the box says against what is heard: a box that never plays anything contradicts nothing.
"""

from collections.abc import Iterator

from tests.listening.records import Act, Disagreement, Record, Sample
from tests.listening.timeline import Timeline

ALONE_S = 2.5  # another act so near may be what was answered
ANSWER_S = 1.5  # until it is told: a busy machine and seven looks
CALL, CALL_OVER = "nurse call", "nurse call over"  # in between PLAY starts nothing
CLEANING_S = 130.0  # in which nothing acts
DEAF = {
    "boot",
    "question",
    "answer",
    "no_sound",
    "cleaning",
    "here",
    "meter",
    "reading",
}  # scenes in which PLAY is not PLAY
PLAY = "press?button=play"


class PressJudge:
    """Judges one box's presses of PLAY, each once."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._time = Timeline(record)
        self._acts = 0

    def judge(self, until: float) -> Iterator[Disagreement]:
        """Everything up to a time."""
        acts = self._record.acts
        while self._acts < len(acts) and acts[self._acts].at <= until - ALONE_S:
            act = acts[self._acts]
            if act.kind == "play" and act.words == PLAY and self._is_alone(act) and not self._is_held_off(act):
                yield from self._press(act)
            self._acts += 1

    def _press(self, act: Act) -> Iterator[Disagreement]:
        before = self._time.within(act.at - 1.0, act.at)[-1:]
        after = self._time.within(act.at, act.at + ANSWER_S)
        if not before or not after or not all(map(_answers, [*before, *after])):
            return
        was = before[0].playing
        if all(one.playing == was for one in after):
            yield Disagreement(
                "play did nothing", act.at, f"{'played' if was else 'was silent'} before, and {_now(after)}"
            )

    def _is_alone(self, act: Act) -> bool:
        return [one for one in self._record.acts if abs(one.at - act.at) < ALONE_S] == [act]

    def _is_held_off(self, act: Act) -> bool:
        earlier = [one for one in self._record.acts if one.at < act.at]
        calls = [one.kind for one in earlier if one.kind in (CALL, CALL_OVER)]
        cleaned = any(one.kind == "cleaning" and one.at > act.at - CLEANING_S for one in earlier)
        return cleaned or calls[-1:] == [CALL]


def _answers(sample: Sample) -> bool:
    return sample.has_device and sample.told.get("scene") not in DEAF


def _now(after: list[Sample]) -> str:
    return f"is so {ANSWER_S} s later (screen {after[-1].told.get('scene')})"
