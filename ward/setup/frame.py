"""What the pages of set-up share: the part that answers while someone writes rooms and beds."""

from collections.abc import Sequence
from typing import Any

from ward.beds.models import Bed, Ward
from ward.beds.naming import Named
from ward.beds.naming_words import sentence
from ward.places.rooms import occupied, plan_of
from ward.setup.wording import board_map, closes, counted, differs

PROBLEMS_SHOWN = 12


def beds_part(ward: Ward | None, named: Named) -> dict[str, Any]:
    """What a text of beds would do, in words and as the board's map."""
    plan = plan_of(ward, named.rooms) if ward is not None else None
    left_out: Sequence[Bed] = plan.closes if plan and not named.problems else ()
    stays, unconfirmed = occupied(left_out)
    free = [bed for bed in left_out if bed not in stays and bed not in unconfirmed]
    return {
        "plan": plan,
        "counted": counted(named),
        "count": len(named.labels),
        "differs": differs(named, plan),
        "closes": closes(free),
        "closing": closing(left_out),
        "stays": stays,
        "unconfirmed": unconfirmed,
        "problems": [sentence(one) for one in named.problems[:PROBLEMS_SHOWN]],
        "more_problems": max(0, len(named.problems) - PROBLEMS_SHOWN),
        "map": board_map(named.rooms, plan),
    }


def closing(beds: Sequence[Bed]) -> str:
    """These beds as one word: what a page that was read before it was sent says about those it closes."""
    return ".".join(str(bed.pk) for bed in sorted(beds, key=lambda bed: bed.pk))
