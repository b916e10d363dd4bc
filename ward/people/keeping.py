"""Keeps what a form said when it came without its session: encrypted, for whoever typed it, and never sent by itself.

Whose it was its mark says (ward.people.marks), not the session: that may be gone, or be someone else's by now.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac

from ward.people import late, marks
from ward.people.models import KeptForm

SALT = "ward.people.kept"
LONGEST = 100_000  # encrypted characters; a form that says more is none of ours
MOST = 10  # forms of one person; the oldest goes first
KEPT_FOR = timedelta(hours=12)
ONLY = "keep"  # a field that asks for no more: nothing is done (keep.js)
# Of the page that was left; and that someone looked at the bed, which is true of the moment of the press alone.
UNKEPT = {"csrfmiddlewaretoken", late.FIELD, marks.FIELD, ONLY, "looked"}
SECRET = (
    "account_",
    "mfa_",
    "own",
    "invitation",
    "people",
    "desk",
    "login",
    "logout",
    "kept",
    "first",
)  # passwords, links, PINs
NOTHING_TYPED = {  # what is asked for again on its page; and a stop, which is not carried out later
    "audit_csv", "night_print", "reports_csv", "reports_json", "reports_print", "stop_room",
}  # fmt: skip
FLAG = "kept"  # in a session: the newest form that is kept for its person


class Kept(NamedTuple):
    """A POST as it came: where to, its fields in order, the page that it stood on, and when it came."""

    path: str
    fields: list[tuple[str, str]]
    page: str
    at: datetime


def keep(request: HttpRequest, now: datetime) -> str:
    """Keeps the POST for whoever typed it; its key. Empty where it must not be kept (secrets, files) or cannot be."""
    mark = marks.mark_in(request) if _may_be_kept(request) else None
    if mark is None or not User.objects.filter(pk=mark.user, is_active=True).exists():
        return ""
    path, fields = request.get_full_path(), _fields(request)
    said = {"user": mark.user, "path": path, "fields": fields, "page": mark.page}
    if len(word := marks.encrypt(said)) > LONGEST:
        return ""
    key = _key(mark.user, path, fields)
    _store(key, mark.user, word, now)
    if request.user.pk == mark.user:
        request.session[FLAG] = key
    return key


def kept(key: str, user: User, now: datetime) -> Kept | None:
    """What was kept, if this person typed it; nobody sends another's form."""
    row = KeptForm.objects.filter(pk=key, user=user, at__gt=now - KEPT_FOR).first()
    said = marks.decrypt(row.said, int(KEPT_FOR.total_seconds())) if row is not None else None
    if row is None or not isinstance(said, dict) or said["user"] != user.pk or marks.name_of(said["path"]) is None:
        return None
    return Kept(said["path"], [(name, value) for name, value in said["fields"]], said["page"], row.at)


def newest(user: User, now: datetime) -> str:
    """The key of what was kept for this person last; empty where nothing is."""
    row = KeptForm.objects.filter(user=user, at__gt=now - KEPT_FOR).order_by("-at").first()
    return row.key if row is not None else ""


def drop(request: HttpRequest, key: str, now: datetime) -> None:
    """Forgets one of this person's forms: it was sent, or thrown away."""
    user = cast("User", request.user)
    KeptForm.objects.filter(pk=key, user=user).delete()
    if FLAG in request.session:
        request.session[FLAG] = newest(user, now)


def drop_sent(request: HttpRequest, now: datetime) -> None:
    """After a form was carried out: where it was kept it is not offered again."""
    if isinstance(request.user, User) and request.session.get(FLAG):
        drop(request, _key(request.user.pk, request.get_full_path(), _fields(request)), now)


def address(key: str) -> str:
    """Where what is kept is offered."""
    return reverse("kept", args=[key])


def is_offer(path: str) -> bool:
    """Whether a path leads to something that is kept."""
    return marks.name_of(path) == "kept"


def _may_be_kept(request: HttpRequest) -> bool:
    name = (request.resolver_match.url_name if request.resolver_match else "") or ""
    if request.method != "POST" or not name or request.FILES or "HX-Request" in request.headers:
        return False
    return not name.startswith(SECRET) and name not in NOTHING_TYPED


def _fields(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, value) for name, values in request.POST.lists() for value in values if name not in UNKEPT]


def _key(user: int, path: str, fields: list[tuple[str, str]]) -> str:
    """The same form of the same person is kept once; whoever has no secret key can guess none."""
    said: Any = [user, path, sorted(fields)]
    return salted_hmac(SALT, repr(said), algorithm="sha256").hexdigest()


def _store(key: str, user: int, word: str, now: datetime) -> None:
    with transaction.atomic():
        KeptForm.objects.filter(at__lte=now - KEPT_FOR).delete()
        KeptForm.objects.update_or_create(key=key, defaults={"user_id": user, "said": word, "at": now})
        old = KeptForm.objects.filter(user_id=user).order_by("-at").values_list("pk", flat=True)[MOST:]
        KeptForm.objects.filter(pk__in=list(old)).delete()
