"""What a page says of a one-time link that was just made. Reads no row."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ward.message import Message
from ward.people.invitations import VALID_FOR


def link_message(link: str, now: datetime) -> Message:
    """What a page says of a link that was just made, which it shows this once."""
    until = {"until": date_format(now + VALID_FOR, _("j F, H:i"))}
    works = _("Works once, until %(until)s. Give it to one person only.") % until
    return Message(_("Link created"), " ".join([_("Copy this link now. It is shown only once."), works]), code=link)
