"""What each bed may play, version by version. The row is the queue and the record: who, when, before, after."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from ward.beds.models import Bed
from ward.fleet.models import Device


class Assignment(models.Model):
    """One numbered, whole assignment of a bed; the bed's newest version counts. `message` is the JSON that travels, `digest`
    its SHA-256. Sent at hello and until an entry with that digest confirms it (`applied_at`)."""

    bed = models.ForeignKey(Bed, on_delete=models.CASCADE, related_name="assignments")
    version = models.PositiveBigIntegerField()
    stay = models.CharField(max_length=64, null=True)  # noqa: DJ001 - None is "no stay", as on the wire
    message = models.JSONField()
    digest = models.CharField(max_length=64)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    given_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)  # the last time it was handed to the broker
    sent_to = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    held = models.PositiveIntegerField(default=0)
    needed = models.PositiveIntegerField(default=0)
    refused = models.CharField(max_length=200, blank=True, default="")
    played_at = models.DateTimeField(null=True, blank=True)  # the first session under it

    class Meta:
        ordering = ("bed", "-version")
        constraints: ClassVar = [models.UniqueConstraint(fields=["bed", "version"], name="version_once_a_bed")]

    def __str__(self) -> str:
        return f"assignment {self.version} of bed {self.bed_id}"
