"""`nightingale-ward administrator`: access when no administrator can sign in."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Role, Ward
from ward.people.invitations import invite


class Command(BaseCommand):
    help = "Prints a one-time link that makes NAME an administrator of a ward, with a new password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="the user name, of an existing account or a new one")
        parser.add_argument("--ward", required=True, metavar="SLUG", help="the ward's slug, as in its address")
        parser.add_argument("--address", help="how browsers reach the ward (default from NIGHTINGALE_HOSTS)")

    def handle(self, *, name: str, ward: str, address: str | None, **_options: Any) -> None:
        found = Ward.objects.filter(slug=ward).first()
        if found is None:
            known = ", ".join(Ward.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"No ward named {ward!r}. Wards: {known}.", returncode=2)
        if not name or len(name) > 150:
            raise CommandError("NAME must have 1 to 150 characters.", returncode=2)
        user, now = User.objects.filter(username__iexact=name).first(), timezone.now()
        with transaction.atomic():
            made, token = invite(found, None, now, role=Role.ADMINISTRATOR, user=user, name=name, resets=True)
            after = {"invitation": made.pk, "name": name}
            record(AuditVerb.EMERGENCY_ACCESS, by=None, ward=found, after=after, now=now)
        base = (address or _address()).rstrip("/")
        self.stdout.write(f"{base}{reverse('invitation_link', args=[token])}")
        self.stderr.write(
            f"Works once, until {timezone.localtime(made.expires_at):%Y-%m-%d %H:%M}. Give it only to {name}."
        )


def _address() -> str:
    host = next(iter(settings.ALLOWED_HOSTS), "127.0.0.1")
    return f"https://{host}" if settings.HTTPS else f"http://{host}:8000"
