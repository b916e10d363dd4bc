"""That mqttd runs, for whoever looks after the server."""

from django.db import models


class Heartbeat(models.Model):
    """One row: when mqttd last said that it runs, by its clock, and whether a broker had taken it then."""

    at = models.DateTimeField()
    connected = models.BooleanField()

    def __str__(self) -> str:
        return f"mqttd at {self.at:%d %b %H:%M:%S}"
