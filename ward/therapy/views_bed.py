"""One bed as a therapist sees it: why it is listed, preferences, excluded tracks, and playlists to choose from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from ward.assignments.assigning import AssigningError
from ward.assignments.blocking import blocked
from ward.assignments.stays import ActionError, StaleError, mark_of
from ward.beds.access import may_curate
from ward.beds.models import Bed
from ward.beds.staff import initials
from ward.beds.times import clock
from ward.board.views import bed_for
from ward.frame import local_now, page, person, staff_only
from ward.message import Link, refused, say
from ward.people.once import once
from ward.therapy import actions, facts
from ward.therapy.choosing import Choice, choice_of
from ward.therapy.finding import browsed
from ward.therapy.forms import PreferencesForm
from ward.therapy.likes import likes
from ward.therapy.models import LETTERS_MOST, Preferences
from ward.therapy.proposals import proposals
from ward.therapy.reasons import reasons, since_review, title_of
from ward.therapy.subjects import told
from ward.therapy.views import ticked


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the page says of an action that was done. `fields`: the inputs that may be too long where it was refused."""

    head: str
    sentence: str = ""
    fields: tuple[str, ...] = ()


KEPT = Outcome(gettext_noop("Preferences saved for bed %(bed)s"), "", ("comforts", "hurts"))
DELETED = Outcome(gettext_noop("Preferences deleted for bed %(bed)s"))
REVIEWED = Outcome(gettext_noop("Bed %(bed)s marked as reviewed"))
EXCLUDED = Outcome(gettext_noop("Track excluded for bed %(bed)s"), gettext_noop("Until this stay ends."))
ALLOWED = Outcome(gettext_noop("Track allowed again for bed %(bed)s"))


@dataclass(frozen=True, slots=True)
class Held:
    """An excluded track. `by_ward`: by the ward's list, which has its own page."""

    track: str
    title: str
    by_ward: bool


@require_GET
@staff_only
def bed(request: HttpRequest, bed_id: int) -> HttpResponse:
    """The page."""
    return _page(request, _bed(request, bed_id))


@require_POST
@staff_only
@once
def preferences(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Replaces the recorded preferences."""
    form = PreferencesForm(None, request.POST)

    def kept(found: Bed, mark: str) -> None:
        if not form.is_valid():
            most = {"most": LETTERS_MOST}
            raise ActionError(
                _("Not saved. A line can have up to %(most)d characters. Shorten it, then save it.") % most
            )
        lines = (form.cleaned_data["comforts"], form.cleaned_data["hurts"])
        actions.keep(found, form.ticks, lines, person(request), timezone.now(), mark=mark)

    return _action(request, bed_id, kept, KEPT, {"form": form})


@require_POST
@staff_only
@once
def forget(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Deletes the recorded preferences."""

    def gone(found: Bed, mark: str) -> None:
        actions.delete(found, person(request), timezone.now(), mark=mark)

    return _action(request, bed_id, gone, DELETED, {})


@require_POST
@staff_only
@once
def reviewed(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Records a review; goes to the list, or back to the bed."""

    def looked(found: Bed, mark: str) -> None:
        actions.review(found, person(request), timezone.now(), mark=mark)

    return _action(request, bed_id, looked, REVIEWED, {}, to_list="list" in request.POST)


@require_POST
@staff_only
@once
def never(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Excludes a track for this bed, or with `again` allows it again; goes to the bed, or back to the list."""
    track = request.POST.get("track", "")

    def held(found: Bed, mark: str) -> None:
        back = "again" not in request.POST
        actions.hold_back(found, track, person(request), timezone.now(), mark=mark, back=back)

    done = ALLOWED if "again" in request.POST else EXCLUDED
    return _action(request, bed_id, held, done, {}, to_list="list" in request.POST)


def _bed(request: HttpRequest, bed_id: int) -> Bed:
    """404 for people without a role on the ward, 403 for those who may not curate."""
    found = bed_for(request, bed_id)
    if not may_curate(person(request), found.room.ward):
        raise PermissionDenied
    return found


def _action(
    request: HttpRequest,
    bed_id: int,
    action: Callable[[Bed, str], None],
    done: Outcome,
    kept: dict[str, Any],
    *,
    to_list: bool = False,
) -> HttpResponse:
    """409 if the page was too old, 422 if it cannot be done."""
    found = _bed(request, bed_id)
    try:
        action(found, request.POST.get("stay", ""))
    except (ActionError, AssigningError) as error:
        status = 409 if isinstance(error, StaleError) else 422
        if request.POST.get("stay", "") != mark_of(found):
            kept = {"left_text": _left(kept)}  # about an earlier patient: to copy, never in the next patient's form
        return _page(request, found, kept | _refusal(error, done, kept), status)
    here = reverse("therapy_bed", args=[found.pk])
    address = reverse("therapy", args=[found.room.ward.slug]) if to_list else here
    return say(request, address, _(done.head) % {"bed": found}, _(done.sentence) if done.sentence else "")


def _refusal(error: Exception, done: Outcome, kept: dict[str, Any]) -> dict[str, Any]:
    """The message, with a link to each line that is too long."""
    form = kept.get("form")
    wrong = [name for name in done.fields if form is not None and form[name].errors]
    names = {"comforts": _("Comforting: details"), "hurts": _("Upsetting or painful: details")}
    return {"message": refused(_sentence(error), [Link(names[name], name) for name in wrong]), "wrong": wrong}


def _page(request: HttpRequest, found: Bed, said: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"here": "therapy", "bed": found, "stay_mark": mark_of(found)}
    one = facts.of_bed(found, local_now())
    if one is not None:
        context |= _told(one) | _kept(found) | _held(request, one)
    return page(request, "therapy_bed.html", found.room.ward, context | (said or {}), status)


def _told(one: facts.Facts) -> dict[str, Any]:
    now, review = local_now(), one.review
    choice: Choice = choice_of(one)
    return {
        "since_stay": clock(one.since, now),
        "reasons": reasons(one, now),
        "reviewed": clock(review.at, now) if review else "",
        "who_reviewed": initials(review.by) if review else "",
        "since": since_review(one),
        "proposals": proposals(one, now),
        "likes": [(like, ticked(one.bed, like.ticked)) for like in likes(one)],
        "choice": choice,
    }


def _kept(found: Bed) -> dict[str, Any]:
    kept = Preferences.objects.filter(stay=found.stay).select_related("written_by").first()
    shown: dict[str, Any] = {"form": PreferencesForm(kept), "letters_most": LETTERS_MOST, "kept": kept}
    if kept is not None:
        lines = [(_("Comforting: details"), kept.comforts), (_("Upsetting or painful: details"), kept.hurts)]
        shown["kept_lines"] = [*told(kept.ticks), *((name, line) for name, line in lines if line)]
        shown["kept_at"], shown["kept_by"] = clock(kept.written_at, local_now()), initials(kept.written_by)
    return shown


def _held(request: HttpRequest, one: facts.Facts) -> dict[str, Any]:
    by_ward = blocked(one.bed.room.ward_id)
    rows = [Held(track, title_of(one, track), track in by_ward) for track in one.never]
    return {
        "never": sorted(rows, key=lambda row: (row.by_ward, row.title.casefold())),
        **browsed(request.GET, {*one.never, *by_ward}),
    }


def _left(kept: dict[str, Any]) -> str:
    """What was entered about a stay that is over."""
    form = kept.get("form")
    if form is None or not form.is_valid():
        return ""
    lines = [
        _("%(question)s: %(answer)s") % {"question": question, "answer": words} for question, words in told(form.ticks)
    ]
    return "\n".join(filter(None, [*lines, form.cleaned_data["comforts"], form.cleaned_data["hurts"]]))


def _sentence(refused: Exception) -> str:
    line = str(refused)
    return f"{line[:1].upper()}{line[1:].rstrip('.')}."
