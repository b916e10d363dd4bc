"""What each bed may play, version by version. The row is the queue and the record: who, when, before, after."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from ward.beds.models import Bed
from ward.fleet.models import Device
from ward.json_text import JsonText


class Assignment(models.Model):
    """One numbered, whole assignment of a bed; the bed's newest version counts.

    `message` is what travels, `digest` the SHA-256 of its canonical JSON. Sent at hello and until an entry with that
    digest confirms it (`applied_at`). `before`: the version that was the bed's before somebody gave this one, None
    where there was none. `expired_at`: when it ran out, by the box's entry.
    """

    bed = models.ForeignKey(Bed, on_delete=models.CASCADE, related_name="assignments")
    version = models.PositiveBigIntegerField()
    stay = models.CharField(max_length=64, null=True)  # noqa: DJ001 - None is "no stay", as on the wire
    message = JsonText()
    digest = models.CharField(max_length=64)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    given_at = models.DateTimeField()
    before = models.PositiveBigIntegerField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)  # the last time it was handed to the broker
    sent_to = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    held = models.PositiveBigIntegerField(default=0)
    needed = models.PositiveBigIntegerField(default=0)
    refused = models.CharField(max_length=200, blank=True, default="")
    played_at = models.DateTimeField(null=True, blank=True)  # the first session under it
    expired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("bed", "-version")
        constraints: ClassVar = [models.UniqueConstraint(fields=["bed", "version"], name="version_once_a_bed")]
        indexes: ClassVar = [
            models.Index(fields=["stay"]),
            # What mqttd looks at ten times a second: only what no box has confirmed yet.
            models.Index(fields=["bed"], condition=models.Q(applied_at=None), name="unconfirmed"),
        ]

    def __str__(self) -> str:
        return f"assignment {self.version} of bed {self.bed_id}"
