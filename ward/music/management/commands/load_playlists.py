"""`nightingale-ward load-playlists FOLDER`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from playlists import PlaylistError
from ward.music.loading import load_playlists


class Command(BaseCommand):
    help = "Loads the playlists that staff can assign from a music folder. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="the rendered music, with its index.json")

    def handle(self, *, folder: Path, **_options: Any) -> None:
        try:
            count = load_playlists(folder)
        except PlaylistError as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(f"{count} playlists can be assigned.")
