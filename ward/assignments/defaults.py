"""What a new stay of a ward begins with, as its administrators choose. Reads and writes one row; knows no page."""

from dataclasses import dataclass, field

import msgspec

from messages import Rules
from ward.assignments.models import WardDefaults
from ward.beds.models import Ward

# A bed that no one discharges must not leave its music to the next patient. Longer than most stays, so that it seldom
# ends the music of someone who is still there; each assigning starts it again.
DAYS, DAYS_MOST = 14, 90


@dataclass(frozen=True, slots=True)
class Defaults:
    """`rules`: of a new stay, never with continuous music or excluded tracks; `days`: until they expire."""

    rules: Rules = field(default_factory=Rules)
    days: int = DAYS


def defaults_of(ward_id: int) -> Defaults:
    """The ward's; where no one chose any, the wire's own."""
    row = WardDefaults.objects.filter(ward=ward_id).first()
    return Defaults() if row is None else Defaults(msgspec.convert(row.rules, Rules), row.days)


def choose_defaults(ward: Ward, chosen: Defaults) -> None:
    """From now on. Beds with a stay keep what they were assigned."""
    said = {"rules": msgspec.to_builtins(chosen.rules), "days": chosen.days}
    WardDefaults.objects.update_or_create(ward=ward, defaults=said)
