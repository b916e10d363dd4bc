"""What every page shares: who looks at which ward, the theme, the header. Knows no bed's state."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from ward.beds.access import may_see_board, may_see_devices, wards_of
from ward.beds.models import Access, Role, Ward
from ward.beds.staff import initials
from ward.beds.times import is_night, next_change

THEME_COOKIE = "theme"
NIGHT = Ward(night_from="21:00", night_until="07:00")  # where no ward is known yet: before log-in
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def staff_only(view: View[P]) -> View[P]:
    """Log-in first. Where a session has ended, a part reloads its page: no log-in form lands in a tile."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated and "HX-Request" in request.headers:
            return HttpResponseClientRefresh()
        return login_required(view)(request, *args, **kwargs)

    return guarded


def person(request: HttpRequest) -> User:
    """Who is logged in; only behind `staff_only`."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def ward_for(request: HttpRequest, slug: str, may: Callable[[Any, Ward], bool]) -> Ward:
    """A ward of this person's: 404 where they have no role there, 403 where their role may not do this."""
    ward = wards_of(person(request)).filter(slug=slug).first()
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
    return f"{'Night' if _night(ward, now) else 'Day'} until {next_change(now, *_turns(ward)):%H:%M}"


def page(
    request: HttpRequest, template: str, ward: Ward | None, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A whole page with its frame: theme, navigation and the person's word, all written by the server."""
    now = context.setdefault("now", local_now())
    theme = theme_of(request, ward, now)
    frame: dict[str, Any] = {"ward": ward, "theme": theme, "other_theme": "day" if theme == "night" else "night"}
    if isinstance(request.user, User):
        frame |= {"who": _who(request.user, ward), "navigation": _navigation(request.user, ward)}
    return render(request, template, frame | context, status=status)


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


class Login(LoginView):
    """The log-in page in the house's look."""

    template_name = "login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The frame without a ward: only the theme."""
        now = local_now()
        shown = theme_of(self.request, None, now)
        other = "day" if shown == "night" else "night"
        return super().get_context_data(now=now, theme=shown, other_theme=other, **kwargs)


class Logout(LogoutView):
    """Ends the session; POST only."""


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
    roles = Access.objects.filter(user=user, **({"ward": ward} if ward else {})).values_list("role", flat=True)
    words = sorted({str(Role(role).label).split(" (")[0] for role in roles})
    return ", ".join([initials(user), *words])


def _navigation(user: User, ward: Ward | None) -> list[tuple[str, str, str]]:
    """Name, address and word of each page that this person may open."""
    wards = list(wards_of(user))
    pages = []
    if any(may_see_board(user, one) for one in wards):
        address = reverse("ward", args=[ward.slug]) if ward and may_see_board(user, ward) else reverse("board")
        pages.append(("board", address, "Board"))
    seen = [one for one in wards if may_see_devices(user, one)]
    if seen:
        chosen = ward if ward in seen else seen[0]
        pages.append(("devices", reverse("ward_devices", args=[chosen.slug]), "Devices"))
    return pages
