"""Before each page: is a press too late, the session over, the desk locked, an administrator without second factor."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin
from django.utils.http import urlencode

from ward.accounts.views_desk import desk_page
from ward.accounts.views_kept import TOO_LATE, TOO_OLD, only_kept, refused
from ward.beds.models import Access, Role
from ward.people import keeping, marks
from ward.people.desks import desk_of
from ward.people.late import is_late
from ward.people.models import Desk
from ward.people.sessions import Holds, holds, stand_of

BY_ITSELF = {"events", "tile", "desk_panel"}  # what a page asks for while nobody touches it; and every pulse
ALWAYS = {
    "healthz", "theme", "login", "logout", "account_login", "account_logout", "desk", "desk_panel", "desk_lock",
    "wall", "wall_pulse",  # what a visitor may read: it goes on while a shared computer is locked
}  # fmt: skip
FACTOR = ("mfa_", "account_reauthenticate", "account_change_password", "desk", "here")
EACH_S = 20.0  # a session's row is written at most this often
LOCKED = 423
ANSWERED = {302, 409, 422}  # a form was carried out, or its page shows again what was typed


class Watch(MiddlewareMixin):
    """After authentication and CSRF, so that no page that was not asked for in earnest is answered."""

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """None: the page may answer."""
        vars(request)["ward_watched"] = True
        if keeping.ONLY in request.POST:
            return only_kept(request)
        if is_late(request, timezone.now()):
            return refused(request, TOO_LATE, 409)
        if not isinstance(request.user, User):
            return None
        name = (request.resolver_match.url_name if request.resolver_match else "") or ""
        now, desk = timezone.now(), desk_of(request)
        state = _state(request, request.user, now, desk)
        if state is Holds.ENDED:
            logout(request)
            return None
        if state is Holds.LOCKED:
            request.session["locked"] = True
            return None if name in ALWAYS else _locked(request, desk)
        answer = _before(request, request.user, name, now)
        vars(request)["ward_answered"] = answer is None
        return answer

    def process_response(self, request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
        """A form of too old a page is kept, one that was carried out is not; nobody is led to what is no page."""
        if answer.status_code == 403 and request.method == "POST" and "ward_watched" not in vars(request):
            return refused(request, TOO_OLD, 403)  # by the form's token, before this was asked
        if request.method == "POST" and vars(request).get("ward_answered") and answer.status_code in ANSWERED:
            keeping.drop_sent(request, timezone.now())
        if marks.name_of(answer.headers.get("Location", "")) in marks.NO_PAGE:
            answer.headers["Location"] = reverse("board")
        return answer


def _state(request: HttpRequest, user: User, now: datetime, desk: Desk | None) -> Holds:
    person = getattr(user, "person", None)
    if person is not None and request.session.get("sessions", 0) != person.sessions:
        return Holds.ENDED
    lock_after = timedelta(minutes=settings.DESK_LOCK_MINUTES) if desk else None
    return holds(stand_of(request.session, now), now, lock_after)


def _before(request: HttpRequest, user: User, name: str, now: datetime) -> HttpResponse | None:
    """What goes before the page of an open session: what one person typed is not done in the name of another."""
    mark = marks.mark_in(request)
    if mark is not None and mark.user != user.pk:
        return refused(request, TOO_OLD, 403)
    if not _by_itself(name):
        _touch(request, now)
    return _second_factor_first(request, user, name)


def _by_itself(name: str) -> bool:
    return name in BY_ITSELF or name.endswith("pulse")


def _touch(request: HttpRequest, now: datetime) -> None:
    moment = now.timestamp()
    if abs(moment - request.session.get("seen", 0)) >= EACH_S:
        request.session["seen"] = moment
        request.session.setdefault("began", moment)


def _locked(request: HttpRequest, desk: Desk | None) -> HttpResponse:
    """A part answers nothing (the page covers itself); a page asks for the PIN; a form is kept meanwhile."""
    name = (request.resolver_match.url_name if request.resolver_match else "") or ""
    if "HX-Request" in request.headers or name in {"events", "here"}:
        return HttpResponse(status=LOCKED)
    if request.method == "POST":
        key = keeping.keep(request, timezone.now())
        back = keeping.address(key) if key else marks.stood_on(request)
        return desk_page(request, desk, next_path=back, status=LOCKED)
    return HttpResponseRedirect(f"{reverse('desk')}?{urlencode({'next': request.get_full_path()})}")


def _second_factor_first(request: HttpRequest, user: User, name: str) -> HttpResponse | None:
    if not settings.REQUIRE_MFA or name in ALWAYS or name.startswith(FACTOR) or request.session.get("factor"):
        return None
    if request.session.get("provider") and settings.OIDC is not None and settings.OIDC.second_factor:
        return None
    if not Access.objects.filter(user=user, role=Role.ADMINISTRATOR).exists():
        return None
    if is_mfa_enabled(user):
        request.session["factor"] = True
        return None
    if "HX-Request" in request.headers or name == "events":
        return HttpResponse(status=403)
    keeping.keep(request, timezone.now())
    return HttpResponseRedirect(reverse("mfa_activate_totp"))
