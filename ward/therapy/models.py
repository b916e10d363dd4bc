"""What therapists record: a patient's preferences for one stay, and reviews."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from ward.beds.models import Bed
from ward.json_text import JsonText

LETTERS_MOST = 120


class Preferences(models.Model):
    """What a patient likes in music, by the stay's random id: no name, no diagnosis, and useless once the stay has
    ended. `ticks`: the ticked values, by subject (ward.therapy.subjects); `comforts`, `hurts`: a line of text each."""

    goes_with_stay = True  # to another bed (ward.assignments.moving)
    bed = models.ForeignKey(Bed, on_delete=models.CASCADE, related_name="+")
    stay = models.CharField(max_length=64, unique=True)
    ticks = JsonText(default=dict)
    comforts = models.CharField(max_length=LETTERS_MOST, blank=True, default="")
    hurts = models.CharField(max_length=LETTERS_MOST, blank=True, default="")
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["bed", "stay"], name="preferences_of_bed")]

    def __str__(self) -> str:
        return f"preferences at bed {self.bed_id}"


class Review(models.Model):
    """That a therapist reviewed a bed in one stay, and when."""

    goes_with_stay = True  # to another bed (ward.assignments.moving)
    bed = models.ForeignKey(Bed, on_delete=models.CASCADE, related_name="+")
    stay = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-pk")
        indexes: ClassVar = [
            models.Index(fields=["bed", "stay", "-at"], name="review_of_stay"),
            models.Index(fields=["stay", "-at"], name="review_of_stay_anywhere"),
        ]

    def __str__(self) -> str:
        return f"review of bed {self.bed_id}"
