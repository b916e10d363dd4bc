"""The page People of a ward's administrator: who has which role, and every change of it, said on the same page."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ward.accounts.listing import may_manage_account, people_of
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.access import may_manage_people, wards_of
from ward.beds.models import Role, Ward
from ward.beds.staff import initials
from ward.frame import local_now, page, person, staff_only, ward_for
from ward.message import Message, keep, refused
from ward.message import say as say_at
from ward.people.desks import desk_of
from ward.people.invitations import invite, open_invitations, revoke
from ward.people.link_words import link_message
from ward.people.models import Desk, Invitation
from ward.people.roles import PeopleError, give_role, switch_off, switch_on, take_role
from ward.people.sessions import end_sessions

P = ParamSpec("P")


def changes(
    view: Callable[Concatenate[HttpRequest, Ward, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """A POST of an administrator of the ward, who signed in with more than a PIN. A refusal is a line on the page."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        ward = ward_for(request, str(kwargs.pop("slug")), may_manage_people)
        if request.session.get("by_pin"):
            line = _("You unlocked with a PIN. Sign out and sign in with your password to change people.")
            return people_page(request, ward, message=refused(line), status=403)
        try:
            return view(request, ward, *args, **kwargs)
        except PeopleError as error:
            return people_page(
                request, ward, at=str(kwargs.get("person_id", "")), message=refused(str(error)), status=409
            )

    return require_POST(staff_only(guarded))


@require_GET
@staff_only
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """Who has which role here, open invitations and desks."""
    ward = ward_for(request, slug, may_manage_people)
    return people_page(request, ward, at=request.GET.get("at", ""))


@changes
def role(request: HttpRequest, ward: Ward, person_id: int) -> HttpResponse:
    """Gives or takes one role."""
    user, chosen, now = _somebody(ward, person_id), _role(request), timezone.now()
    words = {"who": initials(user), "role": Role(chosen).label}
    if request.POST.get("action") == "assign":
        give_role(user, ward, chosen, person(request), now)
        return say(request, ward, str(user.pk), _("%(who)s now has the role %(role)s.") % words)
    take_role(user, ward, chosen, person(request), now)
    if not may_manage_people(request.user, ward):
        keep(request, _("%(who)s no longer has the role %(role)s.") % words)
        return HttpResponseRedirect(reverse("board"))  # they took their own
    return say(request, ward, str(user.pk), _("%(who)s no longer has the role %(role)s.") % words)


@changes
def switch(request: HttpRequest, ward: Ward, person_id: int) -> HttpResponse:
    """Switches an account off or on."""
    user, now = _account(request, ward, person_id), timezone.now()
    if request.POST.get("action") == "on":
        switch_on(user, ward, person(request), now)
        return say(request, ward, str(user.pk), _("%s can sign in again.") % initials(user))
    if user.pk == request.user.pk:
        raise PeopleError(_("This is your own account. Another administrator can switch it off."))
    switch_off(user, ward, person(request), now)
    return say(request, ward, str(user.pk), _("%s is switched off and signed out everywhere.") % initials(user))


@changes
def reset_factor(request: HttpRequest, ward: Ward, person_id: int) -> HttpResponse:
    """Takes the second factor and its recovery codes away, for who lost the phone."""
    user = _account(request, ward, person_id)
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        end_sessions(user)
        record(AuditVerb.TWO_STEP_RESET, by=person(request), ward=ward, after={"user": user.pk}, now=timezone.now())
    line = _("Two-step sign-in is off for %s until they set it up again.") % initials(user)
    return say(request, ward, str(user.pk), line)


@changes
def link(request: HttpRequest, ward: Ward, person_id: int) -> HttpResponse:
    """A one-time link for an account that is there: its password was forgotten."""
    user = _account(request, ward, person_id)
    if not user.has_usable_password():
        raise PeopleError(_("This account signs in through the hospital and has no password here."))
    _made, token = invite(ward, person(request), timezone.now(), user=user)
    return people_page(request, ward, at=str(user.pk), message=link_message(_address(request, token), local_now()))


@changes
def invite_person(request: HttpRequest, ward: Ward) -> HttpResponse:
    """A one-time link for someone new, or for a person of another ward; it is shown now and never again."""
    meant_for = request.POST.get("meant_for", "").strip()[:40]
    _made, token = invite(ward, person(request), timezone.now(), role=_role(request), meant_for=meant_for)
    return people_page(request, ward, message=link_message(_address(request, token), local_now()))


@changes
def revoke_link(request: HttpRequest, ward: Ward, key: int) -> HttpResponse:
    """A link opens nothing any more."""
    found = Invitation.objects.filter(pk=key, ward=ward).first()
    if found is None:
        raise Http404
    revoke(found, person(request), timezone.now())
    return say(request, ward, "invitations", _("Link cancelled."))


def say(request: HttpRequest, ward: Ward, where: str, line: str) -> HttpResponse:
    """Back to the page, which says what was done; `where`: the part of it that stands open, if it can."""
    return say_at(request, f"{reverse('people', args=[ward.slug])}?at={where}", line)


def people_page(
    request: HttpRequest,
    ward: Ward,
    *,
    at: str = "",
    message: Message | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page. `at`: whose part stands open; `message`: where this answers a form."""
    reader, now = person(request), local_now()
    others = [one for one in wards_of(reader).order_by("name") if may_manage_people(reader, one)]
    context: dict[str, Any] = {
        "here": "people",
        "wards": others if len(others) > 1 else [],
        "people": people_of(ward, reader),
        "invitations": open_invitations(ward, now),
        "desks": list(Desk.objects.filter(ward=ward, revoked_at=None).select_related("made_by")),
        "this_desk": desk_of(request),
        "roles": list(Role),
        "at": at,
        "now": now,
    }
    context |= {"message": message} if message else {}
    return page(request, "people.html", ward, context, status=status)


def _address(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("invitation_link", args=[token]))


def _role(request: HttpRequest) -> Role:
    word = request.POST.get("role", "")
    if word not in Role.values:
        raise PeopleError(_("Choose a role first."))
    return Role(word)


def _somebody(ward: Ward, person_id: int) -> User:
    """Someone with a role here; of others not even their being there is said."""
    user = User.objects.filter(pk=person_id, access__ward=ward).distinct().first()
    if user is None:
        raise Http404
    return user


def _account(request: HttpRequest, ward: Ward, person_id: int) -> User:
    """Someone whose whole account this administrator may change."""
    user = _somebody(ward, person_id)
    if not may_manage_account(user, person(request)):
        raise PermissionDenied
    return user
