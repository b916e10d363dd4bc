"""`nightingale-ward demo-data`."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from playlists import PlaylistError
from ward.demo.later import add_music
from ward.demo.people import PASSWORD, PEOPLE, DemoError
from ward.demo.script import write_scripts
from ward.demo.small import DEVICES, make_demo
from ward.demo.story import make_story
from ward.fleet.adding import FleetError


class Command(BaseCommand):
    help = "Fills an empty database with a demo ward: three beds with boxes, and five people. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--device", action="append", metavar="UUID:NUMBER", help="a box; repeat it for each bed, in order"
        )
        parser.add_argument(
            "--password", default=PASSWORD, help="the password of all demo accounts (default %(default)s)"
        )
        parser.add_argument("--large", metavar="VERSION", help="24 beds with two weeks of history, boxes of VERSION")
        parser.add_argument("--more-music", action="store_true", help="only add the tracks that were rendered since")

    def handle(self, *, device: list[str] | None, password: str, **options: Any) -> None:
        devices = [_device(word) for word in device] if device else DEVICES
        try:
            if options["more_music"]:
                add_music(settings.MUSIC, timezone.localtime())
            elif options["large"]:
                write_scripts(_folder(), make_story(settings.MUSIC, password, options["large"], timezone.localtime()))
            else:
                make_demo(settings.MUSIC, devices, password, timezone.now())
        except (DemoError, FleetError, PlaylistError) as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(f"Demo ward ready. Sign in as {', '.join(PEOPLE)}.")


def _folder() -> Path:
    if settings.DEMO is None:
        raise CommandError("--large is for `make demo` only, which says where its folder is.", returncode=2)
    return Path(settings.DEMO.path)


def _device(word: str) -> tuple[str, str]:
    device_id, colon, number = word.partition(":")
    if not colon:
        raise CommandError(f"--device {word!r} is not valid. Use UUID:NUMBER.", returncode=2)
    return device_id, number
