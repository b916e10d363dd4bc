"""No page stays in a browser or on the way to it: whoever comes to a desk next must not go back to what was shown."""

from typing import TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

A = TypeVar("A", bound=HttpResponseBase)
ENDS = {"logout", "account_logout", "own_everywhere"}  # addresses that end a session


class Private(MiddlewareMixin):
    """Behind the one that serves styles and scripts: those may be kept, all else is someone's."""

    def process_response(self, request: HttpRequest, answer: A) -> A:
        """Says that nothing of it is to be kept, and after a sign-out that what was kept goes."""
        answer.headers["Cache-Control"] = "no-store, private"
        match = request.resolver_match
        if request.method == "POST" and match is not None and match.url_name in ENDS:
            answer.headers["Clear-Site-Data"] = '"cache"'
        return answer
