"""The boxes as the ward last heard them: what they said and when; judging is left to whoever reads."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy

from ward.beds.models import Bed, Ward
from ward.json_text import JsonText


class Away(models.TextChoices):
    """Why a box stands at no bed. Empty: it is spare."""

    SPARE = "", gettext_lazy("Spare")
    MISSING = "missing", gettext_lazy("Not there")
    REPAIR = "repair", gettext_lazy("In repair")
    RETIRED = "retired", gettext_lazy("Out of service")


class Device(models.Model):
    """A box. `number`: what stands on its label; `bed`: where it stands now. A box without a row is not listened to,
    nor is one that is out of service. `home`: the ward whose box it is while it stands at no bed."""

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=8, unique=True)
    bed = models.OneToOneField(Bed, on_delete=models.SET_NULL, null=True, blank=True, related_name="device")
    home = models.ForeignKey(Ward, on_delete=models.SET_NULL, null=True, blank=True, related_name="boxes")
    away = models.CharField(max_length=16, choices=Away.choices, blank=True, default="")
    away_since = models.DateTimeField(null=True, blank=True)
    away_note = models.CharField(max_length=120, blank=True, default="")

    online = models.BooleanField(default=False)  # by its presence; its will says False
    contact_at = models.DateTimeField(null=True, blank=True)  # the last message of any kind
    software = models.CharField(max_length=64, blank=True, default="")
    boot = models.CharField(max_length=64, blank=True, default="")

    # from hello; a boot is random at each start, so one that comes back after another is a second box of the same id
    hello_at = models.DateTimeField(null=True, blank=True)
    hello_boot = models.CharField(max_length=64, blank=True, default="")
    hello_boot_before = models.CharField(max_length=64, blank=True, default="")
    capabilities = JsonText(default=list, blank=True)
    twin_at = models.DateTimeField(null=True, blank=True)
    log_id = models.CharField(max_length=64, blank=True, default="")
    assignment_version = models.PositiveBigIntegerField(default=0)
    stay = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - None is "no stay", as on the wire

    # from now; `now_number` grows within `now_boot`, what is older was dropped
    now_boot = models.CharField(max_length=64, blank=True, default="")
    now_number = models.BigIntegerField(default=-1)
    now_at = models.DateTimeField(null=True, blank=True)  # the ward's clock when it came
    playing = models.CharField(max_length=16, default="silent")
    now_session = models.CharField(max_length=64, blank=True, default="")
    now_playlist = models.CharField(max_length=64, blank=True, default="")
    now_track = models.CharField(max_length=64, blank=True, default="")
    place = models.PositiveBigIntegerField(default=0)
    tracks = models.PositiveBigIntegerField(default=0)
    level_dba = models.FloatField(default=0)
    cap_dba = models.FloatField(default=0)
    left_s = models.FloatField(default=0)
    length_s = models.FloatField(default=0)

    # from health
    health_at = models.DateTimeField(null=True, blank=True)
    health = JsonText(default=dict, blank=True)
    unsent = models.PositiveBigIntegerField(default=0)
    oldest_unsent_s = models.FloatField(default=0)

    # from its log: when it last sent another entry than the one that is in under the same number
    differs_at = models.DateTimeField(null=True, blank=True)

    # from fault and fault_over entries: part -> {"reason", "code", "args", "since"}
    faults = JsonText(default=dict, blank=True)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"box {self.number}"


class Command(models.Model):
    """Something asked of a box now. The row is the queue: sent once at most, answered in 30 s or failed."""

    id = models.CharField(max_length=64, primary_key=True)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="commands")
    verb = models.CharField(max_length=16)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    issued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    done = models.BooleanField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    coded = JsonText(default=dict, blank=True)  # code and args of `reason`, where a box gave it
    forced = models.BooleanField(default=False)
    results = JsonText(default=list, blank=True)  # of a self-test: part, well, code

    class Meta:
        indexes: ClassVar = [models.Index(fields=["issued_at"])]

    def __str__(self) -> str:
        return f"{self.verb} to {self.device_id}"

    @property
    def kept_reason(self) -> dict[str, Any]:
        """For ward.fleet.reasons."""
        return {**self.coded, "reason": self.reason}


class LogExcerpt(models.Model):
    """The newest lines of a box's technical log, as the box sent them: without anything of a stay."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="excerpts")
    command = models.OneToOneField(Command, on_delete=models.SET_NULL, null=True, related_name="excerpt")
    at = models.DateTimeField()
    lines = JsonText(default=list)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"log of box {self.device_id}, {self.at:%d %b %H:%M}"


class WatchedScreen(models.Model):
    """A box's screen while someone looks, at least `until` then; the row goes afterwards. `told_at`: by the ward's
    clock, None where the box has told nothing yet. Without the database's constraint, as `Aside`."""

    device = models.OneToOneField(
        Device, on_delete=models.CASCADE, primary_key=True, db_constraint=False, related_name="watched"
    )
    until = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)

    # from screen; `number` grows within `boot`
    told_at = models.DateTimeField(null=True, blank=True)
    boot = models.CharField(max_length=64, blank=True, default="")
    number = models.BigIntegerField(default=-1)
    showing = models.CharField(max_length=16, blank=True, default="")
    light = models.CharField(max_length=16, blank=True, default="")
    frame = models.TextField(blank=True, default="")
    words = JsonText(default=list, blank=True)

    def __str__(self) -> str:
        return f"screen of box {self.device_id}, watched until {self.until:%H:%M:%S}"


class Aside(models.Model):
    """A box whose rows someone holds in the database: what it says waits at mqttd. Without the database's constraint,
    which would wait for the same row."""

    device = models.OneToOneField(Device, on_delete=models.CASCADE, primary_key=True, db_constraint=False)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"box {self.device_id} held since {self.since:%d %b %H:%M}"


class OfflineTime(models.Model):
    """A time in which the box at a bed was not heard, written when it is heard again."""

    bed = models.ForeignKey(Bed, on_delete=models.CASCADE, related_name="offline_times")
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        ordering = ("since",)
        indexes: ClassVar = [models.Index(fields=["bed", "until"])]

    def __str__(self) -> str:
        return f"bed {self.bed_id} offline from {self.since:%d %b %H:%M}"
