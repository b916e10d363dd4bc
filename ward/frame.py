"""What every page shares: who looks at which ward, the theme, the header. Knows no bed's state."""

import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseRedirect,
    HttpResponseServerError,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from ward.beds.access import (
    ADMINISTERS,
    CURATES,
    SEES_AUDIT,
    SEES_BOARD,
    SEES_DEVICES,
    SEES_NIGHT,
    SEES_REPORTS,
    held,
    roles_read_once,
    wards_ever_of,
    wards_of,
)
from ward.beds.models import Ward
from ward.beds.staff import initials
from ward.beds.times import is_night, next_change
from ward.message import kept
from ward.people import keeping, marks

NOT_UNDERSTOOD = "The server could not read this. Load the page again.\n"
THEME_COOKIE = "theme"
SAFE = ("GET", "HEAD")
RETRY_AFTER_S = 10
NIGHT = Ward(night_from="21:00", night_until="07:00")  # where no ward is known yet: before sign-in
PAGES = (  # name, address, word, and who may open it
    ("board", "ward", gettext_noop("Board"), SEES_BOARD),
    ("night", "night", gettext_noop("Last night"), SEES_NIGHT),
    ("therapy", "therapy", gettext_noop("Therapy"), CURATES),
    ("reports", "reports", gettext_noop("Reports"), SEES_REPORTS),
    ("devices", "ward_devices", gettext_noop("Devices"), SEES_DEVICES),
    ("audit", "audit", gettext_noop("Activity log"), SEES_AUDIT),
    ("setup", "setup_ward", gettext_noop("Set-up"), ADMINISTERS),
    ("people", "people", gettext_noop("People"), ADMINISTERS),
    ("timings", "timings", gettext_noop("Response times"), ADMINISTERS),
)
OF_CLOSED = {"setup", "reports", "audit"}  # pages that a closed ward has
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def staff_only(view: View[P]) -> View[P]:
    """Sign-in first. Where a session has ended, a form is kept, and a part reloads its page: no sign-in form lands in a
    tile."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.user.is_authenticated and request.method in SAFE:
            with roles_read_once():
                return view(request, *args, **kwargs)
        if request.user.is_authenticated:  # what changes something reads roles as they are at that moment
            return view(request, *args, **kwargs)
        return HttpResponseClientRefresh() if "HX-Request" in request.headers else _log_in_first(request)

    return guarded


def _log_in_first(request: HttpRequest) -> HttpResponse:
    """From the sign-in back to the page; after a form to what is kept of it, or to the page that it stood on."""
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    if key := keeping.keep(request, timezone.now()):
        return redirect_to_login(keeping.address(key))
    return redirect_to_login(marks.stood_on(request), f"{reverse('login')}?unsent=1")


def person(request: HttpRequest) -> User:
    """Who is signed in; only behind `staff_only`."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def ward_for(request: HttpRequest, slug: str, may: Callable[[Any, Ward], bool], *, closed: bool = False) -> Ward:
    """A ward of this person's: 404 where they have no role there or it was closed, 403 where their role may not do
    this. `closed`: pages of what was, which stay when a ward is closed."""
    wards = wards_ever_of(person(request)) if closed else wards_of(person(request))
    ward = wards.filter(slug=slug).first()
    if ward is None:
        raise Http404
    if not may(request.user, ward):
        raise PermissionDenied
    return ward


def local_now() -> datetime:
    """The time in the ward's time zone."""
    return timezone.localtime()


def theme_of(request: HttpRequest, ward: Ward | None, now: datetime) -> str:
    """`day` or `night`: what the button chose until the next change, else the ward's night."""
    chosen = request.COOKIES.get(THEME_COOKIE)
    if chosen in ("day", "night"):
        return chosen
    return "night" if _night(ward or NIGHT, now) else "day"


def until(ward: Ward, now: datetime) -> str:
    """`Day until 21:00` or `Night until 07:00`."""
    change = {"time": date_format(next_change(now, *_turns(ward)), "H:i")}
    return (_("Night until %(time)s") if _night(ward, now) else _("Day until %(time)s")) % change


def page(
    request: HttpRequest, template: str, ward: Ward | None, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A whole page with its frame: theme, navigation and the person's word, all written by the server."""
    now = context.setdefault("now", local_now())
    return render(request, template, frame(request, ward, now) | context, status=status)


def frame(request: HttpRequest, ward: Ward | None, now: datetime) -> dict[str, Any]:
    """What base.html needs on any page: theme, navigation and the person's word."""
    theme = theme_of(request, ward, now)
    shown: dict[str, Any] = {"ward": ward, "theme": theme, "other_theme": "day" if theme == "night" else "night"}
    shown["message"] = kept(request)
    if isinstance(request.user, User):
        shown |= {"who": _who(request.user, ward), "navigation": _navigation(request.user, ward)}
    return shown


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """The button Day / Night: holds until the ward's night next begins or ends, then the clock decides again."""
    now = local_now()
    wards = list(wards_of(request.user)) if isinstance(request.user, User) else []
    ward = next((ward for ward in wards if ward.slug == request.POST.get("ward")), NIGHT)
    answer = HttpResponseRedirect(_back(request))
    if (chosen := request.POST.get("theme")) in ("day", "night"):
        left = next_change(now, *_turns(ward)) - now
        answer.set_cookie(THEME_COOKIE, str(chosen), max_age=left, httponly=True, samesite="Lax")
    return answer


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The choice of a language: a cookie of this browser, which outranks what the browser asks for."""
    answer = HttpResponseRedirect(_back(request))
    if (chosen := request.POST.get("language")) in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            str(chosen),
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return answer


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A session that ended while a press was carried out has a page, since the press may be done; what is no request of
    a browser's has a line, for a page would read it once more."""
    if isinstance(exception, SessionInterrupted):
        return render(request, "400.html", status=400)
    return HttpResponseBadRequest(NOT_UNDERSTOOD, content_type="text/plain; charset=utf-8")


def broken(request: HttpRequest) -> HttpResponse:
    """The page for a fault of ours or a database that does not answer, in the colours of the hour; asks no database.

    Django calls it while it handles the exception, which Python tells here.
    """
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        answer = HttpResponse(render_to_string("503.html", {"request": request}), status=503)
        answer["Retry-After"] = str(RETRY_AFTER_S)
        return answer
    return HttpResponseServerError(render_to_string("500.html", {"request": request}))


def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view takes a request
    """Says that the process answers; knows nothing of database or broker."""
    return HttpResponse("ok\n", content_type="text/plain")


def _turns(ward: Ward) -> tuple[Any, Any]:
    ward.clean_fields(exclude=["name", "slug"])  # a ward that was not read from the database holds "21:00"
    return ward.night_from, ward.night_until


def _night(ward: Ward, now: datetime) -> bool:
    return is_night(now.time(), *_turns(ward))


def _back(request: HttpRequest) -> str:
    """The page that the button stood on; never another site."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else reverse("board")


def _who(user: User, ward: Ward | None) -> str:
    roles = {role for one, what in held(user) if ward is None or one == ward for role in what}
    words = sorted({str(role.label).split(" (")[0] for role in roles})
    return ", ".join([initials(user), *words])


def _navigation(user: User, ward: Ward | None) -> list[tuple[str, str, str]]:
    """Name, address and word of each page that this person may open; of this ward, or of the first where they may."""
    mine = held(user)
    pages = []
    for name, address, word, roles in PAGES:
        wards = [one for one, what in mine if what & roles and (one.closed_at is None or name in OF_CLOSED)]
        if wards and name == "board" and ward not in wards:
            pages.append((name, reverse("board"), _(word)))
        elif wards:
            pages.append((name, reverse(address, args=[(ward if ward in wards else wards[0]).slug]), _(word)))
    return pages
