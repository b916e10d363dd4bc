"""How long an action takes, from opening the page to saving the row. The page carries a signed time; the action stores
the seconds, with no name and no bed."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.core.signing import BadSignature, Signer

from ward.assignments.models import Took
from ward.beds.models import Ward

LONGEST = timedelta(minutes=30)  # a page that was open for longer was not in use
KEPT_FOR = timedelta(days=366)


class Action(StrEnum):
    """What is measured."""

    ASSIGN = "assign"
    EVENING = "evening"
    DISCHARGE = "discharge"


def opened(now: datetime) -> str:
    """The signed time for a page's form."""
    return _signer().sign(str(round(now.timestamp() * 1000)))


def took(action: Action, ward: Ward, said: str, now: datetime) -> None:
    """Stores for a year how long the action took; nothing if the time is not signed by this server, or too long ago."""
    try:
        at = datetime.fromtimestamp(int(_signer().unsign(said)) / 1000, UTC)
    except (BadSignature, ValueError):
        return
    if timedelta(0) <= now - at <= LONGEST:
        Took.objects.filter(at__lt=now - KEPT_FOR).delete()
        Took.objects.create(ward=ward, verb=action, seconds=(now - at).total_seconds(), at=now)


def _signer() -> Signer:
    return Signer(salt="ward.timings.timing")
