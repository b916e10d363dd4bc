"""What an ASGI server runs: Django's pages and the live streams. Knows no broker."""

import gc
import os

from django.core.asgi import get_asgi_application

from ward.bounded import Bounded, Crowd
from ward.limits import PAGES, limit
from ward.live.streams import Live

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ward.settings")
limit(PAGES)


def _application() -> Bounded:
    pages = get_asgi_application()
    from ward.live.openings import Openings  # before that line Django knew no models
    from ward.live.views import WATCHER

    return Bounded(Live(Crowd(pages), Openings(WATCHER)))


application = _application()
# A board of 500 beds makes ten thousand objects and drops them; each few of them had the collector walk through all of
# Django, and one board in twenty took twice as long (docs/benchmarks.md). What is loaded now stays and is passed over.
gc.freeze()
gc.set_threshold(50_000, 20, 20)
