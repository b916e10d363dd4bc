"""What an invited person opens: the link, and the form that makes the account or assigns it a new password."""

from typing import Any

from allauth.account.utils import perform_login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from ward.accounts.forms import Accept
from ward.beds.staff import initials
from ward.frame import page
from ward.message import keep, links_of, refused, say
from ward.people.invitations import accept, find
from ward.people.models import Invitation
from ward.people.roles import PeopleError

TOKEN = "invitation"  # noqa: S105 - the session's key for it


@require_GET
def invitation_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link itself. The token moves to the session at once: it stands in no address that a page could pass on.

    One that opens nothing leaves nothing behind: anybody may ask for any number of them.
    """
    if find(token, timezone.now()) is None:
        request.session.pop(TOKEN, None)
    else:
        request.session[TOKEN] = token
    return HttpResponseRedirect(reverse("invitation"))


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """The form; used once, by POST."""
    found = find(request.session.get(TOKEN, ""), timezone.now())
    if found is None:
        return page(request, "people_invitation.html", None, {"gone": True, "who": "", "navigation": []}, status=410)
    if isinstance(request.user, User):
        return _with_account(request, request.user, found)
    return _without(request, found)


def _with_account(request: HttpRequest, user: User, found: Invitation) -> HttpResponse:
    """Who has an account takes the role with it; a link for another account is not theirs."""
    context: dict[str, object] = {
        "invitation": found,
        "initials": initials(user),
        "theirs": found.user_id in (None, user.pk),
    }
    if found.user_id is not None or request.method != "POST":
        return page(request, "people_invitation.html", None, context, status=200 if found.user_id is None else 403)
    try:
        accept(found, user, timezone.now())
    except PeopleError as error:
        return page(request, "people_invitation.html", None, context | {"message": refused(str(error))}, status=410)
    del request.session[TOKEN]
    words = {"role": found.get_role_display(), "ward": found.ward.name}
    return say(request, reverse("board"), _("You now have the role %(role)s on %(ward)s") % words)


def _without(request: HttpRequest, found: Invitation) -> HttpResponse:
    form = Accept(found.user, request.POST or None, initial=_proposed(found))
    frame: dict[str, Any] = {"invitation": found, "form": form, "who": "", "navigation": []}
    if request.method == "POST" and form.errors:
        frame["message"] = refused(_("Check what is marked."), links_of(form))
    if request.method != "POST" or not form.is_valid():
        return page(request, "people_invitation.html", None, frame, status=400 if request.method == "POST" else 200)
    user = form.account()
    try:
        accept(found, user, timezone.now())
    except PeopleError as error:
        return page(request, "people_invitation.html", None, frame | {"message": refused(str(error))}, status=410)
    del request.session[TOKEN]
    answer: HttpResponse = perform_login(request, user, email_verification="none", redirect_url=reverse("board"))
    done = _("Password saved") if found.user_id else _("Account created")
    keep(request, done, _("You are signed in."))
    return answer


def _proposed(found: Invitation) -> dict[str, str]:
    user = found.user
    return {
        "username": found.name,
        "first_name": user.first_name if user else "",
        "last_name": user.last_name if user else "",
    }
