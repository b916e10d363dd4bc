"""What the page of assigning shows besides what is live: playlists with their reasons, settings, tracks, the safety
check. Reads rows, writes none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from messages import Rules
from ward.assignments import assigning
from ward.assignments.defaults import defaults_of
from ward.assignments.models import Assignment
from ward.bed.checking import look
from ward.bed.overview import excluded
from ward.bed.playlist_offers import ROWS_SHOWN, Choice, Search, offers
from ward.bed.rules_form import RulesForm, days_of
from ward.bed.rules_rows import rules_rows
from ward.bed.suggestions import reasons, sessions_of_stay
from ward.bed.tracks import tracks_of
from ward.beds.models import Bed
from ward.music.purposes import PURPOSES
from ward.timings.timing import opened


@dataclass(frozen=True, slots=True)
class Said:
    """What a form said that was not assigned, so that the page keeps it. `rules`: None where it said none."""

    ticked: Sequence[str] | None = None
    rules: RulesForm | None = None
    problem: str = ""
    status: int = 200


def choosing(found: Bed, newest: Assignment | None, asked: QueryDict, said: Said, now: datetime) -> dict[str, Any]:
    """What assign.html shows. `asked`: the address, with what is searched; `now` in the ward's time zone."""
    held = assigning.rules_of(found, newest)
    choice = offers(newest, said.ticked, reasons(found, sessions_of_stay(found), now))
    shown = {
        "choice": choice,
        "count": sum(offer.ticked for offer in choice.all),
        "problem": said.problem,
        "look": look(found, now),
        "opened": opened(now),
    }
    return shown | _searched(asked, choice) | _ruled(asked, found, newest, held, said)


def rules_form(found: Bed, newest: Assignment | None, held: Rules, said: QueryDict) -> RulesForm | None:
    """The rules that a form said; None where it said none."""
    if "rules" not in said:
        return None
    known = tracks_of(newest, held.never_play, said.getlist("never"), "").known
    return RulesForm(held, _days(found, held), known, said)


def _days(found: Bed, held: Rules) -> int:
    of_stay = Assignment.objects.filter(stay=found.stay).order_by("assigned_at", "version") if found.stay else ()
    return days_of(of_stay, held, defaults_of(found.room.ward_id).days)


def _searched(asked: QueryDict, choice: Choice) -> dict[str, Any]:
    """The rows of all other playlists: those that a search does not find are hidden, and kept for the next letter."""
    search = Search(asked.get("q", ""), asked.get("purpose", ""), everything="all" in asked)
    limit = len(choice.rows) if search.is_on or search.everything else ROWS_SHOWN
    rows = [(offer, offer.ticked or offer.found_by(search), place >= limit) for place, offer in enumerate(choice.rows)]
    purposes = [("", _("All")), *PURPOSES.items()]
    found_none = bool(rows) and not any(hit for _offer, hit, _late in rows)
    return {"rows": rows, "search": search, "purposes": purposes, "found_none": found_none, "limit": limit}


def _ruled(asked: QueryDict, found: Bed, newest: Assignment | None, held: Rules, said: Said) -> dict[str, Any]:
    """The settings as words and as a form, and the tracks that may be excluded."""
    form, words = said.rules, asked.get("track", "")
    ticked = form.ticked if form is not None else held.never_play
    tracks = tracks_of(newest, held.never_play, ticked, words)
    defaults = defaults_of(found.room.ward_id).rules
    fields = form or RulesForm(held, _days(found, held), tracks.known)
    return {
        "rules": fields,
        "settings": {row.part: row for row in rules_rows(held, defaults)},
        "open_parts": {asked.get("part", ""), *fields.parts_in_error()},
        "excluded": excluded(found, held),
        "tracks": tracks,
        "track_words": words,
    }
