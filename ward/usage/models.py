"""What the boxes reported: their entries, once each and in order, and the sessions and answers read from them."""

from typing import ClassVar

from django.db import models

from ward.beds.models import Bed
from ward.fleet.models import Device
from ward.json_text import JsonText


class BoxLog(models.Model):
    """One log of one box. Every entry up to `through` is in the database.

    Where `gap_from` is set, the box no longer held the entries that are missing from there up to before `gap_until`
    (a ward restored from a backup), and the pages say so. Where `differs_from` is set, the box sent another entry under
    that number than the one that is in (its card was copied, or copied back): it got no receipt.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="logs")
    log_id = models.CharField(max_length=64)
    through = models.PositiveBigIntegerField(default=0)
    gap_from = models.PositiveBigIntegerField(null=True, blank=True)
    gap_until = models.PositiveBigIntegerField(null=True, blank=True)
    differs_from = models.PositiveBigIntegerField(null=True, blank=True)
    began = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["device", "log_id"], name="log_once_a_device")]

    def __str__(self) -> str:
        return f"{self.log_id} through {self.through}"


class Entry(models.Model):
    """One entry, as it came. `at` is the box's word, `received` the ward's; pages sort by (log, seq)."""

    log = models.ForeignKey(BoxLog, on_delete=models.CASCADE, related_name="entries")
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    clock_ok = models.BooleanField()
    received = models.DateTimeField()
    boot = models.CharField(max_length=64)
    stay = models.CharField(max_length=64, null=True)  # noqa: DJ001 - None is "no stay", as on the wire
    kind = models.CharField(max_length=64)
    data = JsonText()

    class Meta:
        ordering = ("log", "seq")
        constraints: ClassVar = [models.UniqueConstraint(fields=["log", "seq"], name="entry_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.seq}"


class Purged(models.Model):
    """Entries `first` to `last` of a log that were deleted when their time was over (ward.usage.forgetting): sent again
    they are known by number and `boot`, which is one for all of them and random at each start of a box."""

    log = models.ForeignKey(BoxLog, on_delete=models.CASCADE, related_name="purged")
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()
    boot = models.CharField(max_length=64)

    class Meta:
        ordering = ("log", "first")
        constraints: ClassVar = [models.UniqueConstraint(fields=["log", "first"], name="purged_once")]

    def __str__(self) -> str:
        return f"entries {self.first} to {self.last}"


class Session(models.Model):
    """From first sound to silence at one bed; open while `ended_at` is None.

    Times are the box's, or the ward's where the box did not know its clock (`clock_ok` False). `begun_by`, `cause`: why
    it began and ended, empty where nobody told. `mean_dba`, `max_dba`: dB(A) at the pillow as the box estimated them,
    None where it did not.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="sessions")
    bed = models.ForeignKey(Bed, on_delete=models.SET_NULL, null=True, related_name="sessions")
    stay = models.CharField(max_length=64, null=True)  # noqa: DJ001 - None is "no stay", as on the wire
    session = models.CharField(max_length=64)
    playlist_slug = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    clock_ok = models.BooleanField(default=True)
    heard_s = models.FloatField(default=0)
    level_dba = models.FloatField(default=0)
    mean_dba = models.FloatField(null=True, blank=True)
    max_dba = models.FloatField(null=True, blank=True)
    skips = models.PositiveBigIntegerField(default=0)
    begun_by = models.CharField(max_length=16, blank=True, default="")
    cause = models.CharField(max_length=16, blank=True, default="")

    class Meta:
        ordering = ("-started_at",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["device", "session"], name="session_once_a_device")]
        indexes: ClassVar = [
            models.Index(fields=["bed", "-started_at"]),
            models.Index(fields=["stay", "-started_at"], name="session_of_stay"),
        ]

    def __str__(self) -> str:
        return f"{self.playlist_slug} {self.started_at:%H:%M}"


class Answer(models.Model):
    """What became of one question at one bed, by the entry `seq` of a log; words as on the wire.

    `score` (0 to 10) and `change` are None where there is no answer, and where the question has the other kind;
    `session`: the one that it is about, None where nothing was heard. Times are the box's, or the ward's where the box
    did not know its clock (`clock_ok` False).
    """

    log = models.ForeignKey(BoxLog, on_delete=models.CASCADE, related_name="answers")
    seq = models.PositiveBigIntegerField()
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="answers")
    bed = models.ForeignKey(Bed, on_delete=models.SET_NULL, null=True, related_name="answers")
    stay = models.CharField(max_length=64, null=True)  # noqa: DJ001 - None is "no stay", as on the wire
    session = models.CharField(max_length=64, null=True)  # noqa: DJ001 - None is "no session", as on the wire
    question = models.CharField(max_length=16)
    moment = models.CharField(max_length=16)
    outcome = models.CharField(max_length=16)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    change = models.CharField(max_length=16, null=True, blank=True)  # noqa: DJ001 - None is "no answer", as on the wire
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField()
    clock_ok = models.BooleanField(default=True)

    class Meta:
        ordering = ("-answered_at",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["log", "seq"], name="answer_once_an_entry")]
        indexes: ClassVar = [
            models.Index(fields=["bed", "-answered_at"]),
            models.Index(fields=["stay", "-answered_at"], name="answer_of_stay"),
        ]

    def __str__(self) -> str:
        return f"{self.question} {self.moment} {self.answered_at:%H:%M}: {self.outcome}"


class FaultTime(models.Model):
    """A fault of the box at a bed that is over, written when the box says so. `part`: of messages.Part; `told`: as
    Device.faults keeps it."""

    bed = models.ForeignKey(Bed, on_delete=models.CASCADE, related_name="fault_times")
    part = models.CharField(max_length=16)
    told = JsonText(default=dict)
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        ordering = ("since",)
        indexes: ClassVar = [models.Index(fields=["bed", "until"])]

    def __str__(self) -> str:
        return f"bed {self.bed_id}: {self.part} from {self.since:%d %b %H:%M}"
