"""The therapist's pages as an app: what is kept of a stay goes with it."""

from django.apps import AppConfig


class TherapyConfig(AppConfig):
    """Listens to assignments once all models are known."""

    name = "ward.therapy"

    def ready(self) -> None:
        from ward.therapy import keeping  # the models are not known before

        keeping.connect()
