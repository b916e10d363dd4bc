"""Which playlists a bed's page suggests, each with its reason in words. Reads this stay of the bed, and of the ward
only totals that name no one. It suggests; it assigns nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils.translation import gettext as _

from messages.entries import Cause
from ward.assignments.evening import evening_playlist
from ward.beds.models import Bed, Ward
from ward.usage.models import Session

LOOKS_BACK = timedelta(days=30)
STAYS_FEWEST = 5  # fewer could be one person's taste
SHORT_S = 600.0  # stopped before the shortest session's length


def reasons(bed: Bed, of_stay: Sequence[Session], now: datetime) -> dict[str, str]:
    """Slug to reason, the best first. `of_stay`: this stay's sessions; `now` in the ward's time zone. Two queries."""
    ward = bed.room.ward
    cut_short = {row.playlist_slug for row in of_stay if row.cause == Cause.BUTTON and row.heard_s < SHORT_S}
    found: dict[str, str] = {}
    evening = evening_playlist(ward)
    if evening is not None:
        found[evening.slug] = _("The ward's evening playlist. Not assigned to this bed.")
    for slug in _heard_last_night(of_stay, *last_night(ward, now)):
        found.setdefault(slug, _("Played at this bed last night."))
    for slug in _used_often(ward, now):
        found.setdefault(slug, _("Popular on this ward. Not stopped early at this bed."))
    return {slug: reason for slug, reason in found.items() if slug not in cut_short}


def last_night(ward: Ward, now: datetime) -> tuple[datetime, datetime]:
    """When the newest night that is over began and ended."""
    ends = now.replace(hour=ward.night_until.hour, minute=ward.night_until.minute, second=0, microsecond=0)
    ends -= timedelta(days=1) if ends > now else timedelta(0)
    begins = ends.replace(hour=ward.night_from.hour, minute=ward.night_from.minute)
    return begins - (timedelta(days=1) if begins >= ends else timedelta(0)), ends


def sessions_of_stay(bed: Bed) -> list[Session]:
    """This stay's sessions with their boxes, the newest first; what an earlier patient heard is private."""
    if bed.stay is None:
        return []
    return list(Session.objects.filter(stay=bed.stay).select_related("device").order_by("-started_at"))


def _heard_last_night(of_stay: Iterable[Session], begins: datetime, ends: datetime) -> Iterable[str]:
    return [row.playlist_slug for row in of_stay if begins <= row.started_at < ends and row.heard_s >= SHORT_S]


def _used_often(ward: Ward, now: datetime) -> Iterable[str]:
    """The playlists that many stays of the ward heard, the most stays first."""
    heard = Session.objects.filter(bed__room__ward=ward, started_at__gte=now - LOOKS_BACK, heard_s__gte=SHORT_S)
    stays = heard.order_by().values("playlist_slug").annotate(stays=Count("stay", distinct=True))
    return (
        stays.filter(stays__gte=STAYS_FEWEST)
        .order_by("-stays", "playlist_slug")
        .values_list("playlist_slug", flat=True)
    )
