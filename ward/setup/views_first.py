"""An installation's first start in five steps: account, ward, rooms and beds, first box, colleagues. Each can be left
and taken up again: what is done is read from the rows, and nothing of the way itself is kept."""

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods

from messages import Rules
from ward.assignments.defaults import Defaults
from ward.beds.models import Access, Bed, Role, Ward
from ward.beds.staff import initials
from ward.fleet.models import Device
from ward.frame import local_now, page, person, staff_only
from ward.message import links_of, refused, say
from ward.people.first import began
from ward.people.invitations import invite, open_invitations
from ward.people.link_words import link_message
from ward.people.once import once
from ward.people.typed import number
from ward.places.errors import MeanwhileError, OccupiedError, PlacesError
from ward.places.saving import add_ward, save, set_up_of
from ward.setup.forms import BedsForm, NameForm, initial
from ward.setup.frame import beds_part
from ward.setup.listing import wards_to_set_up
from ward.setup.views import beds_answer, in_use
from ward.setup.wording import counted, meanwhile

STEPS = (
    ("account", gettext_noop("Your account")),
    ("ward", gettext_noop("Ward")),
    ("beds", gettext_noop("Rooms and beds")),
    ("box", gettext_noop("First box")),
    ("colleagues", gettext_noop("Colleagues")),
)
NAMES = [name for name, _word in STEPS]


@dataclass(frozen=True, slots=True)
class Step:
    """One of the five. `line`: what is done there, or what it takes; `is_open`: it can be gone to."""

    place: int
    name: str
    word: str
    line: str
    is_done: bool
    is_now: bool
    is_open: bool


@require_http_methods(["GET", "POST"])
@staff_only
@once
def setup_first(request: HttpRequest) -> HttpResponse:
    """One step: the one that is asked for, else the first that is not done. 403 to who sets up no ward."""
    user = person(request)
    rows = wards_to_set_up(user)
    if not rows and not began(user):
        raise PermissionDenied
    ward = rows[0].ward if rows and rows[0].ward.closed_at is None else None
    asked = request.POST.get("step", "") if request.method == "POST" else request.GET.get("step", "")
    step = _step(asked, ward)
    if request.method == "POST":
        return {"ward": _name, "beds": _beds, "colleagues": _colleagues}.get(step, _show)(request, ward)
    return _show(request, ward, step)


@require_GET
@staff_only
def setup_first_beds(request: HttpRequest) -> HttpResponse:
    """What a text of rooms and beds says, before there is a ward to compare it with."""
    if not wards_to_set_up(person(request)) and not began(person(request)):
        raise PermissionDenied
    return beds_answer(request, None, is_first=True)


def _step(asked: str, ward: Ward | None) -> str:
    if ward is None:
        return "ward"
    if asked in NAMES[1:]:
        return asked
    return next((name for name in NAMES[1:] if not _is_done(name, ward)), "colleagues")


def _name(request: HttpRequest, ward: Ward | None) -> HttpResponse:
    form, now, user = NameForm(request.POST), timezone.now(), person(request)
    if not form.is_valid():
        return _show(request, ward, "ward", form=form)
    name, language = form.cleaned_data["name"].strip(), form.cleaned_data["language"]
    try:
        made = ward or add_ward(name, user, now)
        was = set_up_of(made)
        rules = _with_language(was.defaults.rules, language)
        save(made, replace(was, name=name, defaults=Defaults(rules, was.defaults.days)), user, now)
    except PlacesError as error:
        form.add_error("name", str(error))
        return _show(request, ward, "ward", form=form)
    return say(request, f"{reverse('setup_first')}?step=beds", _("%(ward)s saved") % {"ward": name})


def _beds(request: HttpRequest, ward: Ward | None) -> HttpResponse:
    form, user, now = BedsForm(request.POST), person(request), timezone.now()
    if ward is None or not form.is_valid():
        return _show(request, ward, "beds", form=form)
    facts = form.cleaned_data
    wanted = replace(
        set_up_of(ward), rooms=facts["beds"].rooms, night_from=facts["night_from"], night_until=facts["night_until"]
    )
    try:
        save(ward, wanted, user, now, seen=number(request.POST.get("version", "")))
    except MeanwhileError as late:
        return _show(request, late.ward, "beds", form=form, problem=meanwhile(late.ward, local_now()))
    except OccupiedError as used:
        return _show(request, ward, "beds", form=form, problem=in_use(used))
    return say(request, f"{reverse('setup_first')}?step=box", _("Beds saved"), counted(facts["beds"]))


def _colleagues(request: HttpRequest, ward: Ward | None) -> HttpResponse:
    role = request.POST.get("role", "")
    if ward is None or role not in Role.values:
        return _show(request, ward, "colleagues", problem=_("Choose a role first."))
    _made, token = invite(ward, person(request), timezone.now(), role=Role(role))
    request.session["setup_link"] = request.build_absolute_uri(reverse("invitation_link", args=[token]))
    return HttpResponseRedirect(f"{reverse('setup_first')}?step=colleagues")


def _show(
    request: HttpRequest, ward: Ward | None, step: str = "box", *, form: Any = None, problem: str = ""
) -> HttpResponse:
    wrong = bool(problem or (form is not None and form.errors))
    context: dict[str, Any] = {
        "steps": _steps(request, ward, step),
        "step": step,
        "back": f"?step={NAMES[NAMES.index(step) - 1]}" if NAMES.index(step) > 1 else "",
        "later": f"?step={NAMES[NAMES.index(step) + 1]}" if step != "colleagues" else reverse("board"),
        "form": form or _form(ward, step),
        "navigation": [],  # nothing else before a ward stands
        "roles": list(Role),
        "may_leave": ward is not None,
    }
    if step == "beds":
        context |= beds_part(ward, context["form"].named)
    elif ward is not None:
        context["map"] = beds_part(ward, BedsForm(initial=initial(set_up_of(ward))).named)["map"]
    if wrong:
        context["message"] = refused(problem or _("Check what is marked."), links_of(form) if form else ())
    elif made := request.session.pop("setup_link", ""):
        context["message"] = link_message(made, local_now())
    return page(request, "setup_first.html", ward, context, status=(409 if problem else 422) if wrong else 200)


def _form(ward: Ward | None, step: str) -> Any:
    facts = initial(set_up_of(ward)) if ward is not None else {}
    return BedsForm(initial=facts) if step == "beds" else NameForm(initial=facts)


def _steps(request: HttpRequest, ward: Ward | None, now: str) -> list[Step]:
    user = person(request)
    return [
        Step(
            place,
            name,
            _(word),
            _line(name, ward, user),
            is_done=_is_done(name, ward),
            is_now=name == now,
            is_open=name != "account" and (ward is not None or name == "ward"),
        )
        for place, (name, word) in enumerate(STEPS, 1)
    ]


def _is_done(name: str, ward: Ward | None) -> bool:
    if name == "account" or ward is None:
        return name == "account"
    return {
        "ward": True,
        "beds": Bed.objects.open().filter(room__ward=ward).exists(),
        "box": Device.objects.filter(bed__room__ward=ward).exists(),
        "colleagues": Access.objects.filter(ward=ward).values("user").distinct().count() > 1
        or bool(open_invitations(ward, timezone.now())),
    }[name]


def _line(name: str, ward: Ward | None, user: User) -> str:
    if name == "account":
        return initials(user)
    if ward is not None and name == "ward":
        return ward.name
    if ward is not None and name == "beds" and _is_done(name, ward):
        count = Bed.objects.open().filter(room__ward=ward).count()
        return _("%(number)d beds") % {"number": count}
    waits = {
        "ward": _("its name and language"),
        "beds": _("as on the doors"),
        "box": _("comes with its installation"),
        "colleagues": _("a link for each"),
    }
    return waits[name]


def _with_language(rules: Rules, language: str) -> Rules:
    return msgspec.structs.replace(rules, language=language)
