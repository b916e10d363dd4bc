"""A press that comes too late is not carried out: whoever pressed was told that nobody answered, and may have gone on.

A page says when its form was sent, by the clock of this server: the time at which the page was made, and how long it
stood since. Frozen servers, full networks and browsers that try again keep a press for minutes.
"""

from datetime import datetime

from django.http import HttpRequest

from ward.people.typed import number

FIELD = "pressed"  # milliseconds since 1970; a page without scripts says nothing
LATE_S = 3.0  # so long a page waits for an answer (press.js)


def is_late(request: HttpRequest, now: datetime) -> bool:
    """Whether the page that sent this has assigned it up."""
    pressed = number(request.POST.get(FIELD, "")) if request.method == "POST" else None
    return pressed is not None and now.timestamp() - pressed / 1000 > LATE_S
