"""Browsers that a ward shares: registered, known by their cookie, revoked; and who may come back there with a PIN."""

import secrets
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Ward
from ward.people.invitations import hashed
from ward.people.models import Desk, Visit
from ward.people.sessions import SHIFT
from ward.people.typed import number

COOKIE, SALT = "desk", "ward.people.desk"
COOKIE_AGE = timedelta(days=400)  # the longest that browsers keep one
FACES_MOST = 6


def register(ward: Ward, name: str, by: User, now: datetime, answer: HttpResponse) -> Desk:
    """Makes the browser that gets this answer a desk of the ward."""
    token = secrets.token_urlsafe(32)
    desk = Desk.objects.create(ward=ward, name=name, token_hash=hashed(token), made_by=by, made_at=now)
    answer.set_signed_cookie(
        COOKIE,
        f"{desk.pk}:{token}",
        salt=SALT,
        max_age=COOKIE_AGE,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    record(AuditVerb.DESK_ADDED, by=by, ward=ward, after={"desk": name}, now=now)
    return desk


def revoke_desk(desk: Desk, by: User, now: datetime) -> None:
    """That browser is as any other from now on; nobody's PIN opens anything there."""
    if Desk.objects.filter(pk=desk.pk, revoked_at=None).update(revoked_at=now):
        Visit.objects.filter(desk=desk).delete()
        record(AuditVerb.DESK_REMOVED, by=by, ward=desk.ward, before={"desk": desk.name}, now=now)


def desk_of(request: HttpRequest) -> Desk | None:
    """The desk that this browser is, if it is one; asked for several times in a request, read once."""
    known = vars(request)
    if "ward_desk" not in known:
        known["ward_desk"] = _read(request)
    return cast("Desk | None", known["ward_desk"])


def _read(request: HttpRequest) -> Desk | None:
    said = request.get_signed_cookie(COOKIE, None, salt=SALT)
    word, _, token = (said or "").partition(":")
    key = number(word)
    desk = None if key is None else Desk.objects.filter(pk=key, revoked_at=None).first()
    return desk if desk and constant_time_compare(desk.token_hash, hashed(token)) else None


def came(desk: Desk, user: User, now: datetime) -> None:
    """After a full sign-in at the desk: for 12 h the PIN is enough there."""
    Visit.objects.update_or_create(desk=desk, user=user, defaults={"at": now})


def left(desk: Desk, user: User) -> None:
    """After a sign-out at the desk: the next time it is a full sign-in."""
    Visit.objects.filter(desk=desk, user=user).delete()


def visits(desk: Desk, now: datetime) -> list[Visit]:
    """Who may come back with a PIN, the last first."""
    live = Visit.objects.filter(desk=desk, at__gt=now - SHIFT, user__is_active=True)
    return [
        visit
        for visit in live.select_related("user__person").order_by("-at", "-pk")
        if hasattr(visit.user, "person") and visit.user.person.may_use_pin
    ][:FACES_MOST]
