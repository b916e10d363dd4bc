"""Every state that the box's rules can reach over a small alphabet (docs/walk.md), and faults planted to be found."""

import pytest

from tests.rules.walk.planted import PLANTED, Planted, found
from tests.rules.walk.slices import quick
from tests.rules.walk.walker import Slice, walk


@pytest.mark.parametrize("part", quick(), ids=lambda part: part.name)
def test_every_rule_holds_wherever_the_box_can_get(part: Slice) -> None:
    done = walk(part)
    print(f"\n{done.figures}")
    assert not done.violations, "\n\n".join(violation.story for violation in done.violations.values())
    assert done.closed or part.depth is not None


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_a_planted_fault_is_found_and_told_as_a_story(planted: Planted) -> None:
    violation = found(planted)
    assert violation is not None
    assert violation.name == planted.rule
    assert violation.story.count("\n") == len(violation.moves) + 1
    for move in violation.moves:
        assert move.name in violation.story
