"""Cleans what people send, in one place: no text that nobody can type reaches a view, a row or a log."""

import re

from django.http import HttpRequest, QueryDict
from django.utils.deprecation import MiddlewareMixin

# Control characters but tab and line ends, and halves of a pair: PostgreSQL stores no NUL, nothing writes a half.
UNTYPABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
SHOWN_AS = "\ufffd"
DIGITS_MOST = 18  # what a 64-bit column holds; Python refuses to read more than 4,300


class Typed(MiddlewareMixin):
    """Before whatever reads an address, a form or a cookie."""

    def process_request(self, request: HttpRequest) -> None:
        """Cleans the request in place."""
        request.GET = _cleaned(request.GET)  # type: ignore[assignment]
        if request.method == "POST":
            request.POST = _cleaned(request.POST)  # type: ignore[assignment]
        request.COOKIES = {name: clean(value) for name, value in request.COOKIES.items()}


def clean(text: str) -> str:
    """What cannot be typed is shown as what it is: no character."""
    return UNTYPABLE.sub(SHOWN_AS, text)


def number(text: str) -> int | None:
    """A whole number from 0 on, as an address or a form says it; None for anything else."""
    return int(text) if text.isdecimal() and len(text) <= DIGITS_MOST else None


def _cleaned(said: QueryDict) -> QueryDict:
    """The same where there is nothing to clean, which is always."""
    if not any(UNTYPABLE.search(text) for key, values in said.lists() for text in (key, *values)):
        return said
    made = QueryDict(mutable=True)
    for key, values in said.lists():
        made.setlist(clean(key), [clean(value) for value in values])
    made._mutable = False  # noqa: SLF001 - as Django's own are
    return made
