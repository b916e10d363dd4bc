"""What is kept of a form that came without its session: offered to whoever typed it, for one more press."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ward.accounts.kept_words import action_of
from ward.beds.times import clock
from ward.frame import local_now, page, person, staff_only
from ward.message import say
from ward.people import keeping, marks

TOO_OLD, TOO_LATE = "403_csrf.html", "late.html"


@require_GET
@staff_only
def kept(request: HttpRequest, key: str) -> HttpResponse:
    """What it would do, and the press that does it; to anybody else one line."""
    user, now = person(request), timezone.now()
    found = keeping.kept(key, user, now)
    context: dict[str, object] = {"kept": found, "key": key}
    if found is not None:
        context |= {"action": action_of(found, user), "since": clock(found.at, local_now())}
    else:
        keeping.drop(request, key, now)  # no page tells of it any more
    return page(request, "people_kept.html", None, context)


@require_POST
@staff_only
def kept_drop(request: HttpRequest, key: str) -> HttpResponse:
    """Throws it away, and leads back to the page that it stood on."""
    now = timezone.now()
    found = keeping.kept(key, person(request), now)
    keeping.drop(request, key, now)
    address = marks.a_page(found.page) if found is not None else reverse("board")
    return say(request, address, _("Entry deleted"), _("Nothing was sent."))


def only_kept(request: HttpRequest) -> HttpResponse:
    """For a page that finds its session over: what was typed there is kept, whoever is signed in by now."""
    key = keeping.keep(request, timezone.now())
    return HttpResponseRedirect(keeping.address(key) if key else marks.stood_on(request))


def refused(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """The page for a form that came too late or from too old a page: what was typed is kept where it can be."""
    key, mark = keeping.keep(request, timezone.now()), marks.mark_in(request)
    context = {
        "kept": key,
        "is_theirs": mark is not None and request.user.pk in (None, mark.user),
        "stood_on": marks.stood_on(request),
    }
    answer = render(request, template, context, status=status)
    if template == TOO_OLD:
        answer.headers["HX-Refresh"] = "true"  # a part of a page that is too old loads its page again
    return answer
