"""Notes that staff leave for the next shift."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from ward.beds.models import Bed

LETTERS_MOST = 280


class Note(models.Model):
    """One note for the next shift. Written once, never changed; not shown after its stay."""

    goes_with_stay = True  # to another bed (ward.assignments.moving)
    bed = models.ForeignKey(Bed, on_delete=models.CASCADE, related_name="notes")
    stay = models.CharField(max_length=64)
    text = models.CharField(max_length=LETTERS_MOST)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)
        db_table = "history_note"  # notes stood in the history's app at first
        indexes: ClassVar = [
            models.Index(fields=["bed", "stay"], name="history_not_bed_id_bc42e6_idx"),
            models.Index(fields=["stay"], name="note_of_stay"),
        ]

    def __str__(self) -> str:
        return f"note {self.pk} of bed {self.bed_id}"
