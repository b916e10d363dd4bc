"""One bed: what plays there, assigning it music, stopping it. A POST writes a row; what the box does is told live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from messages import Rules, Verb
from ward.assignments import assigning
from ward.assignments.models import Assignment
from ward.audit.verbs import AuditVerb
from ward.bed.checking import looked
from ward.bed.context import Said, choosing, rules_form
from ward.bed.playlist_offers import ChoiceError, chosen
from ward.bed.rules_words import same
from ward.beds.access import may_assign, may_curate, may_see_devices, may_stop
from ward.beds.models import Bed
from ward.beds.staff import initials
from ward.beds.times import ago, clock, day, minutes_up
from ward.board.views import bed_for, tile_of
from ward.fleet.commands import ask
from ward.fleet.models import Device
from ward.frame import local_now, page, person, staff_only, theme_of
from ward.live.stream import newest_change
from ward.music.models import Track
from ward.people.once import once
from ward.people.typed import number
from ward.tiles.rows import rows_of_bed
from ward.tiles.status import PlaylistFacts, Rows, is_in_doubt
from ward.timings.timing import Action, took
from ward.usage import endings
from ward.usage.models import Session

SESSIONS_SHOWN = 8
BEGINS = {"timed": gettext_noop("started automatically")}  # a press, the usual cause, needs no word


@dataclass(frozen=True, slots=True)
class Heard:
    """One session as a row of the page."""

    day: str
    time: str
    length: str
    title: str
    ended: str


@require_http_methods(["GET", "POST"])
@staff_only
@once
def bed(request: HttpRequest, bed_id: int) -> HttpResponse:
    """What plays, and the playlists to assign. POST assigns what is ticked; 403 if the role may not, 422 if no one
    can."""
    found = bed_for(request, bed_id)
    if request.method != "POST" and not assigning.is_open(found):
        return redirect("history", bed_id=found.pk)
    if request.method != "POST":
        return _choose(request, found, Said(ticked=request.GET.getlist("playlist") or None))
    if not may_assign(person(request), found.room.ward):
        raise PermissionDenied
    return _assign(request, found)


@require_POST
@staff_only
def stop(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Asks the box to stop. The tile or card that comes back says whether it did."""
    found = bed_for(request, bed_id)
    if not may_stop(person(request), found.room.ward):
        raise PermissionDenied
    device = Device.objects.filter(bed=found).first()
    if device is not None:
        ask(device, Verb.STOP, person(request), timezone.now())
    from_card = request.POST.get("from") == "card"
    if "HX-Request" in request.headers:
        return render(request, "card.html" if from_card else "tile.html", live(request, found))
    return redirect("bed", bed_id=found.pk) if from_card else redirect("ward", slug=found.room.ward.slug)


@require_POST
@staff_only
@once
def look_at(request: HttpRequest, bed_id: int) -> HttpResponse:
    """Records that this person did the safety check in this stay."""
    found = bed_for(request, bed_id)
    if not may_assign(person(request), found.room.ward):
        raise PermissionDenied
    looked(found, person(request), timezone.now())
    return redirect("bed", bed_id=found.pk)


def live(request: HttpRequest, found: Bed) -> dict[str, Any]:
    """What updates live on a bed's pages: the card, the stay, when the box last connected."""
    now = local_now()
    rows = rows_of_bed(found)
    track = Track.objects.filter(pk=rows.device.now_track).first() if rows.device and rows.device.now_track else None
    return {
        "bed": found,
        "tile": tile_of(rows, may_stop(person(request), found.room.ward)),
        "track": track,
        "facts": rows.playlists,
        "newest": rows.assignment,
        "stay": _stay(rows, now),
        "note": _note(rows, now),
        "theme": theme_of(request, found.room.ward, now),
        "now": now,
    }


def frame(request: HttpRequest, found: Bed) -> dict[str, Any]:
    """What both pages of a bed begin with."""
    since = newest_change()  # before the rows are read: what changes in between is told again, never missed
    user = person(request)
    ward = found.room.ward
    return live(request, found) | {
        "since": since,
        "may_assign": may_assign(user, ward),
        "may_curate": may_curate(user, ward),
        "box": Device.objects.filter(bed=found).first() if may_see_devices(user, ward) else None,
    }


def _note(rows: Rows, now: datetime) -> tuple[str, str] | None:
    """The newest note of this stay: its text, who wrote it and when."""
    if rows.note is None:
        return None
    return rows.note.text, f"{initials(rows.note.written_by)}, {clock(rows.note.written_at, now)}"


def ends_line(newest: Assignment | None) -> str:
    """When an assignment expires, or that it did; empty where it has no end."""
    if newest is None:
        return ""
    ended, ends = newest.expired_at, assigning.wire(newest).rules.expires_at
    if ended is not None:
        return _("Expired on %(date)s.") % {"date": _date(ended)}
    return _("Expires on %(date)s.") % {"date": _date(ends)} if ends is not None else ""


def _date(at: datetime) -> str:
    return date_format(at.astimezone(local_now().tzinfo), "MONTH_DAY_FORMAT")


def _choose(request: HttpRequest, found: Bed, said: Said = Said()) -> HttpResponse:  # noqa: B008 - it is frozen
    now = local_now()
    context = frame(request, found) | {"side": "music"}
    context |= choosing(found, context["newest"], request.GET, said, now)
    context |= {
        "assigned": _assigned_line(context["newest"]),
        "ends": ends_line(context["newest"]),
        "sessions": [
            _heard(row, context["facts"].get(row.playlist_slug), now) for row in context["of_stay"][:SESSIONS_SHOWN]
        ],
    }
    return page(request, "bed.html", found.room.ward, context, said.status)


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
        return _choose(request, found, Said(slugs, form, _("Not assigned. Check the settings."), 422))
    try:
        playlists = chosen(slugs, newest)
        action = _action(held, rules or held) if _says(newest, slugs, None) else AuditVerb.ASSIGNED
        assigning.assign(found, playlists, user, now, rules=rules, action=action, seen=seen)
    except assigning.ChangedError as changed:
        return _meanwhile(request, found, Said(slugs, form), changed.newest, rules)
    except (ChoiceError, assigning.AssigningError) as refused:
        return _choose(request, found, Said(slugs, form, _sentence(refused), 422))
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
    if _was_for_another_stay(request, found):
        ended = _("The stay that you chose this for has ended. Nothing was assigned.")
        return _choose(request, found, Said(problem=ended, status=409))
    return _choose(request, found, Said(said.ticked, said.rules, _someone_else(newest), 409))


def _was_for_another_stay(request: HttpRequest, found: Bed) -> bool:
    """Whether the page showed the music of a patient who has left: what was chosen then is not for the next one."""
    version = number(request.POST.get("version", ""))
    shown = Assignment.objects.filter(bed=found, version=version).first() if version is not None else None
    return shown is not None and shown.stay not in (None, found.stay)


def _says(newest: Assignment | None, slugs: Sequence[str], rules: Rules | None) -> bool:
    """Whether the newest assignment holds these playlists, and these rules where some were said."""
    if newest is None or {entry["slug"] for entry in newest.message.get("playlists") or ()} != set(slugs):
        return False
    return rules is None or same(rules, assigning.wire(newest).rules)


def _sentence(refused: Exception) -> str:
    line = str(refused)
    return f"{line[:1].upper()}{line[1:].rstrip('.')}."


def _someone_else(newest: Assignment | None) -> str:
    if newest is None:
        return _("This bed was cleared while you were choosing. Your selection is kept below.")
    facts = {"who": initials(newest.assigned_by), "time": clock(newest.assigned_at, local_now())}
    return (
        _("%(who)s changed these playlists (%(time)s). The new ones are shown. Your selection is kept below.") % facts
    )


def _assigned_line(newest: Assignment | None) -> str:
    if newest is None:
        return ""
    facts = {"who": initials(newest.assigned_by), "time": clock(newest.assigned_at, local_now())}
    return _("%(time)s, by %(who)s") % facts


def _stay(rows: Rows, now: datetime) -> str:
    parts = []
    if not assigning.is_open(rows.bed):
        return _("This bed is closed. Its history stays.")
    if rows.bed.stay is None:
        parts.append(_("No patient assigned."))
    elif rows.bed.stay_since is not None:
        parts.append(_("Current stay since %(time)s.") % {"time": clock(rows.bed.stay_since, now)})
    if rows.device is None:
        parts.append(_("No box at this bed."))
    elif rows.device.contact_at is not None and not is_in_doubt(rows.device, now):
        parts.append(_("Box last connected %(when)s.") % {"when": ago(rows.device.contact_at, now)})
    elif rows.device.contact_at is None:
        parts.append(_("Box has never connected."))
    return " ".join(parts)


def _sessions(of_stay: Sequence[Session], facts: Mapping[str, PlaylistFacts], now: datetime) -> list[Heard]:
    return [_heard(row, facts.get(row.playlist_slug), now) for row in of_stay[:SESSIONS_SHOWN]]


def _heard(row: Session, facts: PlaylistFacts | None, now: datetime) -> Heard:
    title = facts.title if facts else _("Standard music")
    sounding = row.ended_at is None and row.session == row.device.now_session and row.device.playing != "silent"
    ended = _("playing now") if sounding else endings.words_of(row.cause)
    began = BEGINS.get(row.begun_by)
    told = ", ".join(filter(None, (_(began) if began else "", ended)))
    length = _("%(number)d min") % {"number": minutes_up(row.heard_s)} if row.heard_s else ""
    at = row.started_at.astimezone(now.tzinfo)
    return Heard(capfirst(day(row.started_at, now)), f"{at:%H:%M}", length, title, told)
