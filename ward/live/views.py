"""The one stream of a browser: which beds and boxes of the person's wards changed."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone

from ward.live.stream import Database, Listener, Watcher, listen
from ward.live.streams import hand_over
from ward.people.standing import standing
from ward.people.typed import number

WATCHER = Watcher(Database())  # of this process


def events(request: HttpRequest) -> HttpResponse:
    """The stream: 403 for whom no ward shows a board or its boxes.

    Last-Event-ID, or `since` at first, says what the browser knows; what it missed is told at once."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    key = request.session.session_key or ""
    hears = standing([key], timezone.now()).get(key)
    if not hears:
        return HttpResponse("Sign in to a ward of yours.\n", status=403, content_type="text/plain")
    known = request.headers.get("Last-Event-ID") or request.GET.get("since", "")
    listener = Listener(key, hears, number(known))
    return hand_over(request, lambda: listen(WATCHER, listener))
