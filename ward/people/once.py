"""The same deed twice is one deed, with one answer: the second of two taps, or a page that is sent again.

A form that changes something carries a word of its own (`{% once %}`). The word, the address and what the form says
make the deed; a form that says something else under the same word is another deed.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from ward.people.models import Done

FIELD = "once"
KEPT_FOR = timedelta(days=1)  # longer than a session lasts: no page that could send it again is older


class Once(MiddlewareMixin):
    """The last of the middleware, so that only a deed that may be done is marked. Deed and mark are one transaction."""

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """The view's answer, or that of the first time; None: this is no such deed."""
        if request.method != "POST" or not isinstance(request.user, User) or not request.POST.get(FIELD):
            return None
        key, now = _key(request, request.user), timezone.now()
        with transaction.atomic():
            done = _claim(key, now)
            if done is not None:
                return HttpResponseRedirect(done)
            answer = view(request, *args, **kwargs)
            if 300 <= answer.status_code < 400:
                Done.objects.filter(pk=key).update(answer=answer.headers["Location"])
            else:
                transaction.set_rollback(True)  # nothing was done: the same may be tried again
        return answer


def _claim(key: str, now: datetime) -> str | None:
    """None: it is ours to do; else where the first one led. Waits for one that is under way."""
    Done.objects.filter(at__lt=now - KEPT_FOR).delete()
    try:
        with transaction.atomic():
            Done.objects.create(key=key, at=now)
    except IntegrityError:
        return Done.objects.get(pk=key).answer
    return None


def _key(request: HttpRequest, user: User) -> str:
    fields = sorted((key, values) for key, values in request.POST.lists() if key != "csrfmiddlewaretoken")
    return hashlib.sha256(json.dumps([user.pk, request.path, fields]).encode()).hexdigest()
