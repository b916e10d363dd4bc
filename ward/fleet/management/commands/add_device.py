"""`nightingale-ward add-device UUID NUMBER --bed "1 A" --ward SLUG`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ward.beds.models import Bed, Ward
from ward.fleet.adding import FleetError, add_device


class Command(BaseCommand):
    help = "Adds a box to the ward; with --bed it is assigned to that bed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("uuid", help="the ID in the box's configuration")
        parser.add_argument("number", help="the number on the box's label")
        parser.add_argument("--bed", default="", help='room and letter, as on the board: "1 A"')
        parser.add_argument("--ward", default="", help="the ward's short name; needed if there is more than one ward")

    def handle(self, *, uuid: str, number: str, bed: str, ward: str, **_options: Any) -> None:
        try:
            device = add_device(uuid, number, _bed(bed, ward) if bed else None)
        except FleetError as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(
            f"{device} added at bed {device.bed}." if device.bed else f"{device} added, not assigned to a bed."
        )


def _bed(label: str, slug: str) -> Bed:
    wards = list(Ward.objects.open().filter(slug=slug) if slug else Ward.objects.open())
    if len(wards) != 1:
        known = ", ".join(Ward.objects.open().values_list("slug", flat=True)) or "none yet"
        raise FleetError(f"Choose the ward with --ward. Wards: {known}.")
    beds = {str(bed): bed for bed in Bed.objects.open().filter(room__ward=wards[0]).select_related("room")}
    if label not in beds:
        raise FleetError(f"{wards[0]} has no bed {label!r}. Beds: {', '.join(beds) or 'none yet'}.")
    return beds[label]
