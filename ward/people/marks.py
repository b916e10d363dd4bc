"""Whose form it is, and on which page it stood: in each form, encrypted, so that it is known when the session is gone.

Where a person is led must be a page: an address that takes a POST alone would answer nothing.
"""

import base64
import hashlib
import json
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

FIELD = "whose"
MARK_AGE_S = 24 * 3600  # longer than a session lasts: what is older was made for nobody who could still type
NO_PAGE = {  # addresses that take a POST alone, and parts of pages
    "account_logout", "audit_csv", "bed_pulse", "board_pulse", "desk_lock", "desk_panel", "desk_register",
    "desk_revoke", "device_ask", "device_place", "device_pulse", "evening_choose", "evening_undo", "events", "here",
    "history_discharge", "history_move", "history_never", "history_note", "history_pulse", "kept_drop", "language",
    "logout", "look", "night_print", "own_everywhere", "own_pin", "people_factor", "people_invite", "people_link",
    "people_revoke", "people_role", "people_switch", "put_back", "reports_csv", "reports_json", "reports_print",
    "room_pulse", "screen_pulse", "setup_beds", "setup_close", "setup_first_beds", "stop", "stop_room", "theme",
    "therapy_block", "therapy_forget", "therapy_never", "therapy_preferences", "therapy_reviewed", "therapy_unblock",
    "tile",
}  # fmt: skip


class Mark(NamedTuple):
    """The account that a form was made for, and the page that it stood on."""

    user: int
    page: str


def word_for(request: HttpRequest, page: str = "") -> str:
    """The mark for the forms of the page that is being drawn; empty where nobody is signed in."""
    if not isinstance(request.user, User):
        return ""
    made = cast("dict[str, str]", vars(request).setdefault("ward_marks", {}))  # all forms of a page have one
    if page not in made:
        made[page] = encrypt([request.user.pk, page or drawn_page(request)])
    return made[page]


def mark_in(request: HttpRequest) -> Mark | None:
    """The mark that came with a form; None where it has none, an old one, or one that we did not make."""
    said = decrypt(request.POST.get(FIELD, ""), MARK_AGE_S)
    return Mark(*cast("list[int | str]", said)) if said is not None else None  # type: ignore[arg-type]


def drawn_page(request: HttpRequest) -> str:
    """The page that an answer is drawn for: a part is drawn for the page that asked, a refusal for the form's page."""
    if asked := request.headers.get("HX-Current-URL"):
        return a_page(asked)
    return a_page(request.get_full_path()) if request.method == "GET" else stood_on(request)


def stood_on(request: HttpRequest) -> str:
    """The page that a form stood on: as its mark says, or the browser; else the form's own address, or the board."""
    mark = mark_in(request)
    said = (mark.page if mark else "", request.headers.get("Referer", ""), request.get_full_path())
    return next((inside(path) for path in said if path and is_page(inside(path))), reverse("board"))


def a_page(path: str) -> str:
    """The same page as path and query, or the board where it is none of ours."""
    return inside(path) if is_page(inside(path)) else reverse("board")


def inside(path: str) -> str:
    """Path and query, without scheme and host."""
    parts = urlsplit(path)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def is_page(path: str) -> bool:
    """Whether a browser may be led there."""
    return (name := name_of(path)) is not None and name not in NO_PAGE


def name_of(path: str) -> str | None:
    """The name of an address of this server's; None where there is no such address."""
    if not path.startswith("/") or not url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        return None
    try:
        return resolve(path.partition("?")[0]).url_name or ""
    except Resolver404:
        return None


def encrypt(said: object) -> str:
    """JSON, unreadable and unchangeable without the server's secret key."""
    return _fernet().encrypt(json.dumps(said).encode()).decode()


def decrypt(word: str, age_s: int) -> object | None:
    """What was encrypted no longer ago; None for anything else."""
    try:
        return cast("object", json.loads(_fernet().decrypt(word.encode(), ttl=age_s)))
    except InvalidToken:
        return None


def _fernet() -> Fernet:
    key = hashlib.sha256(b"ward.people.kept" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
