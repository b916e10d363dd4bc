"""What every page of a demo shows besides: the way back to its start, and the three tasks until they are hidden."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from ward.demo.folder import folder
from ward.demo.tasks import Task, done_of, tasks
from ward.demo_folder import Mark

WITH_STRIP = {"board", "ward"}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor, of the demo alone. `demo_tasks`: on the board; `demo_next`: the first that is not done."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    told = folder().told()
    shows = request.user.is_authenticated and name in WITH_STRIP and not folder().has(Mark.STRIP_HIDDEN)
    return {"demo": True} | (strip(tasks(told)) if shows and told is not None else {})


def strip(found: Sequence[Task]) -> dict[str, Any]:
    """What the strip with the tasks shows."""
    upcoming = next((task for task in found if not task.is_done), None)
    return {"demo_tasks": found, "demo_next": upcoming, "demo_done": done_of(found)}
