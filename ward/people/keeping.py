"""Keeps what a form said when the desk locked before it arrived: in the page, signed, for the same person only."""

from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme

from ward.people.late import FIELD

SALT = "ward.people.kept"
LONGEST = 100_000  # signed characters; a page that carries more is no form of ours
MAX_AGE_S = 12 * 3600
UNKEPT = {"csrfmiddlewaretoken", FIELD}  # of the page that was left
SECRET = ("account_", "mfa_", "own", "invitation", "people", "desk", "login", "logout")  # passwords, links, PINs


class Kept(NamedTuple):
    """A POST as it came: where to, and its fields in order."""

    path: str
    fields: list[tuple[str, str]]


def keep(request: HttpRequest) -> str:
    """The POST as a signed word for a hidden field; empty where it must not or cannot be kept (secrets, files)."""
    match = request.resolver_match
    if request.method != "POST" or match is None or (match.url_name or "").startswith(SECRET) or request.FILES:
        return ""
    fields = [(key, value) for key, values in request.POST.lists() for value in values if key not in UNKEPT]
    said: dict[str, Any] = {"user": request.user.pk, "path": request.get_full_path(), "fields": fields}
    word = signing.dumps(said, salt=SALT, compress=True)
    return word if len(word) <= LONGEST else ""


def kept(word: str, user: User) -> Kept | None:
    """What was kept, if this person said it; nobody sends another's form."""
    try:
        said = signing.loads(word, salt=SALT, max_age=MAX_AGE_S)
    except signing.BadSignature:
        return None
    if said["user"] != user.pk or not is_ours(said["path"]):
        return None
    return Kept(said["path"], [(key, value) for key, value in said["fields"]])


def is_ours(path: str) -> bool:
    """Whether the path is a page of this server's."""
    try:
        resolve(path.partition("?")[0])
    except Resolver404:
        return False
    return path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
