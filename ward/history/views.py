"""The history page of a bed: what was played, answered and skipped in this stay, notes, and discharge."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from ward.assignments import assigning, moving
from ward.assignments.assigning import AssigningError
from ward.assignments.stays import ActionError, StaleError, mark_of
from ward.bed.views import frame, live
from ward.beds.access import assigns_on, may_assign
from ward.beds.models import Bed
from ward.board.views import bed_for
from ward.frame import local_now, page, person, staff_only
from ward.history import actions, pages
from ward.history.ending import Ending, ending
from ward.history.reading import Told, told_of
from ward.history.skipped import Skipped, skipped
from ward.history.targets import chosen, targets
from ward.message import Button, Kind, Link, Message, kept, refused, say
from ward.music.models import Track
from ward.notes.models import LETTERS_MOST
from ward.people.once import once
from ward.timings.timing import Action, opened, took


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the page says of an action that was done. Where it was refused: the part of the page, and the field with its
    label."""

    head: str
    sentence: str
    part: str = ""
    field: str = ""
    label: str = ""


NOTE = Outcome(
    gettext_noop("Note saved for bed %(bed)s"),
    gettext_noop("The next shift sees it."),
    "note",
    "note-text",
    gettext_noop("Note for the next shift"),
)
MOVED = Outcome("", "", "move", "move-bed", gettext_noop("Empty bed"))  # the page of the other bed says it
EXCLUDED = Outcome(gettext_noop("Track excluded for bed %(bed)s"), gettext_noop("Until this stay ends."))
DISCHARGED = Outcome(
    gettext_noop("Discharged: bed %(bed)s"),
    gettext_noop("The music stops and this patient's playlists are cleared. See below whether the box has confirmed."),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page shows: seven days or the stay, which text for the patient record, with or without tables."""

    days: str
    text: str
    table: bool

    @property
    def seen(self) -> str:
        """The text by which an open page says what it shows."""
        return f"{self.days},{self.text},{int(self.table)}"

    @property
    def address(self) -> QueryDict:
        """What stands behind the page's address: a part that is drawn later has an address of its own."""
        shown = {"days": self.days, "text": self.text, "as": "table" if self.table else ""}
        said = QueryDict(mutable=True)
        said.update({name: value for name, value in shown.items() if value not in ("7", "last", "")})
        return said


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A track that was skipped early. `held_back`: it is excluded for this bed already."""

    track: str
    title: str
    skipped: int
    begun: int
    playlist_title: str
    held_back: bool


@require_GET
@staff_only
def history(request: HttpRequest, bed_id: int) -> HttpResponse:
    """The page, for all who may see the board."""
    return _page(request, bed_for(request, bed_id))


@require_GET
@staff_only
def pulse(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Every 15 s and at each change: the parts that the page does not show yet. If the stay has changed, the page
    reloads, so that nothing of an earlier patient stays on a shared computer."""
    found = bed_for(request, bed_id)
    seen = dict(part.split(":", 1) for part in request.GET.getlist("seen") if ":" in part)
    if "stay" in seen and seen["stay"] != mark_of(found):
        return HttpResponseClientRefresh()
    assigns = may_assign(person(request), found.room.ward)  # the parts offer the same as the page does
    context = live(request, found) | {"side": "history", "may_assign": assigns, "stay_mark": mark_of(found)}
    context["card_changed"] = context["tile"].seen not in request.GET.getlist("seen")
    wanted = _wanted_of(seen.get("history", ""))
    told = told_of(found, local_now())
    context |= _told_parts(found, told, wanted) | _end_part(found)
    context["history_changed"] = told is not None and context["history_seen"] != seen.get("history")
    context["end_changed"] = context["end_seen"] != seen.get("end")
    return render(request, "history_pulse.html", context)


@require_POST
@staff_only
@once
def note(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Saves a note for the next shift. A problem is shown at the field, and the text is kept."""
    text, newest = request.POST.get("text", ""), request.POST.get("newest", "")

    def written(found: Bed, mark: str) -> None:
        actions.write_note(found, text, person(request), timezone.now(), mark=mark, newest=newest)

    return _action(request, bed_id, written, NOTE, {"note_text": text})


@require_POST
@staff_only
@once
def never(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Excludes a skipped track for this bed until the stay ends."""
    track = request.POST.get("track", "")

    def held_back(found: Bed, mark: str) -> None:
        told = told_of(found, local_now())
        if mark == mark_of(found) and track not in {one.track for one in skipped(told.tracks if told else ())}:
            raise Http404
        actions.never_play(found, track, person(request), timezone.now(), mark=mark)

    return _action(request, bed_id, held_back, EXCLUDED, {})


@require_POST
@staff_only
@once
def discharge(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Ends the stay; the page then shows whether the box has confirmed it."""

    def ended(found: Bed, mark: str) -> None:
        now = timezone.now()
        actions.end_stay(found, person(request), now, mark=mark)
        took(Action.DISCHARGE, found.room.ward, request.POST.get("opened", ""), now)

    return _action(request, bed_id, ended, DISCHARGED, {})


@require_POST
@staff_only
@once
def move(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Moves the stay to the bed that was chosen, and leads there."""
    said, user = request.POST.get("bed", ""), person(request)

    def moved(found: Bed, mark: str) -> None:
        moving.move(found, chosen(assigns_on(user), said), user, timezone.now(), mark=mark)

    return _action(request, bed_id, moved, MOVED, {"move_to": said}, then="assigned")


def _action(
    request: HttpRequest,
    bed_id: int,
    action: Callable[[Bed, str], None],
    done: Outcome,
    typed: dict[str, Any],
    *,
    then: str = "",
) -> HttpResponse:
    """403 if the role may not do this, 409 if the page was too old, 422 if it cannot be done."""
    found = bed_for(request, bed_id)
    if not may_assign(person(request), found.room.ward):
        raise PermissionDenied
    try:
        action(found, request.POST.get("stay", ""))
    except (ActionError, AssigningError) as error:
        status = 409 if isinstance(error, StaleError) else 422
        line, field = _sentence(error), done.field
        if request.POST.get("stay", "") != mark_of(
            found
        ):  # about an earlier patient: to copy, never in the next patient's form
            typed, field = {"left_text": typed.get("note_text", "")}, ""
        said = {"message": refused(line, [Link(_(done.label), field)] if field else [])}
        return _page(request, found, typed | said | ({f"{done.part}_problem": line} if field else {}), status)
    if then:
        return redirect(then, bed_id=typed["move_to"])
    return say(request, reverse("history", args=[found.pk]), _(done.head) % {"bed": found}, _(done.sentence))


def _page(request: HttpRequest, found: Bed, said: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    wanted = _wanted(request.GET)
    context = frame(request, found) | {"side": "history", "stay_mark": mark_of(found)}
    told = told_of(found, local_now())
    context |= _told_parts(found, told, wanted) | _end_part(found)
    if told is not None:
        context |= {
            "skipped": _skipped_rows(found, told),
            "notes": pages.note_parts(told, pages.hours_of(found.room.ward), local_now()),
            "newest_note": told.notes[0].pk if told.notes else 0,
            "letters_most": LETTERS_MOST,
            "writes": "write" in request.GET,
            "move_targets": targets(person(request), found, local_now()) if context["may_assign"] else [],
        }
    context |= said or _discharged(request, found, context["end"])
    return page(request, "history.html", found.room.ward, context, status)


def _discharged(request: HttpRequest, found: Bed, end: Ending | None) -> dict[str, Message]:
    """While it can be undone, the message of a discharge is an ink bar; nothing where this page has no news."""
    last = assigning.newest(found) if end is not None and end.until and kept(request) else None
    if last is None or end is None or not may_assign(person(request), found.room.ward):
        return {}
    head = _(DISCHARGED.head) % {"bed": found}
    limit = _("Wrong bed? You can restore all of it until %(until)s.") % {"until": end.until}
    back = reverse("put_back", args=[found.pk])
    restore = Button(_("Restore the stay"), back, (("version", str(last.version)),), "undo", sent_once=True)
    return {"message": Message(head, limit, Kind.CAN_UNDO, (restore,))}


def _told_parts(found: Bed, told: Told | None, wanted: Wanted) -> dict[str, Any]:
    """The parts that change when the box reports something new."""
    now, hours = local_now(), pages.hours_of(found.room.ward)
    if told is None:
        return {"wanted": wanted, "history_seen": ""}
    facts = [(one.key, one.end) for one in told.sessions]
    known = pages.digest_of(facts, len(told.answers), len(told.offline), len(told.starts))
    return {
        "wanted": wanted,
        "history_seen": f"{wanted.seen},{known}",
        "played": pages.played_part(told, hours, now, whole=wanted.days == "stay"),
        "scores": pages.scores_parts(told, now),
        "changes": pages.words_part(told),
        "chart": pages.chart_text(told, hours, now, wanted.text),
    }


def _end_part(found: Bed) -> dict[str, Any]:
    end: Ending | None = ending(found, local_now())
    return {"end": end, "end_seen": pages.digest_of(end), "opened": opened(timezone.now())}


def _skipped_rows(found: Bed, told: Told) -> list[SkippedRow]:
    tracks = skipped(told.tracks)
    titles = dict(Track.objects.filter(pk__in=[one.track for one in tracks]).values_list("pk", "title"))
    never_here = actions.held_back(found)
    return [_skipped_row(one, titles, told, one.track in never_here) for one in tracks]


def _skipped_row(one: Skipped, titles: dict[str, str], told: Told, held_back: bool) -> SkippedRow:
    facts = told.playlists.get(one.playlist_slug)
    title = pages.skipped_titles(titles, one.track)
    return SkippedRow(one.track, title, one.skipped, one.begun, facts.title if facts else "", held_back)


def _wanted(said: QueryDict) -> Wanted:
    days, text = said.get("days", ""), said.get("text", "")
    return Wanted(
        days if days in ("7", "stay") else "7", text if text in pages.TEXTS else "last", said.get("as", "") == "table"
    )


def _wanted_of(seen: str) -> Wanted:
    """What an open page shows, from what it sent back."""
    days, text, table = [*seen.split(","), "", "", ""][:3]
    return _wanted(QueryDict(f"days={days}&text={text}&as={'table' if table == '1' else ''}"))


def _sentence(refused: Exception) -> str:
    line = str(refused)
    return f"{line[:1].upper()}{line[1:].rstrip('.')}."
