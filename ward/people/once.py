"""The same action twice is one action, with one answer: the second of two taps, or a page that is sent again.

A form that changes something carries a word of its own (`{% once %}`). The word, the address and what the form says
make the action; a form that says something else under the same word is another action.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from ward.people import late, marks
from ward.people.models import Done

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
FIELD = "once"
OF_ONE_PRESS = {"csrfmiddlewaretoken", late.FIELD, marks.FIELD}  # differ between two presses of one form
KEPT_FOR = timedelta(days=1)  # longer than a session lasts: no page that could send it again is older


def once(view: View[P]) -> View[P]:
    """A view whose POST is done once: the action and its mark are one transaction, and what is refused leaves neither.

    Inside `staff_only`. Only a view that says so: a caller must not choose that what a view counts, as wrong PINs, is
    undone with a refusal. Not for an action that takes a transaction for each of many beds.
    """

    @wraps(view)
    def done_once(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST" or not isinstance(request.user, User) or not request.POST.get(FIELD):
            return view(request, *args, **kwargs)
        key = _key(request, request.user)
        with transaction.atomic():
            answered = _claim(key, timezone.now())
            if answered is not None:
                return HttpResponseRedirect(answered)
            answer = view(request, *args, **kwargs)
            if 300 <= answer.status_code < 400:
                Done.objects.filter(pk=key).update(answer=answer.headers["Location"])
            else:
                transaction.set_rollback(True)  # nothing was done: the same may be tried again
        return answer

    done_once.is_done_once = True  # type: ignore[attr-defined] # so that a test finds it
    return done_once


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
    fields = sorted((key, values) for key, values in request.POST.lists() if key not in OF_ONE_PRESS)
    return hashlib.sha256(json.dumps([user.pk, request.path, fields]).encode()).hexdigest()
