"""The demo's start page and its few buttons. The addresses exist only where `make demo` says that this is a demo."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from ward.beds.models import Role
from ward.demo.box_clocks import move_clocks
from ward.demo.clock import NIGHT_AFTER_H
from ward.demo.folder import folder
from ward.demo.frame import strip
from ward.demo.music import progress
from ward.demo.people import PEOPLE, SLUG
from ward.demo.places import PLACES, VISITORS
from ward.demo.tasks import Task, done_of, tasks
from ward.demo_folder import Mark, Told
from ward.frame import THEME_COOKIE, frame, local_now

LOOPBACK = {"127.0.0.1", "::1"}
BACKEND = settings.AUTHENTICATION_BACKENDS[0]
STARTS = {  # where each role begins
    Role.NURSE: "ward",
    Role.THERAPIST: "therapy",
    Role.FACILITIES: "ward_devices",
    Role.ADMINISTRATOR: "people",
}
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def this_computer_only(view: View[P]) -> View[P]:
    """404 to everything that does not come from this computer itself, and to what a proxy passed on."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        passed_on = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
        if settings.DEMO is None or passed_on or request.META.get("REMOTE_ADDR") not in LOOPBACK:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_GET
@this_computer_only
def start(request: HttpRequest) -> HttpResponse:
    """Four roles, the box, three tasks, and what is still coming."""
    now, told = local_now(), folder().told()
    context = _coming(told) | {
        "now": now,
        "beds": len(PLACES),
        "visitors": VISITORS,
        "roles": _roles(),
        "is_night": folder().has(Mark.NIGHT),
        "back": _next(request.GET.get("next", "")),
    }
    if told is not None:
        found = tasks(told) if told.ready else []
        context |= {
            "tasks": found,
            "done": done_of(found),
            "box": told.boxes.get(VISITORS, ""),
            "started_at": timezone.localtime(told.started_at),
        }
    return render(request, "demo_start.html", frame(request, None, now) | context)


@require_GET
@this_computer_only
def coming(request: HttpRequest) -> HttpResponse:
    """The line that says what is still coming; the whole page once the ward is ready."""
    said = _coming(folder().told())
    if said["is_ready"] and "waits" in request.GET:
        return HttpResponseClientRefresh()
    return render(request, "demo_coming.html", said)


@require_GET
@this_computer_only
def start_tasks(request: HttpRequest) -> HttpResponse:
    """The tasks of the start page, or 204 where it shows them as they are."""
    found = _tasks(request)
    return render(request, "demo_tasks.html", {"tasks": found, "done": done_of(found)}) if found else _unchanged()


@require_GET
@this_computer_only
def board_strip(request: HttpRequest) -> HttpResponse:
    """The tasks of the board, or 204 where it shows them as they are."""
    found = _tasks(request)
    return render(request, "demo_strip.html", strip(found)) if found else _unchanged()


def _tasks(request: HttpRequest) -> list[Task]:
    """Empty where the page shows them so already."""
    told = folder().told()
    found = tasks(told) if told is not None and told.ready else []
    return [] if done_of(found) == request.GET.get("done") else found


def _unchanged() -> HttpResponse:
    return HttpResponse(status=204)


def _coming(told: Told | None) -> dict[str, Any]:
    if told is None:
        return {"is_ready": False}
    return {"is_ready": told.ready, "music": progress(settings.MUSIC, told, timezone.now())}


def _next(asked: str) -> str:
    """A page of this ward that someone wanted before; never another site."""
    return asked if asked != "/" and url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else ""


def _roles() -> list[tuple[str, str, str]]:
    return [
        ("km", _("Try as nurse"), _("The board, one bed, last night")),
        ("rt", _("Try as music therapist"), _("Playlists, review, reports")),
        ("house", _("Try as facilities"), _("Boxes and what they need")),
        ("admin", _("Try as administrator"), _("Set-up, people, activity log")),
    ]


@require_POST
@this_computer_only
def sign_in(request: HttpRequest, name: str) -> HttpResponse:
    """Opens one of the demo's own accounts, and no other."""
    if name not in PEOPLE:
        raise Http404
    person = get_object_or_404(User, username=name)
    logout(request)
    login(request, person, backend=BACKEND)
    if back := _next(request.POST.get("next", "")):
        return HttpResponseRedirect(back)
    return redirect(STARTS[PEOPLE[name]], SLUG)


@require_POST
@this_computer_only
def show_night(request: HttpRequest) -> HttpResponse:
    """Night on the pages and at the boxes, or day again."""
    night = request.POST.get("show") == "night"
    folder().set(Mark.NIGHT, night)
    told = folder().told()
    at = timezone.localtime(timezone=timezone.get_default_timezone()) + timedelta(hours=NIGHT_AFTER_H)
    move_clocks(told.boxes.values() if told else (), at if night else None)
    answer = HttpResponseRedirect(reverse("demo"))
    if night:
        answer.set_cookie(THEME_COOKIE, "night", httponly=True, samesite="Lax")
    else:
        answer.delete_cookie(THEME_COOKIE)
    return answer


@require_POST
@this_computer_only
def hide_strip(_request: HttpRequest) -> HttpResponse:
    """The tasks leave the board, for as long as this demo runs."""
    folder().set(Mark.STRIP_HIDDEN, True)
    return redirect("ward", SLUG)
