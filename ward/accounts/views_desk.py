"""The locked desk: one tap on one's initials, six digits, and the page comes back as it was. Knows no ward's music."""

from datetime import datetime

from allauth.account.adapter import get_adapter
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ward.beds.staff import initials
from ward.frame import local_now, page, staff_only
from ward.people import keeping, marks
from ward.people.desks import desk_of, visits
from ward.people.models import Desk, Visit
from ward.people.pins import is_right
from ward.people.sessions import person_of
from ward.people.typed import number

BACKEND = "ward.people.backend.Backend"


@require_http_methods(["GET", "POST"])
def desk(request: HttpRequest) -> HttpResponse:
    """The page of a locked desk, and the word of who comes back."""
    here = desk_of(request)
    if here is None:
        raise Http404
    next_path = _inside(request.POST.get("next") or request.GET.get("next", ""))
    if request.method == "GET":
        if isinstance(request.user, User) and not request.session.get("locked"):
            return HttpResponseRedirect(next_path)
        return desk_page(request, here, next_path=next_path)
    return _come_back(request, here, next_path)


@require_GET
def desk_panel(request: HttpRequest) -> HttpResponse:
    """The same form, for the cover over a page that stays as it is."""
    here = desk_of(request)
    if here is None:
        raise Http404
    return _panel(request, here, "", None)


@require_POST
@staff_only
def desk_lock(request: HttpRequest) -> HttpResponse:
    """Locks this desk now: by its button, or by the page when nobody has touched it for some minutes."""
    if desk_of(request) is None:
        raise PermissionDenied
    request.session["locked"] = True
    if "HX-Request" in request.headers:
        return HttpResponse(status=204)
    return HttpResponseRedirect(reverse("desk"))


@require_POST
@staff_only
def here(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view takes a request
    """Someone types on a page that asks for nothing: that is no idle time."""
    return HttpResponse(status=204)


def desk_page(
    request: HttpRequest, here: Desk | None, *, next_path: str, problem: str = "", status: int = 200
) -> HttpResponse:
    """The whole page; no name of a page or a ward's bed stands on it."""
    following = _inside(next_path)
    frame = {"who": "", "navigation": [], "lock_after": 0, "now": local_now()}
    said = _form(request, here, timezone.now(), problem, _chosen(request)) | {
        "next": following,
        "stands_on": f"{reverse('desk')}?{urlencode({'next': following})}",
        "kept": keeping.is_offer(following),
        "lost": request.method == "POST" and status != 200,
    }
    return page(request, "people_desk.html", here.ward if here else None, frame | said, status=status)


def _form(
    request: HttpRequest, here: Desk | None, now: datetime, problem: str, chosen: int | None
) -> dict[str, object]:
    user = request.user if isinstance(request.user, User) else None
    faces = [{"pk": visit.user_id, "word": initials(visit.user)} for visit in (visits(here, now) if here else [])]
    known = {face["pk"] for face in faces}
    if chosen not in known:
        chosen = user.pk if user and user.pk in known else None
    return {
        "desk": here,
        "faces": faces,
        "chosen": chosen,
        "problem": problem,
        "locked_for": initials(user) if user and user.pk not in known else "",
        "by_password": user is not None and user.pk not in known and user.has_usable_password(),
    }


def _panel(request: HttpRequest, here: Desk, problem: str, chosen: int | None) -> HttpResponse:
    said = _form(request, here, timezone.now(), problem, chosen) | {"panel": True}
    return render(request, "people_panel.html", said)


def _chosen(request: HttpRequest) -> int | None:
    return number(request.POST.get("who", ""))


def _come_back(request: HttpRequest, here: Desk, next_path: str) -> HttpResponse:
    user, problem = _who(request, here)
    if user is None:
        if request.POST.get("panel"):
            return _panel(request, here, problem, _chosen(request))
        return desk_page(request, here, next_path=next_path, problem=problem)
    same = request.user.pk == user.pk
    _open(request, here, user, same=same)
    if request.POST.get("panel"):
        word = {"HX-Trigger": "desk-open"} if same else {"HX-Redirect": reverse("board")}
        return HttpResponse(status=204 if same else 200, headers=word)
    return HttpResponseRedirect(next_path if same or keeping.is_offer(next_path) else reverse("board"))


def _who(request: HttpRequest, here: Desk) -> tuple[User | None, str]:
    """Who comes back, or nobody and the line that says why not."""
    mine = request.user if isinstance(request.user, User) else None
    if mine is not None and "password" in request.POST:
        return _by_password(mine, request.POST["password"])
    live = {visit.user_id: visit.user for visit in visits(here, timezone.now())}
    user = live.get(_chosen(request) or 0)
    if user is None:
        return None, _("Choose your initials first. If they are not shown, sign in with your password.")
    if is_right(user, request.POST.get("pin", "")):
        return user, ""
    if person_of(user).may_use_pin:
        return None, _("Wrong PIN for %(who)s. Try again.") % {"who": initials(user)}
    return None, _("5 wrong PINs. %(who)s must sign in with a password.") % {"who": initials(user)}


def _by_password(user: User, password: str) -> tuple[User | None, str]:
    """Who has no PIN comes back to the page with the password."""
    try:
        right = get_adapter().reauthenticate(user, password)
    except ValidationError as error:
        return None, str(error.message)
    return (user, "") if right else (None, _("Wrong password for %(who)s.") % {"who": initials(user)})


def _open(request: HttpRequest, here: Desk, user: User, *, same: bool) -> None:
    """The same person goes on with the session, under a new key; another one begins one, as long as the visit is."""
    if same:
        request.session.cycle_key()
    else:
        login(request, user, backend=BACKEND)
        visit = Visit.objects.get(desk=here, user=user)
        request.session["began"] = visit.at.timestamp()
    request.session.pop("locked", None)
    request.session["seen"] = timezone.now().timestamp()
    request.session["by_pin"] = True


def _inside(path: str) -> str:
    """A page of ours, as path and query, or the board."""
    page_of_ours = marks.a_page(path)
    return reverse("board") if marks.name_of(page_of_ours) == "desk" else page_of_ours
