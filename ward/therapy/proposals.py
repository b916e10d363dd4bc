"""Suggestions for a bed's music, each with its rule. Nothing happens until a therapist presses a button. Pure."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from messages import Change
from messages.entries import Cause
from ward.assignments.on_bed import on_bed
from ward.therapy.facts import Facts
from ward.therapy.reasons import (
    SKIPS_FEWEST,
    STOPS_FEWEST,
    UNUSED,
    WORSE_FEWEST,
    Kind,
    skipped_soon,
    stopped_soon,
    title_of,
)

HEARD_OUT_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """`kind`: the reason that it answers; `rule`: why it is suggested; `track`: the track that a button would exclude,
    by hash; `slug`: the playlist it is about."""

    kind: Kind
    sentence: str
    rule: str
    track: str = ""
    slug: str = ""


def proposals(facts: Facts, now: datetime) -> list[Proposal]:
    """All suggestions; what to exclude comes before what to keep."""
    return [*_leave_out(facts), *_rest(facts), *_another(facts), *_ask(facts, now), *_stay(facts)]


def _leave_out(facts: Facts) -> list[Proposal]:
    rule = _("Rule: skipped within 30 s, 3 times or more.")
    found = [one for one in skipped_soon(facts) if len(one.at) >= SKIPS_FEWEST]
    return [
        Proposal(
            Kind.SKIPPED,
            _("%(title)s was skipped early %(number)d of %(all)d times. Exclude it?")
            % {"title": title_of(facts, one.track), "number": len(one.at), "all": one.begun},
            rule,
            track=one.track,
        )
        for one in found
    ]


def _rest(facts: Facts) -> list[Proposal]:
    playlists = {(row.device_id, row.session): row.playlist_slug for row in facts.sessions}
    after = Counter(
        slug
        for row in facts.answers
        if row.change == Change.WORSE and (slug := playlists.get((row.device_id, row.session or "")))
    )
    rule = _("Rule: “worse” 2 times or more after the same playlist.")
    return [
        Proposal(
            Kind.WORSE,
            _("“Worse” %(number)d times after %(playlist)s. Leave it out for now and ask the patient.")
            % {"number": number, "playlist": facts.title_of(slug)},
            rule,
            slug=slug,
        )
        for slug, number in after.most_common()
        if number >= WORSE_FEWEST and slug in on_bed(facts.assignment)
    ]


def _another(facts: Facts) -> list[Proposal]:
    all_of = Counter(row.playlist_slug for row in facts.sessions)
    short = Counter(row.playlist_slug for row in stopped_soon(facts.sessions))
    rule = _("Rule: stopped within 10 min, 3 times or more and in more than half of its sessions.")
    return [
        Proposal(
            Kind.STOPPED,
            _("%(number)d of %(all)d sessions of %(playlist)s were stopped early. Offer another playlist.")
            % {"number": number, "all": all_of[slug], "playlist": facts.title_of(slug)},
            rule,
            slug=slug,
        )
        for slug, number in short.most_common()
        if number >= STOPS_FEWEST and number * 2 > all_of[slug] and slug in on_bed(facts.assignment)
    ]


def _ask(facts: Facts, now: datetime) -> list[Proposal]:
    last = facts.sessions[-1] if facts.sessions else None
    if (last is not None and last.ended_at is None) or now - (last.started_at if last else facts.since) < UNUSED:
        return []
    return [
        Proposal(
            Kind.UNUSED,
            _("Ask if the patient wants music, and show them the box again."),
            _("Rule: no music for 48 h."),
        )
    ]


def _stay(facts: Facts) -> list[Proposal]:
    heard_out = Counter(row.playlist_slug for row in facts.sessions if row.cause == Cause.COMPLETED)
    rule = _("Rule: played to the end 3 times or more.")
    return [
        Proposal(
            Kind.UNREVIEWED,
            _("%(playlist)s was played to the end %(number)d times. Keep it.")
            % {"playlist": facts.title_of(slug), "number": number},
            rule,
            slug=slug,
        )
        for slug, number in heard_out.most_common()
        if number >= HEARD_OUT_FEWEST and slug in on_bed(facts.assignment)
    ]
