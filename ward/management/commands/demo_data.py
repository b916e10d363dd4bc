"""`nightingale-ward demo-data`."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from playlists import PlaylistError
from ward.demo import DEVICES, PASSWORD, PEOPLE, DemoError, make_demo
from ward.fleet.adding import FleetError


class Command(BaseCommand):
    help = "Fills an empty database with a demo ward: three beds with boxes, and four people. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--device", action="append", metavar="UUID:NUMBER", help="a box; repeat it for each bed, in order"
        )
        parser.add_argument(
            "--password", default=PASSWORD, help="the password of all demo accounts (default %(default)s)"
        )

    def handle(self, *, device: list[str] | None, password: str, **_options: Any) -> None:
        devices = [_device(word) for word in device] if device else DEVICES
        try:
            make_demo(settings.MUSIC, devices, password, timezone.now())
        except (DemoError, FleetError, PlaylistError) as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(f"Demo ward ready. Sign in as {', '.join(PEOPLE)}.")


def _device(word: str) -> tuple[str, str]:
    device_id, colon, number = word.partition(":")
    if not colon:
        raise CommandError(f"--device {word!r} is not valid. Use UUID:NUMBER.", returncode=2)
    return device_id, number
