"""Who has opened which night's page."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from ward.beds.models import Ward


class Opened(models.Model):
    """The newest night of a ward whose page this person has opened, by the date on which it began."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    ward = models.ForeignKey(Ward, on_delete=models.CASCADE, related_name="+")
    night = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "ward"], name="night_opened_once_a_ward")]

    def __str__(self) -> str:
        return f"{self.user_id} has seen the night of {self.night}"
