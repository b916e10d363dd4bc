"""What the page of a bed says of its music: each playlist with its state, the settings, what is excluded, who assigned
it. Reads rows, writes none."""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messages import Rules
from ward.assignments.blocking import blocked
from ward.assignments.models import Assignment
from ward.bed.playlist_offers import Offer, on_bed, starts_with_sleep
from ward.beds.models import Bed
from ward.beds.times import clock, day, days_since
from ward.music.models import Track
from ward.tiles.status import Face, Rows
from ward.usage.models import Session

TITLES_SHOWN = 3  # of excluded tracks; the page of assigning has them all


@dataclass(frozen=True, slots=True)
class Choosable:
    """One playlist that the patient may choose. `state`: one short line; `shape` stands before it, empty for none."""

    offer: Offer
    state: str
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Excluded:
    """The tracks that do not play at this bed: how many, and the first titles of those excluded here."""

    count: str
    titles: str


def choosable(
    rows: Rows, face: Face, before: Assignment | None, of_stay: Sequence[Session], now: datetime
) -> list[Choosable]:
    """The playlists of the newest assignment in its order. `before`: what the bed had before; `of_stay`: the sessions
    of this stay, the newest first; `now` in the ward's time zone."""
    offers = on_bed(rows.assignment)
    if rows.assignment is None or not offers:
        return []
    playing = rows.device.now_playlist if rows.device is not None and face.sound is not None else ""
    sleep = starts_with_sleep(offers)
    loading = _loading(rows.assignment, before, now)
    used = {row.playlist_slug: row.started_at for row in reversed(of_stay)}
    found = []
    for offer in offers:
        if offer.slug == playing:
            found.append(Choosable(offer, _("Playing now"), "sound"))
        elif offer.slug in loading:
            found.append(Choosable(offer, loading[offer.slug], "waiting"))
        elif offer is sleep:
            found.append(Choosable(offer, _("On the SLEEP button"), "moon"))
        else:
            found.append(Choosable(offer, _used(used.get(offer.slug), now)))
    return found


def seen(found: Sequence[Choosable]) -> str:
    """What a page sends back to say which states it shows."""
    told = repr([(one.offer.slug, one.state) for one in found])
    return f"playlists:{hashlib.blake2s(told.encode(), digest_size=6).hexdigest()}"


def excluded(bed: Bed, rules: Rules) -> Excluded:
    """What never plays at the bed: its own tracks, and those that the whole ward excludes."""
    of_ward = blocked(bed.room.ward_id)
    here = [sha for sha in rules.never_play if sha not in of_ward]
    titles = list(Track.objects.filter(pk__in=here).order_by("title").values_list("title", flat=True)[:TITLES_SHOWN])
    more = len(here) - len(titles)
    told = ", ".join(titles)
    if titles and more:
        told = _("%(titles)s and %(number)d more") % {"titles": told, "number": more}
    return Excluded(_counted(len(here), len(of_ward)), told)


def _counted(here: int, on_ward: int) -> str:
    if not here and not on_ward:
        return _("No tracks excluded.")
    if not on_ward:
        return ngettext("%(number)d track excluded.", "%(number)d tracks excluded.", here) % {"number": here}
    if not here:
        return _("None here, %(number)d on the ward") % {"number": on_ward}
    facts = {"here": here, "ward": on_ward}
    return (
        ngettext("%(here)d track here, %(ward)d on the ward", "%(here)d tracks here, %(ward)d on the ward", here)
        % facts
    )


def _used(at: datetime | None, now: datetime) -> str:
    if at is None:
        return _("Not used yet")
    return _("Last used %(when)s") % {"when": clock(at, now) if days_since(at, now) == 0 else day(at, now)}


def _loading(newest: Assignment, before: Assignment | None, now: datetime) -> Mapping[str, str]:
    """By slug, of each playlist that the box did not have before, how far it has come; empty once the box has all."""
    if newest.applied_at is not None or newest.refused:
        return {}
    had = _entries(before) if before is not None and before.stay == newest.stay else []
    known = {held["slug"] for held in had}
    told = _come(newest, _hashes(had), now)
    return {held["slug"]: told for held in _entries(newest) if held["slug"] not in known}


def _come(newest: Assignment, had: set[str], now: datetime) -> str:
    if newest.sent_at is None or not newest.needed:
        return _("Not on the box yet")
    facts = {"held": newest.held, "needed": newest.needed}
    told = _("%(held)d of %(needed)d tracks loaded") % facts
    minutes = minutes_left(newest, len(had & _hashes(_entries(newest))), now)
    return _("%(loaded)s, about %(number)d min") % {"loaded": told, "number": minutes} if minutes else told


def minutes_left(newest: Assignment, had: int, now: datetime) -> int | None:
    """How long the rest takes to load if it goes on as until now; None where that cannot be said yet. `had`: how many
    of the tracks the box had before."""
    came, rest = newest.held - had, newest.needed - newest.held
    if newest.sent_at is None or came <= 0 or rest <= 0:
        return None
    return max(1, math.ceil((now - newest.sent_at).total_seconds() / came * rest / 60))


def _entries(assignment: Assignment | None) -> list[dict[str, Any]]:
    if assignment is None or assignment.expired_at is not None:
        return []
    return list(assignment.message.get("playlists") or ())


def _hashes(entries: Iterable[Mapping[str, Any]]) -> set[str]:
    return {track["sha256"] for held in entries for track in held["tracks"]}
