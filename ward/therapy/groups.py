"""What to do about a bed of the review list: the group it stands in, and what is suggested. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ward.assignments.on_bed import others
from ward.therapy.facts import Facts
from ward.therapy.likes import Like, likes
from ward.therapy.proposals import Proposal, proposals
from ward.therapy.reasons import Kind, Reason, offline_warning

SILENT = timedelta(hours=72)


class Group(IntEnum):
    """In the order of the page."""

    ASK = 1
    CHANGE = 2
    WELL = 3
    AGAIN = 4
    SILENT = 5


WORDS: Mapping[Group, tuple[Promise, Promise]] = {
    Group.ASK: (gettext_lazy("Ask the patient"), gettext_lazy("What patients said or did")),
    Group.CHANGE: (gettext_lazy("Change the playlist"), gettext_lazy("From what was played")),
    Group.WELL: (gettext_lazy("Working well"), gettext_lazy("Nothing to change")),
    Group.AGAIN: (gettext_lazy("Review again"), gettext_lazy("Nothing else flagged")),
    Group.SILENT: (gettext_lazy("No music for 72 h"), gettext_lazy("Not a fault: some patients prefer silence.")),
}
GROUPS = {
    Kind.WORSE: Group.ASK,
    Kind.STOPPED: Group.ASK,
    Kind.SKIPPED: Group.CHANGE,
    Kind.UNUSED: Group.CHANGE,
    Kind.UNREVIEWED: Group.AGAIN,
}


ADDED_FOR = (Kind.STOPPED, Kind.UNUSED, Kind.UNREVIEWED)  # else something has to go first


@dataclass(frozen=True, slots=True)
class Advice:
    """`group`: where the bed stands; `lead`: the reason that put it there; `told`: what to do; `track`: what a button
    would exclude, by hash; `pause`: the title of a playlist to leave out; `rest`: the playlists that would stay;
    `liked`: a playlist to add, None where there is none."""

    group: Group
    lead: Reason
    told: str
    track: str = ""
    pause: str = ""
    rest: Sequence[str] = ()
    liked: Like | None = None


def advice(facts: Facts, found: Sequence[Reason], now: datetime) -> Advice:
    """`found`: the bed's reasons, one at least."""
    lead = min(found, key=lambda reason: (GROUPS[reason.kind], reason.kind))
    suggested = next((one for one in proposals(facts, now) if one.kind is lead.kind), None)
    group = _group(lead, suggested, facts, now)
    liked = next(iter(likes(facts)), None) if lead.kind in ADDED_FOR else None
    if suggested is None:
        return Advice(group, lead, _unsuggested(lead.kind), liked=liked)
    rest = others(facts.assignment, suggested.slug) if lead.kind is Kind.WORSE else []
    pause = facts.title_of(suggested.slug) if rest else ""
    return Advice(group, lead, suggested.sentence, suggested.track, pause, rest, liked)


def _group(lead: Reason, suggested: Proposal | None, facts: Facts, now: datetime) -> Group:
    """A bed is only called silent while its box is connected: else it may have played."""
    if lead.kind is Kind.UNUSED and now - lead.since >= SILENT and not offline_warning(facts, now):
        return Group.SILENT
    if lead.kind is Kind.UNREVIEWED and suggested is not None:
        return Group.WELL
    return GROUPS[lead.kind]


def _unsuggested(kind: Kind) -> str:
    if kind is Kind.STOPPED:
        return _("Ask about the volume and the time of day.")
    return _("Ask the patient.") if kind is Kind.WORSE else ""
