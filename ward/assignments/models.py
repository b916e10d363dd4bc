"""What each bed may play, version by version. The row is the queue and the record: who, when, before, after."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from ward.beds.models import Bed, Ward
from ward.fleet.models import Device
from ward.fleet.reasons import NOT_TOLD
from ward.json_text import JsonText
from ward.music.models import Playlist, Track

PURGED = ""  # in place of a stay's id: there was one (ward.purging)


class Assignment(models.Model):
    """One numbered, whole assignment of a bed; the bed's newest version counts.

    `message` is what travels, `digest` the SHA-256 of its canonical JSON. Sent at hello and until an entry with that
    digest confirms it (`applied_at`). `before`: the version that was the bed's before someone assigned this one, None
    where there was none; `restored`: it undid that version. `other_bed`: where a stay that was moved came from, or, of
    the reset at its old bed, where it went. `expired_at`: when it ran out, by the box's entry. Of a
    stay that was purged, `stay` is empty, `message` a reset and `assigned_by` no one (ward.purging).
    """

    bed = models.ForeignKey(Bed, on_delete=models.CASCADE, related_name="assignments")
    version = models.PositiveBigIntegerField()
    stay = models.CharField(max_length=64, null=True)  # noqa: DJ001 - None is "no stay", as on the wire
    message = JsonText()
    digest = models.CharField(max_length=64)
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    assigned_at = models.DateTimeField()
    before = models.PositiveBigIntegerField(null=True, blank=True)
    restored = models.BooleanField(default=False)
    other_bed = models.ForeignKey(Bed, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)  # when `sent_to` was first sent it
    sent_to = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    tried_at = models.DateTimeField(null=True, blank=True)  # the last time it was handed to the broker
    applied_at = models.DateTimeField(null=True, blank=True)
    held = models.PositiveBigIntegerField(default=0)
    needed = models.PositiveBigIntegerField(default=0)
    refused = models.CharField(max_length=200, blank=True, default="")
    coded = JsonText(default=dict, blank=True)  # code and args of `refused`
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

    @property
    def kept_reason(self) -> dict[str, Any]:
        """Why it was refused, for ward.fleet.reasons; empty where it was not."""
        line = "" if self.refused == NOT_TOLD else self.refused
        return {**self.coded, "reason": line} if self.refused else {}


class WardDefaults(models.Model):
    """What a new stay of a ward begins with: `rules` as they travel, and for how many `days`. Without a row: the wire's
    own defaults."""

    ward = models.OneToOneField(Ward, on_delete=models.CASCADE, primary_key=True, related_name="defaults")
    rules = JsonText(default=dict)
    days = models.PositiveSmallIntegerField(default=14)

    def __str__(self) -> str:
        return f"defaults of ward {self.ward_id}"


class EveningPlaylist(models.Model):
    """The playlist that a ward assigns in the evening, chosen by its administrator; without a row the first for
    sleep."""

    ward = models.OneToOneField(Ward, on_delete=models.CASCADE, primary_key=True, related_name="evening_playlist")
    playlist = models.ForeignKey(Playlist, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"evening playlist of ward {self.ward_id}"


class Evening(models.Model):
    """One assigning of the evening playlist: what came of it is with each of its beds. `key`: of the page that asked
    for it, so that a second tap is the same action; `undone_at`: all was restored."""

    key = models.CharField(max_length=32, unique=True)
    ward = models.ForeignKey(Ward, on_delete=models.CASCADE, related_name="evenings")
    title = models.CharField(max_length=200)  # of the playlist, as staff read it
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    assigned_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ward", "-assigned_at"])]

    def __str__(self) -> str:
        return f"evening music {self.pk} of ward {self.ward_id}"


class EveningBed(models.Model):
    """One bed of it: the `version` that it was assigned, or None and `refused`, one line why not."""

    evening = models.ForeignKey(Evening, on_delete=models.CASCADE, related_name="beds")
    bed = models.ForeignKey(Bed, on_delete=models.CASCADE, related_name="+", db_constraint=False)  # also of a held one
    version = models.PositiveBigIntegerField(null=True, blank=True)
    refused = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("bed__room__position", "bed__letter")
        constraints: ClassVar = [models.UniqueConstraint(fields=["evening", "bed"], name="bed_once_an_evening")]

    def __str__(self) -> str:
        return f"bed {self.bed_id} of evening {self.evening_id}"


class Checked(models.Model):
    """That someone did the safety check in this stay. Never what they know of the patient."""

    goes_with_stay = True  # to another bed (ward.assignments.moving)
    bed = models.ForeignKey(Bed, on_delete=models.CASCADE, related_name="+")
    stay = models.CharField(max_length=64, unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"checked at bed {self.bed_id}"


class Took(models.Model):
    """How long a person's action took from the opened page to the row, in seconds. Nothing says whose it was."""

    ward = models.ForeignKey(Ward, on_delete=models.CASCADE, related_name="+")
    verb = models.CharField(max_length=16)
    seconds = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ward", "at"])]

    def __str__(self) -> str:
        return f"{self.verb} in {self.seconds:.1f} s"


class Blocked(models.Model):
    """A track that a whole ward excludes: every assignment that is made carries it among the excluded ones."""

    ward = models.ForeignKey(Ward, on_delete=models.CASCADE, related_name="+")
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("track__title",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["ward", "track"], name="blocked_once_a_ward")]

    def __str__(self) -> str:
        return f"{self.track_id} never plays on ward {self.ward_id}"
