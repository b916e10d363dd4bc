"""The therapist's pages as an app: what they record is deleted when the next stay begins."""

from django.apps import AppConfig


class TherapyConfig(AppConfig):
    """Starts listening to assignments once all models are loaded."""

    name = "ward.therapy"

    def ready(self) -> None:
        from ward.therapy import keeping  # the models are not loaded before

        keeping.connect()
