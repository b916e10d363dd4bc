"""`nightingale-ward audit verify` and `nightingale-ward audit export`."""

import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ward.audit.chain import SHORT, Broken, verify
from ward.audit.export import csv_lines
from ward.audit.models import AuditHead, AuditRow
from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.models import Ward

HASH = re.compile(rf"[0-9a-f]{{{SHORT},64}}")


class Command(BaseCommand):
    help = "Checks that the activity log was not changed, or writes it as CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True, metavar="verify | export")
        checks = ways.add_parser("verify", help="checks every record: exit status 0, or 1 and the first broken record")
        checks.add_argument(
            "--head",
            default="",
            help=f"a hash noted before, {SHORT} characters or more: its record must still be there",
        )
        writes = ways.add_parser("export", help="writes the records to standard output, oldest first")
        writes.add_argument("--ward", default="", metavar="SLUG", help="only this ward's records")

    def handle(self, *, way: str, **options: Any) -> None:
        if way == "verify":
            self._verify(str(options["head"]).lower())
        else:
            self._export(str(options["ward"]))

    def _verify(self, head: str) -> None:
        if head and not HASH.fullmatch(head):
            raise CommandError(f"--head {head!r} is not a hash. Use {SHORT} to 64 of its characters.", returncode=2)
        found = verify(head)
        if isinstance(found, Broken):
            raise CommandError(f"BROKEN: record {found.number} {found.why}", returncode=1)
        self.stdout.write(f"OK: {found.rows} records checked. Latest hash: {found.head}")

    def _export(self, slug: str) -> None:
        last = AuditHead.objects.filter(pk=1).values_list("number", flat=True).first() or 0
        rows = AuditRow.objects.filter(number__lte=last).order_by("number")
        ward = self._ward(slug) if slug else None
        if ward is not None:
            rows = rows.filter(ward=ward.pk)
        record(AuditVerb.EXPORTED, by=None, ward=ward, after={"what": "audit", "through": last}, now=timezone.now())
        for line in csv_lines(rows.iterator(2000)):
            self.stdout.write(line, ending="")

    def _ward(self, slug: str) -> Ward:
        found = Ward.objects.filter(slug=slug).first()
        if found is None:
            known = ", ".join(Ward.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"No ward named {slug!r}. Wards: {known}.", returncode=2)
        return found
