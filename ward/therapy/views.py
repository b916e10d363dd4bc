"""Which beds to review first, and the tracks that a whole ward excludes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ward.assignments.assigning import AssigningError
from ward.assignments.models import Blocked
from ward.assignments.stays import ActionError, mark_of
from ward.beds.access import may_curate, wards_of
from ward.beds.models import Bed, Ward
from ward.beds.staff import initials
from ward.beds.times import clock
from ward.frame import local_now, page, person, staff_only, ward_for
from ward.message import refused, say
from ward.music.models import Track
from ward.therapy import actions, facts
from ward.therapy.finding import browsed
from ward.therapy.groups import WORDS, Advice, Group, advice
from ward.therapy.reasons import Reason, order, reasons, since_review


@dataclass(frozen=True, slots=True)
class Row:
    """One bed of the list. `advice`: what to do, None where nothing is flagged; `more`: the other reasons; `reviewed`,
    `who`: the last review, empty if there was none; `since`: what has happened since; `stay`: when the stay began;
    `mark`: identifies the stay; `pause`: the address where the other playlists are ticked; `add`: where one more is."""

    bed: Bed
    advice: Advice | None
    more: list[Reason]
    reviewed: str
    who: str
    since: str
    stay: str
    mark: str
    pause: str
    add: str


@dataclass(frozen=True, slots=True)
class Part:
    """One group of the list, with its words."""

    group: Group
    word: str
    told: str
    rows: list[Row]


@require_GET
@staff_only
def therapy(request: HttpRequest, slug: str) -> HttpResponse:
    """The review list: beds with a reason by what to do, then by reason and age; then the other beds that have a
    stay."""
    ward, now = ward_for(request, slug, may_curate), local_now()
    rows = [_row(one, now) for one in facts.of_ward(ward, now)]
    context = {
        "here": "therapy",
        "side": "review",
        "wards": _wards(person(request), "therapy"),
        "beds": len(rows),
        "flagged": sum(row.advice is not None for row in rows),
        "parts": [part for group in Group if (part := _part(group, rows)).rows],
        "rest": [row for row in rows if row.advice is None],
    }
    return page(request, "therapy.html", ward, context)


@require_GET
@staff_only
def blocked(request: HttpRequest, slug: str) -> HttpResponse:
    """The tracks that this ward excludes, and tracks to add."""
    return _blocked(request, ward_for(request, slug, may_curate))


@require_POST
@staff_only
def block(request: HttpRequest, slug: str) -> HttpResponse:
    """Excludes a track at every bed of the ward."""
    ward = ward_for(request, slug, may_curate)
    track = _track(request)
    try:
        actions.block(ward, track, person(request), timezone.now())
    except (ActionError, AssigningError) as error:
        return _blocked(request, ward, str(error), 422)
    head = _("Excluded on %(ward)s: %(track)s") % {"ward": ward.name, "track": track.title}
    return say(request, reverse("therapy_blocked", args=[ward.slug]), head)


@require_POST
@staff_only
def unblock(request: HttpRequest, slug: str) -> HttpResponse:
    """Allows a track on the ward again."""
    ward = ward_for(request, slug, may_curate)
    track = _track(request)
    actions.unblock(ward, track, person(request), timezone.now())
    head = _("Allowed again on %(ward)s: %(track)s") % {"ward": ward.name, "track": track.title}
    return say(request, reverse("therapy_blocked", args=[ward.slug]), head)


def _blocked(request: HttpRequest, ward: Ward, problem: str = "", status: int = 200) -> HttpResponse:
    now = local_now()
    rows = list(Blocked.objects.filter(ward=ward).select_related("track", "by"))
    context: dict[str, Any] = {
        "here": "therapy",
        "side": "never",
        "wards": _wards(person(request), "therapy_blocked"),
        "rows": [(row.track, clock(row.at, now), initials(row.by)) for row in rows],
        **browsed(request.GET, {row.track_id for row in rows}),
    }
    context |= {"message": refused(problem)} if problem else {}
    return page(request, "therapy_blocked.html", ward, context, status)


def _track(request: HttpRequest) -> Track:
    found = Track.objects.filter(pk=request.POST.get("track", "")).first()
    if found is None:
        raise Http404
    return found


def _row(one: facts.Facts, now: datetime) -> Row:
    review, found = one.review, reasons(one, now)
    what = advice(one, found, now) if found else None
    return Row(
        bed=one.bed,
        advice=what,
        more=[reason for reason in found if what is not None and reason is not what.lead],
        reviewed=clock(review.at, now) if review else "",
        who=initials(review.by) if review else "",
        since=since_review(one),
        stay=clock(one.since, now),
        mark=mark_of(one.bed),
        pause=ticked(one.bed, what.rest) if what else "",
        add=ticked(one.bed, what.liked.ticked) if what and what.liked else "",
    )


def _part(group: Group, rows: Sequence[Row]) -> Part:
    """Beds without music stand as the rooms do, all others by reason and age."""
    here = [(row.advice, row) for row in rows if row.advice is not None and row.advice.group is group]
    if group is not Group.SILENT:
        here.sort(key=lambda one: order(one[0].lead))
    word, told = WORDS[group]
    return Part(group, str(word), str(told), [row for _advice, row in here])


def ticked(bed: Bed, slugs: Sequence[str]) -> str:
    """The address where these playlists are ticked and can be assigned; empty where there are none."""
    chosen = QueryDict(mutable=True)
    chosen.setlist("playlist", list(slugs))
    return f"{reverse('assign', args=[bed.pk])}?{chosen.urlencode()}" if slugs else ""


def _wards(user: User, name: str) -> list[tuple[Ward, str]]:
    """The wards where this person may curate; empty if there is only one."""
    wards = [ward for ward in wards_of(user).order_by("name") if may_curate(user, ward)]
    return [(ward, reverse(name, args=[ward.slug])) for ward in wards] if len(wards) > 1 else []
