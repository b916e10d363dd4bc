"""Where allauth asks us: no open sign-up, our count of tries, no e-mail, secrets of second factors encrypted."""

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.models import User
from django.forms import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ward.message import keep
from ward.people.attempts import MOST_A_NAME, MOST_AN_ADDRESS, MOST_ELSEWHERE, Spent, give_back, spend
from ward.people.browsers import known, remember

HERE = gettext_noop("Too many attempts. Try again at %(time)s.")
ELSEWHERE = gettext_noop(
    "Too many attempts. Until %(time)s this user name works only on computers where it was used before."
)
NETWORK = gettext_noop("Too many attempts from this network. New computers can sign in again at %(time)s.")


class Accounts(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Accounts are made by invitation and by the hospital's sign-in, never by a stranger."""

    _spent: tuple[Spent, ...] = ()

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Never."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts the try before the password is looked at. Raises ValidationError, one line with a time."""
        now = timezone.now()
        name = str(credentials.get("username", "")).strip().lower()
        tries = _tries(request, name, now)
        waits = [(one.wait_until, line) for one, line in tries if one.wait_until]
        if waits:
            give_back(*(one for one, _ in tries))
            until, line = max(waits)
            raise ValidationError(line % {"time": minute(until)}, code="wait")
        self._spent = tuple(one for one, _ in tries)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """A right try is given back; a wrong one stays counted."""
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            give_back(*self._spent)
        return user

    def post_login(self, request: HttpRequest, user: User, **more: Any) -> HttpResponse:
        """The browser is known to the account from now on."""
        answer: HttpResponse = super().post_login(request, user, **more)
        remember(request, user, timezone.now(), answer)
        return answer

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """To one's own page, which says that it is done."""
        address = reverse("own")
        keep(request, _("Password changed"), _("You are signed out on all other devices."), address)
        return address


class HospitalAccounts(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Accounts of the hospital's sign-in stand alone: e-mail joins them to nothing, and nobody connects two."""

    def get_requests_session(self) -> Any:
        """Talks to the provider with the hospital's own certificate authority where one is named."""
        web = super().get_requests_session()
        if settings.OIDC and settings.OIDC.ca_file:
            web.verify = settings.OIDC.ca_file
        return web

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:  # noqa: ARG002
        """Sign-in only: who sits at someone's open session must not join an account of their own to it."""
        if sociallogin.state.get("process") != "login":
            raise ImmediateHttpResponse(HttpResponseForbidden())
        sociallogin.email_addresses = []

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Name and sign-in name; no e-mail is kept."""
        user: User = super().populate_user(request, sociallogin, data | {"email": None})
        return user

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        """An account is made for whom a group assigns a role, and for nobody else of the hospital."""
        return settings.OIDC is not None and bool(settings.OIDC.assigned(groups_of(sociallogin)))


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """A copy of the database alone must not be enough to make someone's codes."""

    def encrypt(self, text: str) -> str:
        """With a key that follows from the server's secret key."""
        return _fernet(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again; raises InvalidToken after the server's secret key was changed."""
        return _fernet(settings.SECRET_KEY).decrypt(encrypted_text.encode()).decode()


def groups_of(sociallogin: SocialLogin) -> list[str]:
    """The groups of this sign-in."""
    return list(sociallogin.account.extra_data.get("groups", []))


def too_many(until: datetime) -> str:
    """The one line of a waiting time, in the ward's clock."""
    return _(HERE) % {"time": minute(until)}


def minute(until: datetime) -> str:
    """The next whole minute."""
    return time_format(timezone.localtime(until + timedelta(seconds=59)), "H:i")


def _tries(request: HttpRequest, name: str, now: datetime) -> list[tuple[Spent, str]]:
    """What the try counts for, each with its line. Where the account was opened before, only tries made there count."""
    if browser := known(request, name):
        return [(spend("browser", f"{browser}:{name}", MOST_A_NAME, now), _(HERE))]
    place = request.META.get("REMOTE_ADDR", "")
    return [
        (spend("here", f"{place} {name}", MOST_A_NAME, now), _(HERE)),
        (spend("elsewhere", name, MOST_ELSEWHERE, now), _(ELSEWHERE)),
        (spend("address", place, MOST_AN_ADDRESS, now), _(NETWORK)),
    ]


def _fernet(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"ward.people.second-factor" + key.encode()).digest()))
