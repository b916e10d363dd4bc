"""Cleans what people send, in one place: no text that nobody can type reaches a view, a row or a log."""

import re
from urllib.parse import urlsplit

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils.deprecation import MiddlewareMixin

# Control characters but tab and line ends, and halves of a pair: PostgreSQL stores no NUL, nothing writes a half.
UNTYPABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
SHOWN_AS = "\ufffd"
DIGITS_MOST = 18  # what a 64-bit column holds; Python refuses to read more than 4,300
LEADS_TO, SAID_FROM = "next", {"HTTP_REFERER", "HTTP_HX_CURRENT_URL"}  # where a client says an address
NO_FORM = "No form of the ward sends this. Load the page again and send it from there.\n"


class Typed(MiddlewareMixin):
    """Before whatever reads an address, a form or a cookie."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Cleans the request in place, and refuses a body that cannot be read: Django's own answer would read it once
        more, for the form's token, and break."""
        vars(request)["_encoding"] = None  # pages and forms are UTF-8, whatever charset a client tells
        try:
            request.GET = _cleaned(request.GET)  # type: ignore[assignment]
            if request.method == "POST":
                request.POST = _cleaned(request.POST)  # type: ignore[assignment]
        except (BadRequest, MultiPartParserError, SuspiciousOperation):
            return HttpResponseBadRequest(NO_FORM, content_type="text/plain; charset=utf-8")
        for name in SAID_FROM & request.META.keys():
            request.META[name] = address(request.META[name])
        request.COOKIES = {name: clean(value) for name, value in request.COOKIES.items()}
        return None


def clean(text: str) -> str:
    """What cannot be typed is shown as what it is: no character."""
    return UNTYPABLE.sub(SHOWN_AS, text)


def address(text: str) -> str:
    """Itself; empty where no address can be read from it, as from `http://[`: whatever looked for its parts broke."""
    try:
        urlsplit(text)
    except ValueError:
        return ""
    return text


def number(text: str) -> int | None:
    """A whole number from 0 on, as an address or a form says it; None for anything else."""
    return int(text) if text.isdecimal() and len(text) <= DIGITS_MOST else None


def _cleaned(said: QueryDict) -> QueryDict:
    """The same where there is nothing to clean, which is always."""
    odd = any(UNTYPABLE.search(text) for key, values in said.lists() for text in (key, *values))
    if not odd and all(address(value) == value for value in said.getlist(LEADS_TO)):
        return said
    made = QueryDict(mutable=True)
    for key, values in said.lists():
        found = [clean(value) for value in values]
        made.setlist(clean(key), [address(value) for value in found] if key == LEADS_TO else found)
    made._mutable = False  # noqa: SLF001 - as Django's own are
    return made
