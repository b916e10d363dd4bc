"""Assigning music to a bed, a page of its own: playlists, settings, excluded tracks, safety check. Its POST writes a
row; what the box does with it is told on the page of the delivery."""

from collections.abc import Sequence

import msgspec
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from messages import Rules
from ward.assignments import assigning
from ward.assignments.models import Assignment
from ward.assignments.moving import spells_of
from ward.assignments.restoring import went_line
from ward.audit.verbs import AuditVerb
from ward.bed.checking import looked
from ward.bed.context import Said, choosing, rules_form
from ward.bed.playlist_offers import ChoiceError, chosen
from ward.bed.rules_words import same
from ward.bed.views import frame
from ward.beds.access import may_assign
from ward.beds.models import Bed
from ward.beds.staff import initials
from ward.beds.times import clock
from ward.board.views import bed_for
from ward.frame import local_now, page, person, staff_only
from ward.message import Link, links_of, refused
from ward.people.once import once
from ward.people.typed import number
from ward.timings.timing import Action, took


@require_http_methods(["GET", "POST"])
@staff_only
@once
def assign(request: HttpRequest, bed_id: int) -> HttpResponse:
    """The playlists to choose from and the settings. POST assigns what is ticked; 403 if the role may not, 422 if no
    one can, 409 if the page is older than the bed's music."""
    found = bed_for(request, bed_id)
    if not may_assign(person(request), found.room.ward):
        raise PermissionDenied
    if request.method == "POST":
        return _assign(request, found)
    if not assigning.is_open(found):
        return redirect("history", bed_id=found.pk)
    return _choose(request, found, Said(ticked=request.GET.getlist("playlist") or None))


def _choose(request: HttpRequest, found: Bed, said: Said = Said()) -> HttpResponse:  # noqa: B008 - it is frozen
    now = local_now()
    context = frame(request, found)
    context |= choosing(found, context["newest"], request.GET, said, now)
    if said.problem:
        context["message"] = refused(said.problem, _wrong(said), _("Not assigned"))
    return page(request, "assign.html", found.room.ward, context, said.status)


def _wrong(said: Said) -> list[Link]:
    """Each setting that is wrong; the excluded tracks are a list without a field of its own."""
    form = said.rules
    wrong = links_of(form) if form is not None and form.is_bound else ()
    return [Link(one.words, one.field or "part-never") for one in wrong]


def _assign(request: HttpRequest, found: Bed) -> HttpResponse:
    said, user, now = request.POST, person(request), timezone.now()
    slugs = list(dict.fromkeys(said.getlist("playlist")))
    newest = assigning.newest(found)
    held = assigning.rules_of(found, newest)
    form = rules_form(found, newest, held, said)
    rules = form.rules(now) if form is not None and form.is_valid() else None
    seen = newest.version if newest else 0
    if said.get("version") != str(seen):
        return _meanwhile(request, found, Said(slugs, form), newest, rules)
    if form is not None and rules is None:
        return _choose(request, found, Said(slugs, form, _("Check the settings."), 422))
    try:
        playlists = chosen(slugs, newest)
        action = _action(held, rules or held) if _says(newest, slugs, None) else AuditVerb.ASSIGNED
        assigning.assign(found, playlists, user, now, rules=rules, action=action, seen=seen)
    except assigning.ChangedError as changed:
        return _meanwhile(request, found, Said(slugs, form), changed.newest, rules)
    except (ChoiceError, assigning.AssigningError) as error:
        return _choose(request, found, Said(slugs, form, _sentence(error), 422))
    if "looked" in said:
        looked(found, user, now)
    took(Action.ASSIGN, found.room.ward, said.get("opened", ""), now)
    return redirect("assigned", bed_id=found.pk)


def _action(held: Rules, rules: Rules) -> AuditVerb:
    """What the activity log calls a change of the settings alone; of a track more and a track less the one more."""
    if same(held, rules):
        return AuditVerb.ASSIGNED
    if not same(msgspec.structs.replace(held, never_play=rules.never_play), rules):
        return AuditVerb.CHANGED_SETTINGS
    more = set(rules.never_play) - set(held.never_play)
    return AuditVerb.EXCLUDED_FOR_BED if more else AuditVerb.ALLOWED_FOR_BED


def _meanwhile(
    request: HttpRequest, found: Bed, said: Said, newest: Assignment | None, rules: Rules | None
) -> HttpResponse:
    """The page is older than the bed's music: the second of two taps did what the first one did, anyone else reads who
    was quicker."""
    if newest is not None and newest.assigned_by == person(request) and _says(newest, said.ticked or (), rules):
        return redirect("assigned", bed_id=found.pk)
    another = _for_another_stay(request, found)
    if another:
        nothing = _("Nothing was assigned.")
        return _choose(request, found, Said(problem=f"{another} {nothing}", status=409))
    return _choose(request, found, Said(said.ticked, said.rules, _someone_else(newest), 409))


def _for_another_stay(request: HttpRequest, found: Bed) -> str:
    """What became of the stay that the page showed, where it is not the bed's: what was chosen then is not for the next
    patient, nor for one who was moved to the bed meanwhile."""
    version = number(request.POST.get("version", ""))
    shown = Assignment.objects.filter(bed=found, version=version).first() if version is not None else None
    stay = shown.stay if shown else None
    if stay not in (None, found.stay):
        is_elsewhere = Bed.objects.filter(stay=stay).exists()
        return went_line(found, stay) if is_elsewhere else _("The stay that you chose this for has ended.")
    spells = spells_of(found) if stay is None else []
    if len(spells) < 2:  # the bed's own, and the one before it
        return ""
    origin = Bed.objects.select_related("room__ward").get(pk=spells[-2].bed)
    facts = {"bed": origin.beside(found)}
    return _("A patient was moved here from bed %(bed)s while you were choosing.") % facts


def _says(newest: Assignment | None, slugs: Sequence[str], rules: Rules | None) -> bool:
    """Whether the newest assignment holds these playlists, and these rules where some were said."""
    if newest is None or {entry["slug"] for entry in newest.message.get("playlists") or ()} != set(slugs):
        return False
    return rules is None or same(rules, assigning.wire(newest).rules)


def _sentence(error: Exception) -> str:
    line = str(error)
    return f"{line[:1].upper()}{line[1:].rstrip('.')}."


def _someone_else(newest: Assignment | None) -> str:
    if newest is None:
        return _("This bed was cleared while you were choosing. Your selection is kept below.")
    facts = {"who": initials(newest.assigned_by), "time": clock(newest.assigned_at, local_now())}
    return (
        _("%(who)s changed these playlists (%(time)s). The new ones are shown. Your selection is kept below.") % facts
    )
