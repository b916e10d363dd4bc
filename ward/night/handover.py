"""A ward's night, read and drawn: for its page, its paper and the strip on the board."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User

from ward.beds.models import Ward
from ward.night.models import Opened
from ward.night.nights import Nights, hours_of, is_handover, newest, nights
from ward.night.reading import beds_of, told_of
from ward.night.rows import Row, Tick, axis, legend, rows
from ward.night.summary import Part, figures, summary
from ward.plots.days import Day


@dataclass(frozen=True, slots=True)
class Handover:
    """One night. `summary`: the sentence that carries all."""

    night: Day
    rows: Sequence[Row]
    axis: Sequence[Tick]
    legend: set[str]
    summary: Sequence[Part]


def nights_of(ward: Ward, now: datetime) -> Nights:
    """The nights that the ward's page can show."""
    since = [bed.stay_since for bed in beds_of(ward) if bed.stay is not None]
    return nights(hours_of(ward), now, since, settings.KEEP_STAYS_DAYS)


def handover(ward: Ward, night: Day, now: datetime) -> Handover:
    """What is known of it; `now` in the ward's time zone."""
    drawn = rows(told_of(ward, beds_of(ward), night, now), night, now)
    return Handover(night, drawn, axis(night, now), legend(drawn), summary(figures(drawn)))


def strip(ward: Ward, user: User, now: datetime) -> Handover | None:
    """For the board: None outside the time of the handover, and for whoever has opened this night's page."""
    last = newest(hours_of(ward), now)
    if not is_handover(last, now) or Opened.objects.filter(user=user, ward=ward, night=last.date).exists():
        return None
    return handover(ward, last, now)


def opened(ward: Ward, user: User, night: Day) -> None:
    """The strip about this night is not shown to this person again."""
    mark = Opened(user=user, ward=ward, night=night.date)
    Opened.objects.bulk_create([mark], update_conflicts=True, unique_fields=["user", "ward"], update_fields=["night"])
