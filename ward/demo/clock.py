"""The demo's clock: "Show the night" moves what time it is on the pages. Knows no row."""

import re
from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone as django_timezone
from django.utils.deprecation import MiddlewareMixin

from ward.demo.folder import folder
from ward.demo.tasks import LAST_NIGHT
from ward.demo_folder import Mark

NIGHT_AFTER_H = 8  # from about 14:16 to about 22:16
# Pages that show days that are over: moved, last night would begin in the morning.
OF_THE_PAST = {"history", "history_pulse", "night", "reports", "audit", "therapy", "therapy_bed"}


class Clock(MiddlewareMixin):
    """The night is another time zone: all times stay true, and all pages agree on what time it is."""

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """None: the page may answer."""
        name = request.resolver_match.url_name if request.resolver_match else ""
        if request.user.is_authenticated and name == LAST_NIGHT:
            folder().set(Mark.SAW_NIGHT, True)
        if folder().has(Mark.NIGHT) and name not in OF_THE_PAST:
            django_timezone.activate(night_zone(settings.TIME_ZONE))
        else:
            django_timezone.deactivate()
        return None

    def process_response(self, _request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
        """The next request on this thread begins by day."""
        django_timezone.deactivate()
        return answer


def night_zone(day: str) -> timezone:
    """Where it is night of the same day while it is afternoon in the zone `day` (Etc/GMT and hours, whose sign is the
    other way round). It may be further ahead than any place on earth: the boxes' clocks go forward too."""
    found = re.fullmatch(r"Etc/GMT([+-]\d+)", day)
    hours = (-int(found[1]) if found else 0) + NIGHT_AFTER_H
    return timezone(timedelta(hours=hours))
