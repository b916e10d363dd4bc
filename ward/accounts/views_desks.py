"""Registers the administrator's own browser as a shared desk, and revokes desks. Part of the page People."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from ward.accounts.views_people import changes, say
from ward.beds.models import Ward
from ward.frame import person
from ward.people.desks import desk_of, register, revoke_desk
from ward.people.models import Desk
from ward.people.roles import PeopleError

NAME_LONGEST = 40


@changes
def register_desk(request: HttpRequest, ward: Ward) -> HttpResponse:
    """This browser is a shared desk of the ward from now on."""
    name = " ".join(request.POST.get("name", "").split())
    if not name or len(name) > NAME_LONGEST:
        raise PeopleError(_("Enter a location of 1 to 40 characters, such as Nurses' station."))
    if desk_of(request) is not None:
        raise PeopleError(_("This computer is already set up as shared. Remove it first."))
    answer = say(request, ward, "desks", _("This computer is now the shared computer %s.") % name)
    register(ward, name, person(request), timezone.now(), answer)
    return answer


@changes
def revoke(request: HttpRequest, ward: Ward, key: int) -> HttpResponse:
    """That browser is no desk any more."""
    found = Desk.objects.filter(pk=key, ward=ward, revoked_at=None).first()
    if found is None:
        raise Http404
    revoke_desk(found, person(request), timezone.now())
    line = _("%s is no longer a shared computer. Anyone signed in stays signed in until idle.") % found.name
    return say(request, ward, "desks", line)
