"""One's own page: password, second factor, PIN, and the end of every session. Knows nobody else."""

from typing import Any

from allauth.account import views as account
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ward.beds.access import may_manage_people, wards_of
from ward.beds.staff import initials
from ward.frame import page, person, staff_only
from ward.message import Link, Message, refused, say
from ward.people.desks import came, desk_of
from ward.people.pins import set_pin, take_pin
from ward.people.roles import PeopleError
from ward.people.sessions import end_sessions, person_of, stand_of


@require_GET
@staff_only
def own(request: HttpRequest) -> HttpResponse:
    """Everything about one's own account."""
    return _page(request)


def own_password(request: HttpRequest) -> HttpResponse:
    """A new password; 404 where the hospital's sign-in holds it."""
    if request.user.is_authenticated and not request.user.has_usable_password():
        raise Http404
    answer: HttpResponse = account.password_change(request)
    return answer


@require_POST
@staff_only
def own_pin(request: HttpRequest) -> HttpResponse:
    """Sets the PIN, or takes it away. Who came in by a PIN shows the password first: it must not replace itself."""
    user = person(request)
    if request.session.get("by_pin"):
        line = _("You unlocked with a PIN. Sign out and sign in with your password to change it.")
        return _page(request, refused(line), status=403)
    if request.POST.get("action") == "take":
        take_pin(user, timezone.now())
        return say(request, reverse("own"), _("PIN removed"), _("Shared computers will ask for your password."))
    try:
        set_pin(user, request.POST.get("pin", ""), request.POST.get("again", ""), timezone.now())
    except PeopleError as error:
        return _page(request, refused(str(error), [Link(_("New PIN (6 digits)"), "pin")]), status=400)
    desk = desk_of(request)
    works = _("It works on a shared computer for 12 hours after you sign in there.")
    if desk is not None:  # this session began with a full sign-in
        came(desk, user, stand_of(request.session, timezone.now()).began)
        works = _("It works on this computer now, until 12 hours after you signed in.")
    return say(request, reverse("own"), _("PIN saved"), works)


@require_POST
@staff_only
def own_everywhere(request: HttpRequest) -> HttpResponse:
    """Signs out of every browser, this one too."""
    end_sessions(person(request))
    logout(request)
    return say(request, reverse("login"), _("You are signed out everywhere"))


def _page(request: HttpRequest, message: Message | None = None, status: int = 200) -> HttpResponse:
    user = person(request)
    wards = list(wards_of(user).order_by("name"))
    factor = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
    context: dict[str, Any] = {
        "here": "own",
        "initials": initials(user),
        "person": person_of(user),
        "factor": factor,
        "factor_needed": settings.REQUIRE_MFA and not factor and any(may_manage_people(user, one) for one in wards),
        "has_password": user.has_usable_password(),
        "provider": settings.OIDC.name if settings.OIDC else "",
    }
    context |= {"message": message} if message else {}
    return page(request, "people_own.html", wards[0] if len(wards) == 1 else None, context, status=status)
