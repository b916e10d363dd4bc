"""`nightingale-ward ward add | list | close | open | load`: wards and their beds by command."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from ward.beds.models import Bed, Ward
from ward.beds.naming import read, write
from ward.beds.naming_words import gaps, sentence
from ward.places.closing import close_ward, open_ward
from ward.places.errors import OccupiedError, PlacesError
from ward.places.hospital_file import Loaded, load_hospital, read_hospital
from ward.places.rooms import rooms_of
from ward.places.saving import SetUp, add_ward, save, set_up_of


class Command(BaseCommand):
    help = "Adds, lists and closes wards, or loads the wards of a whole hospital from a file."

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True, metavar="add | list | close | open | load")
        adds = ways.add_parser("add", help="adds a ward with its beds")
        adds.add_argument("name", metavar="NAME", help='as people call it: "Ward 4 North"')
        adds.add_argument(
            "--beds", default="", metavar="TEXT", help='rooms and beds: "1-14, A and B"; lines end with ;'
        )
        ways.add_parser("list", help="shows all wards with their beds")
        for way, words in (("close", "closes a ward; its figures stay"), ("open", "opens a closed ward again")):
            ways.add_parser(way, help=words).add_argument("slug", metavar="SLUG", help="as `ward list` shows it")
        loads = ways.add_parser("load", help="adds and changes the wards of a TOML file; closes nothing")
        loads.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *, way: str, **options: Any) -> None:
        try:
            getattr(self, f"_{way}")(
                **{key: options[key] for key in ("name", "beds", "slug", "file") if key in options}
            )
        except PlacesError as error:
            raise CommandError(str(error), returncode=2) from None
        except OccupiedError as error:
            raise CommandError(_in_use(error), returncode=2) from None

    def _add(self, *, name: str, beds: str) -> None:
        named, now = read(beds), timezone.now()
        if named.problems:
            raise CommandError("\n".join(map(sentence, named.problems)), returncode=2)
        with transaction.atomic():
            ward = add_ward(name.strip(), None, now)
            was = set_up_of(ward)
            hours = (was.night_from, was.night_until, was.evening_at)
            save(ward, SetUp(was.name, *hours, was.defaults, named.rooms), None, now)
        said = [f"{ward} added as {ward.slug} with {len(named.labels)} beds in {len(named.rooms)} rooms."]
        self.stdout.write(" ".join(filter(None, [*said, gaps(named.gaps)])))
        self.stdout.write(f"Make its first administrator: nightingale-ward administrator NAME --ward {ward.slug}")

    def _list(self) -> None:
        for ward in Ward.objects.order_by("name"):
            count = Bed.objects.open().filter(room__ward=ward).count()
            state = f"closed since {timezone.localtime(ward.closed_at):%Y-%m-%d}" if ward.closed_at else f"{count} beds"
            self.stdout.write(f"{ward.slug}  {ward.name}  {state}")
            for line in write(rooms_of(ward)).splitlines() if ward.closed_at is None else ():
                self.stdout.write(f"    {line}")
        if not Ward.objects.exists():
            self.stdout.write('No ward yet. Add one: nightingale-ward ward add "Ward 4 North" --beds "1-14, A and B"')

    def _close(self, *, slug: str) -> None:
        ward = _ward(slug)
        close_ward(ward, None, timezone.now())
        self.stdout.write(f"{ward} is closed. Its history and reports stay.")

    def _open(self, *, slug: str) -> None:
        ward = _ward(slug)
        open_ward(ward, None, timezone.now())
        self.stdout.write(f"{ward} is open again. Its beds come back when they are in its list of beds.")

    def _load(self, *, file: Path) -> None:
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise CommandError(f"{file} is not UTF-8 text. Save it as UTF-8.", returncode=2) from None
        for one in load_hospital(read_hospital(text), timezone.now()):
            self.stdout.write(_loaded(one))


def _ward(slug: str) -> Ward:
    found = Ward.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Ward.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"No ward named {slug!r}. Wards: {known}.", returncode=2)
    return found


def _loaded(one: Loaded) -> str:
    did = "added" if one.is_new else "changed" if one.changed else "unchanged"
    left = f" Not in the file and left open: {', '.join(one.left_open)}." if one.left_open else ""
    return f"{one.name}: {did}, {one.beds} beds.{left}"


def _in_use(error: OccupiedError) -> str:
    lines = [f"A patient's stay is at bed {bed}. Discharge it first." for bed in error.stays]
    lines += [f"The box at bed {bed} has not confirmed the end of the last stay yet." for bed in error.unconfirmed]
    return "\n".join([*lines, "Nothing was closed."])
