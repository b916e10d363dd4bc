"""Where the beds stand and who may do what there. Knows no music and no patient."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy


class Wards(models.QuerySet["Ward"]):
    """`open`: those where people work; a closed one stands in history and reports only."""

    def open(self) -> "Wards":
        """Without the closed ones."""
        return self.filter(closed_at=None)


class Ward(models.Model):
    """A ward; its night is local time (HH:MM), and may pass midnight.

    `evening_at`: when staff are reminded of the evening playlists, None: never. `version`, `changed_by`, `changed_at`:
    of its set-up, counted up by each change, so that two administrators do not undo each other.
    """

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(unique=True)
    night_from = models.TimeField(default="21:00")
    night_until = models.TimeField(default="07:00")
    evening_at = models.TimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(null=True, blank=True)

    objects = Wards.as_manager()

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    """A room; beds of one room stand together on the board, in the order of `position`, for ever."""

    ward = models.ForeignKey(Ward, on_delete=models.CASCADE, related_name="rooms")
    number = models.CharField(max_length=8)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ("position",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["ward", "number"], name="room_number_once_a_ward")]

    def __str__(self) -> str:
        return self.number


class Beds(models.QuerySet["Bed"]):
    """`open`: those that may be offered for work; closed ones stand in history and reports only."""

    def open(self) -> "Beds":
        """Without closed beds, and without those of closed wards."""
        return self.filter(closed_at=None, room__ward__closed_at=None)


class Bed(models.Model):
    """A bed: a letter within its room, empty where the room has one bed. `stay` is a random id, None between stays.

    A bed that was closed keeps its row, so that its figures stay true; the same name opens it again.
    """

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="beds")
    letter = models.CharField(max_length=2, blank=True, default="")
    stay = models.CharField(max_length=32, null=True, blank=True)  # noqa: DJ001 - None is "no stay", as on the wire
    stay_since = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = Beds.as_manager()

    class Meta:
        ordering = ("room__position", "letter")
        constraints: ClassVar = [models.UniqueConstraint(fields=["room", "letter"], name="letter_once_a_room")]

    def __str__(self) -> str:
        return f"{self.room.number} {self.letter}".strip()

    def beside(self, bed: "Bed") -> str:
        """Its name on a page of `bed`: with its ward where that is another one."""
        here = self.room.ward_id == bed.room.ward_id
        return str(self) if here else f"{self}, {self.room.ward.name}"


class Role(models.TextChoices):
    """What someone may do on one ward (design section 1)."""

    NURSE = "nurse", gettext_lazy("nurse")
    THERAPIST = "therapist", gettext_lazy("music therapist")
    FACILITIES = "facilities", gettext_lazy("facilities")
    ADMINISTRATOR = "administrator", gettext_lazy("administrator")
    AUDITOR = "auditor", gettext_lazy("auditor (reads only)")


class Access(models.Model):
    """One person's role on one ward; a person without a row there sees nothing of that ward."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access")
    ward = models.ForeignKey(Ward, on_delete=models.CASCADE, related_name="access")
    role = models.CharField(max_length=16, choices=Role.choices)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "ward", "role"], name="role_once_a_ward")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.ward}"


class Change(models.Model):
    """That something about a bed changed: the growing id is the live pages' Last-Event-ID. Old rows are pruned."""

    # Without the database's constraint, which would wait for whoever holds the bed; a row lives an hour.
    bed = models.ForeignKey(Bed, on_delete=models.CASCADE, related_name="changes", db_constraint=False)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"change {self.pk} of bed {self.bed_id}"


class MyBed(models.Model):
    """A bed that someone looks after in this shift (ward.beds.mine); nobody else sees it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    bed = models.ForeignKey(Bed, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "bed"], name="my_bed_once")]

    def __str__(self) -> str:
        return f"bed {self.bed_id} of {self.user}"
