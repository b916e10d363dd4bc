"""Browsers in which an account was opened before: wrong tries elsewhere do not lock it out there."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from ward.people.invitations import hashed
from ward.people.models import KnownBrowser

COOKIE = "browser"
COOKIE_AGE = timedelta(days=400)  # the longest that browsers keep one


def known(request: HttpRequest, name: str) -> str:
    """The browser's key where the account of this name was opened in it, else empty."""
    key = _key(request)
    is_known = bool(key) and KnownBrowser.objects.filter(key=key, user__username__iexact=name).exists()
    return key if is_known else ""


def remember(request: HttpRequest, user: User, now: datetime, answer: HttpResponse) -> None:
    """After a full sign-in; the browser gets its cookie with this answer."""
    KnownBrowser.objects.filter(at__lt=now - COOKIE_AGE).delete()
    token = request.COOKIES.get(COOKIE) or secrets.token_urlsafe(32)
    KnownBrowser.objects.update_or_create(key=hashed(token), user=user, defaults={"at": now})
    answer.set_cookie(
        COOKIE, token, max_age=COOKIE_AGE, httponly=True, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
    )


def forget(user: User) -> None:
    """Every browser is new to the account."""
    KnownBrowser.objects.filter(user=user).delete()


def _key(request: HttpRequest) -> str:
    token = request.COOKIES.get(COOKIE, "")
    return hashed(token) if token else ""
