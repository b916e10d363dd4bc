"""What pages get besides their own words: the shared desk's lock; and allauth's pages their frame."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from ward.accounts.kept_words import line
from ward.frame import frame as frame_of
from ward.frame import local_now
from ward.people.desks import desk_of

THEIRS = ("account_", "mfa_", "socialaccount_", "openid_connect_")


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor. `lock_after_s`: idle seconds until the page covers itself; 0 where this is no desk.

    `kept_form`: what is kept for this person, which every page but its own tells of; an answer to a form does not,
    since whether that form is kept is not known before it is answered.
    """
    name = (request.resolver_match.url_name if request.resolver_match else "") or ""
    is_open = request.user.is_authenticated and not request.session.get("locked")
    is_page = request.method == "GET" and "HX-Request" not in request.headers
    said: dict[str, Any] = {
        "lock_after_s": settings.DESK_LOCK_MINUTES * 60 if is_open and desk_of(request) is not None else 0,
        "kept_form": line(request) if is_open and name != "kept" and is_page else None,
    }
    return said | (frame_of(request, None, local_now()) if name.startswith(THEIRS) else {})
